/** Where the daemon is, and the first thing that it says. */
import type { Settings } from './config/settings.js';

/** An address that a client can use: the wildcard is reached through the loopback. */
export function endpoint(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export interface Places {
  readonly url: string;
  readonly socketPath: string | undefined;
}

export function readyLine(settings: Settings, { url }: Places): string {
  const where = settings.inMemory ? 'data in memory only' : `data in ${settings.data}`;
  return `varve is ready at ${url}, ${where}`;
}

/** For a person at a terminal, and for scripts that wait for the first line. */
export function welcome(settings: Settings, places: Places): string {
  const { url, socketPath } = places;
  return [
    readyLine(settings, places),
    ...(socketPath === undefined ? [] : [`Unix socket: ${socketPath}`]),
    'Try it:',
    '  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local \\',
    `  aws dynamodb list-tables --region us-east-1 --endpoint-url ${url}`,
    '',
  ].join('\n');
}

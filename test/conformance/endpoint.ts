/** Where the cases run: `VARVE_ENDPOINT`, or a daemon of our own that keeps nothing and dies with the tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = fileURLToPath(new URL('../../bin/varve.cjs', import.meta.url));
const READY = /^varve is ready at (http:\/\/[^,\s]+)/;

export interface Endpoint {
  readonly url: string;
  stop(): Promise<void>;
}

export async function openEndpoint(): Promise<Endpoint> {
  const url = process.env['VARVE_ENDPOINT'];
  if (url !== undefined && url !== '') return { url, stop: async () => {} };
  const daemon = spawn(process.execPath, [BINARY, 'serve', '--in-memory', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface(daemon.stdout)) {
    const [, ready] = READY.exec(line) ?? [];
    if (ready === undefined) continue;
    daemon.stdout.resume();
    return {
      url: ready,
      async stop() {
        daemon.kill('SIGTERM');
        await once(daemon, 'exit');
      },
    };
  }
  throw new Error('the daemon ended before it was ready');
}

/** `varve serve`: its options. What it does is in `daemon.ts`, which is loaded when the options make sense. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  DEFAULT_DATA_DIRECTORY,
  DEFAULT_HOST,
  DEFAULT_PORT,
  DEFAULT_SOCKET_MODE,
  type ServeOptions,
} from './serve-options.js';

const EXAMPLES = `
Examples:
  varve serve                                  data in ${DEFAULT_DATA_DIRECTORY}, http://${DEFAULT_HOST}:${DEFAULT_PORT}
  varve serve --data /var/lib/varve            data elsewhere
  varve serve --in-memory --port 0             nothing is kept; any free port
  varve serve --host 0.0.0.0                   reachable from other machines (any credentials are accepted)
`;

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be a number from 0 to 65535.');
  return port;
}

function parseBytes(text: string): number {
  const bytes = Number(text);
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw new InvalidArgumentError('It must be a number of bytes.');
  return bytes;
}

function parseMilliseconds(text: string): number {
  const milliseconds = Number(text);
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a number of milliseconds.');
  return milliseconds;
}

function parseMode(text: string): number {
  if (!/^[0-7]{3,4}$/.test(text)) throw new InvalidArgumentError('It must be octal, such as 0660.');
  return Number.parseInt(text, 8);
}

function parseText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve tables over HTTP and a Unix socket until stopped by SIGTERM or SIGINT')
    .option(
      '-d, --data <directory>',
      'where the data is kept; made when missing',
      parseText,
      DEFAULT_DATA_DIRECTORY,
    )
    .option('--host <address>', 'address to listen on', parseText, DEFAULT_HOST)
    .option('-p, --port <number>', 'port to listen on', parsePort, DEFAULT_PORT)
    .addOption(
      new Option(
        '--socket <path>',
        'Unix socket to listen on (default: varve.sock in the data directory)',
      ).argParser(parseText),
    )
    .option('--no-socket', 'listen on no Unix socket')
    .addOption(
      new Option('--socket-mode <octal>', "permissions of the socket's file")
        .argParser(parseMode)
        .default(DEFAULT_SOCKET_MODE, '0600'),
    )
    .option('--socket-group <group>', "group of the socket's file, by name or number", parseText)
    .addOption(
      new Option('--in-memory', 'keep nothing on disk: everything is gone when the process ends')
        .default(false)
        .conflicts('data'),
    )
    .option(
      '--cors <origins...>',
      'origins of web pages that may call, or "*" (default: those of this machine)',
    )
    .option(
      '--table-transition-ms <number>',
      'how long a table shows CREATING, UPDATING and DELETING; in the service it is seconds to minutes',
      parseMilliseconds,
      0,
    )
    .addOption(new Option('--memtable-bytes <number>').argParser(parseBytes).hideHelp())
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async (options: ServeOptions) => {
      const { runDaemon } = await import('./daemon.js');
      await runDaemon({ ...options, data: resolve(options.data) });
    });
}

/** What `varve dump` and `varve restore` have in common: where they run, and which tables they work on. */
import { join } from 'node:path';
import { BackupError } from '../src/backup/errors.js';
import { connectToDaemon, type Daemon } from '../src/backup/remote-tables.js';
import { TableError } from '../src/table/errors.js';
import type { Clock, Random } from '../src/vfs/clock.js';
import type { Disk } from '../src/vfs/disk.js';
import { RealDisk } from '../src/vfs/real-disk.js';
import { CONTROL_FILE_NAME } from '../src/vfs/socket-file.js';
import { SystemClock, SystemRandom } from '../src/vfs/system-clock.js';
import { CommandError, explain } from './errors.js';
import { EXIT_FAILURE, EXIT_USAGE } from './exit-codes.js';
import { openStoppedTables, type StoppedTables } from './stopped-tables.js';
import type { DumpOptions } from './transfer-options.js';

export interface TransferSurroundings {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function realSurroundings(): TransferSurroundings {
  return {
    disk: new RealDisk(),
    clock: new SystemClock(),
    random: new SystemRandom(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  };
}

/** Either of a daemon or of a directory that none serves. */
export type Opened = { readonly daemon: Daemon } | { readonly stopped: StoppedTables };

/**
 * The daemon that serves `data`, when there is one; else the directory itself.
 * @param create make the directory when there is none
 */
export async function openData(
  { disk, clock, random, data, timeout }: TransferSurroundings & Pick<DumpOptions, 'data' | 'timeout'>,
  create: boolean,
): Promise<Opened> {
  const daemon = await connectToDaemon(join(data, CONTROL_FILE_NAME), { clock, timeoutMs: timeout });
  if (daemon !== undefined) return { daemon };
  return { stopped: await openStoppedTables({ disk, clock, random, directory: data, create }) };
}

export async function closeData(opened: Opened): Promise<void> {
  if ('daemon' in opened) opened.daemon.close();
  else await opened.stopped.close();
}

/** Nothing was begun, because of what was asked for. */
const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_A_DUMP',
  'UNSUPPORTED',
  'CHOICE',
  'EXISTS',
  'TABLE_EXISTS',
  'TABLE_NOT_FOUND',
  'TABLE_BUSY',
  'TABLE_PROTECTED',
  'TABLE_DIFFERS',
  'FOREIGN_DIRECTORY',
  'TOO_MANY_TABLES',
]);

const ADVICE: Readonly<Record<string, string>> = {
  TABLE_EXISTS: '; --overwrite replaces it, -t with --as gives the restored one another name',
};

/** @param consequence what it means for what was done so far */
export function transferError(error: unknown, consequence: string): unknown {
  if (!(error instanceof BackupError || error instanceof TableError)) return error;
  const code = error instanceof BackupError && error.code === 'REFUSED' ? String(error.cause) : error.code;
  const isRefusal = REFUSALS.has(code);
  const more = isRefusal ? (ADVICE[code] ?? '') : `; ${consequence}`;
  return new CommandError(explain(error) + more, {
    cause: error,
    exitCode: isRefusal ? EXIT_USAGE : EXIT_FAILURE,
  });
}

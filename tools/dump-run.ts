/** Writes a dump and tells how far it is. */
import { resolve } from 'node:path';
import { DirectoryTarget } from '../src/backup/directory-target.js';
import type { DumpSummary } from '../src/backup/dump-format.js';
import { BackupError } from '../src/backup/errors.js';
import { TarTarget } from '../src/backup/tar-files.js';
import type { DumpTarget, TablesAtMoment } from '../src/backup/types.js';
import { writeDump } from '../src/backup/write-dump.js';
import { writeTo } from '../src/backup/write-to.js';
import { TablesSnapshot } from '../src/table/tables-snapshot.js';
import { CommandError } from './errors.js';
import { EXIT_OK, EXIT_USAGE } from './exit-codes.js';
import { formatBytes, formatCounted, formatDuration } from './format.js';
import { openLost } from './lost-table.js';
import { ByteProgress } from './progress.js';
import { closeData, type Opened, openData, type TransferSurroundings, transferError } from './transfer.js';
import { type DumpOptions, STANDARD_STREAM } from './transfer-options.js';

export interface RunDumpOptions extends DumpOptions, TransferSurroundings {
  /** Absolute, or `-`. */
  readonly destination: string;
}

/** Resolves with the exit code. Rejects with a `CommandError` when there is no dump. */
export async function runDump(options: RunDumpOptions): Promise<number> {
  const { destination, stdout } = options;
  const isStream = destination === STANDARD_STREAM;
  if (isStream && stdout.isTTY) {
    throw new CommandError('a dump is not for a terminal: redirect it to a file or a program', {
      exitCode: EXIT_USAGE,
    });
  }
  try {
    if (options.lost === undefined) await dumpData(options);
    else await dumpLost(options, options.lost);
  } catch (error) {
    throw transferError(error, `${isStream ? 'the stream' : destination} is no dump`);
  }
  return EXIT_OK;
}

async function dumpData(options: RunDumpOptions): Promise<void> {
  if (options.as !== undefined || options.key !== undefined)
    throw new BackupError('CHOICE', '--as and --key are for a table of --lost');
  const opened = await openData(options, false);
  try {
    await dump(options, await momentOf(options, opened));
  } finally {
    await closeData(opened);
  }
}

async function dumpLost(options: RunDumpOptions, lost: string): Promise<void> {
  if (options.table !== undefined) throw new BackupError('CHOICE', 'a lost table is one; --as names it');
  const { tables, close } = await openLost(options, resolve(lost));
  try {
    await dump(options, await TablesSnapshot.take(tables, options.clock));
  } finally {
    await close();
  }
}

async function dump(options: RunDumpOptions, source: TablesAtMoment): Promise<void> {
  const { clock, random, stderr, level } = options;
  try {
    const totalBytes = source.tables.reduce((sum, { estimate }) => sum + estimate.sizeBytes, 0);
    const progress = new ByteProgress({ clock, stream: stderr, totalBytes });
    let bytes = 0;
    const onBytes = (more: number) => {
      bytes += more;
      progress.show(bytes);
    };
    const target = await targetOf(options);
    const summary = await writeDump({ source, target, clock, random, level, progress: { onBytes } });
    progress.clear();
    stderr.write(conclusion(summary, progress.elapsedMs));
  } finally {
    source.release();
  }
}

function momentOf({ clock, table }: RunDumpOptions, opened: Opened): Promise<TablesAtMoment> {
  return 'daemon' in opened
    ? opened.daemon.snapshot(table)
    : TablesSnapshot.take(opened.stopped.tables, clock, table);
}

async function targetOf({ destination, disk, clock, stdout }: RunDumpOptions): Promise<DumpTarget> {
  if (destination !== STANDARD_STREAM) return DirectoryTarget.make(disk, destination);
  // Whoever writes next is told.
  stdout.on('error', () => undefined);
  return new TarTarget((bytes) => writeTo(stdout, bytes), clock);
}

function conclusion({ momentMs, tables, files }: DumpSummary, elapsedMs: number): string {
  const items = tables.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const itemBytes = tables.reduce((sum, table) => sum + table.itemBytes, 0);
  const fileBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const rate = formatBytes(Math.round((itemBytes * 1000) / Math.max(1, elapsedMs)));
  return (
    `dumped ${formatCounted(tables.length, 'table')} as of ${new Date(momentMs).toISOString()}: ` +
    `${formatCounted(items, 'item')}, ${formatBytes(itemBytes)} in ${formatDuration(elapsedMs)} (${rate}/s), ` +
    `${formatBytes(fileBytes)} of files\n`
  );
}

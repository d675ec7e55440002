/** Writes a dump and tells how far it is. */
import { DirectoryTarget } from '../src/backup/directory-target.js';
import type { DumpSummary } from '../src/backup/dump-format.js';
import { TarTarget } from '../src/backup/tar-files.js';
import type { DumpTarget, TablesAtMoment } from '../src/backup/types.js';
import { writeDump } from '../src/backup/write-dump.js';
import { writeTo } from '../src/backup/write-to.js';
import { TablesSnapshot } from '../src/table/tables-snapshot.js';
import { CommandError } from './errors.js';
import { EXIT_OK, EXIT_USAGE } from './exit-codes.js';
import { formatBytes, formatCounted, formatDuration } from './format.js';
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
    const opened = await openData(options, false);
    try {
      await dump(options, opened);
    } finally {
      await closeData(opened);
    }
  } catch (error) {
    throw transferError(error, `${isStream ? 'the stream' : destination} is no dump`);
  }
  return EXIT_OK;
}

async function dump(options: RunDumpOptions, opened: Opened): Promise<void> {
  const { clock, random, stderr, level } = options;
  const source = await momentOf(options, opened);
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

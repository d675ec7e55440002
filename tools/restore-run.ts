/** Restores a dump or an export and tells how far it is. */
import { DirectoryFiles } from '../src/backup/dump-files.js';
import { BackupError } from '../src/backup/errors.js';
import { type RestoredTable, restoreDump } from '../src/backup/read-dump.js';
import { findExport, restoreExport, type ServiceExport } from '../src/backup/read-export.js';
import { TarFiles } from '../src/backup/tar-files.js';
import type { DumpFiles, Progress, RestoreTarget } from '../src/backup/types.js';
import { CommandError } from './errors.js';
import { EXIT_OK, EXIT_USAGE } from './exit-codes.js';
import { formatBytes, formatCount, formatCounted, formatDuration } from './format.js';
import { ByteProgress } from './progress.js';
import { tableDraft } from './table-draft.js';
import { closeData, openData, type TransferSurroundings, transferError } from './transfer.js';
import { type RestoreOptions, STANDARD_STREAM } from './transfer-options.js';

export interface RunRestoreOptions extends RestoreOptions, TransferSurroundings {
  /** Absolute, or `-`. */
  readonly source: string;
}

/** What is to be restored. */
type Source = { readonly dump: DumpFiles } | { readonly export: ServiceExport };

/** Resolves with the exit code. Rejects with a `CommandError` when nothing was restored. */
export async function runRestore(options: RunRestoreOptions): Promise<number> {
  try {
    const source = await sourceOf(options);
    const opened = await openData(options, true);
    try {
      await restore(options, source, 'daemon' in opened ? opened.daemon : opened.stopped.tables);
    } finally {
      await closeData(opened);
    }
  } catch (error) {
    throw transferError(error, 'nothing was restored');
  }
  return EXIT_OK;
}

async function sourceOf({ source, disk, stdin }: RunRestoreOptions): Promise<Source> {
  if (source === STANDARD_STREAM) {
    if (stdin.isTTY === true) {
      throw new CommandError('a dump does not come from a terminal: redirect standard input', {
        exitCode: EXIT_USAGE,
      });
    }
    return { dump: new TarFiles(stdin as AsyncIterable<Buffer>) };
  }
  const dump = await DirectoryFiles.open(disk, source);
  if (dump !== undefined) return { dump };
  const found = await findExport(disk, source);
  if (found !== undefined) return { export: found };
  const isThere = (await disk.status(source).catch(() => undefined)) !== undefined;
  throw new BackupError(
    'NOT_A_DUMP',
    `${source} ${isThere ? 'has neither a dump nor a finished export in it' : 'is not there'}`,
  );
}

async function restore(options: RunRestoreOptions, source: Source, target: RestoreTarget): Promise<void> {
  const { clock, stderr } = options;
  const totalBytes = 'dump' in source ? source.dump.totalBytes : source.export.dataBytes;
  const shown = new ByteProgress({ clock, stream: stderr, totalBytes });
  let bytes = 0;
  const progress: Progress = {
    onBytes: (more) => {
      bytes += more;
      shown.show(bytes);
    },
  };
  const tables =
    'dump' in source
      ? await restoreFromDump(options, source.dump, target, progress)
      : await restoreFromExport(options, source.export, target, progress);
  shown.clear();
  stderr.write(conclusion(tables, bytes, shown.elapsedMs));
}

function restoreFromDump(
  options: RunRestoreOptions,
  files: DumpFiles,
  target: RestoreTarget,
  progress: Progress,
): Promise<readonly RestoredTable[]> {
  const { table: names, as: newName, overwrite, key } = options;
  if (key !== undefined)
    throw new BackupError('CHOICE', 'a dump knows the keys of its tables; --key is for exports');
  return restoreDump({ files, target, choice: { names, newName, overwrite }, progress });
}

function restoreFromExport(
  { as, key, overwrite, table, disk, clock }: RunRestoreOptions,
  source: ServiceExport,
  target: RestoreTarget,
  progress: Progress,
): Promise<readonly RestoredTable[]> {
  if (table !== undefined)
    throw new BackupError('CHOICE', 'an export has one table; --as gives it another name');
  const name = as ?? source.tableName;
  if (name === undefined)
    throw new BackupError('CHOICE', 'the export does not say of which table it is; use --as');
  const draft = key === undefined ? undefined : tableDraft(name, key, clock.now());
  return restoreExport({ disk, source, target, name, draft, overwrite, progress });
}

function conclusion(tables: readonly RestoredTable[], bytes: number, elapsedMs: number): string {
  const items = tables.reduce((sum, { itemCount }) => sum + itemCount, 0);
  // Not bytes: those of the files are compressed, and would not compare with a dump's.
  const rate = formatCount(Math.round((items * 1000) / Math.max(1, elapsedMs)));
  const lines = tables.map(({ name, itemCount }) => `  ${name}: ${formatCounted(itemCount, 'item')}\n`);
  return (
    `restored ${formatCounted(tables.length, 'table')}: ${formatCounted(items, 'item')} from ${formatBytes(bytes)} ` +
    `of files in ${formatDuration(elapsedMs)} (${rate} items/s); every checksum is right\n${lines.join('')}`
  );
}

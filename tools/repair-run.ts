/** Plans a repair, tells of it, and carries it out. */
import { join, relative } from 'node:path/posix';
import {
  type DirectoryRepair,
  type DirectoryRepairOptions,
  type LogRepair,
  planDirectoryRepair,
  type RepairTools,
  repairDirectory,
} from '../src/table/repair.js';
import { CommandError } from './errors.js';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE } from './exit-codes.js';
import { formatCounted, formatKey } from './format.js';
import { lockOf, offlineTargetOf } from './offline-directory.js';
import { LineOutput, type TextStream } from './output.js';

/** Keys that are shown of each log. */
const KEYS_MAX = 20;

export interface RepairOptions extends DirectoryRepairOptions, RepairTools {
  readonly dryRun: boolean;
  readonly stdout: TextStream;
}

/** Resolves with the exit code. Rejects with a `CommandError` when nothing could be looked at. */
export async function runRepair(options: RepairOptions): Promise<number> {
  const { disk, directory, dryRun } = options;
  const target = await offlineTargetOf(disk, directory);
  if (target !== 'data directory') {
    const fault = `${directory} is a single partition; name the data directory that it belongs to`;
    throw new CommandError(fault, { exitCode: EXIT_USAGE });
  }
  const output = new LineOutput(options.stdout);
  const lock = await lockOf(disk, directory, target);
  try {
    const repair = await planDirectoryRepair(options);
    const lines = describe(repair, dryRun);
    for (const line of lines) output.write(line);
    for (const fault of repair.hopeless) output.write(`cannot be repaired: ${fault}`);
    const isWhole = lines.length === 0;
    if (repair.hopeless.length > 0) output.write('Restore a copy; see docs/operations.md');
    else if (isWhole) output.write(`${directory}: nothing to repair`);
    if (dryRun || isWhole) {
      if (!isWhole) output.write('Nothing was changed (--dry-run)');
      return isWhole && repair.hopeless.length === 0 ? EXIT_OK : EXIT_FAILURE;
    }
    const kept = await repairDirectory(options, repair);
    if (kept !== undefined) output.write(`What was cut or put aside is kept in ${kept}`);
    for (const line of whatToDoNext(repair, directory, kept)) output.write(line);
    return repair.hopeless.length === 0 ? EXIT_OK : EXIT_FAILURE;
  } finally {
    await lock?.release();
  }
}

/** @param kept where `repairDirectory` put things */
function whatToDoNext(
  { unknownTables }: DirectoryRepair,
  directory: string,
  kept: string | undefined,
): string[] {
  const putAside =
    kept === undefined ? [] : unknownTables.map((path) => join(kept, relative(directory, path)));
  return [
    ...putAside.map(
      (path) =>
        `Its items can be brought back by: varve dump --lost ${path} --as NAME --key SCHEMA DESTINATION`,
    ),
    `Repaired. The rest is checked by: varve verify ${directory}`,
  ];
}

function describe({ logs, unknownTables, markerIsDamaged }: DirectoryRepair, dryRun: boolean): string[] {
  const would = dryRun ? 'would be' : 'is';
  return [
    ...logs.flatMap((log) => describeLog(log, dryRun)),
    ...unknownTables.map(
      (path) => `${path}: of a table that the catalog does not have; it ${would} put aside`,
    ),
    ...(markerIsDamaged ? [`the file VARVE is damaged; it ${would} written anew`] : []),
  ];
}

function describeLog(log: LogRepair, dryRun: boolean): string[] {
  const would = dryRun ? 'would be' : 'is';
  const { damage, keptThrough, lostThrough } = log.cut;
  const owner = log.table === undefined ? log.directory : `table ${log.table.name}`;
  const lines = [damage.message, `  the log of ${owner} ${would} cut there, behind record ${keptThrough}`];
  const lost =
    lostThrough > keptThrough
      ? `records ${keptThrough + 1} to ${lostThrough}: ${formatCounted(lostThrough - keptThrough, 'write')}`
      : 'whatever lay behind it, of which nothing can be read';
  const kept = formatCounted(log.salvaged.size, 'entry', 'entries');
  const again = dryRun || log.salvaged.size === 1 ? would : 'are';
  const but = log.salvaged.size === 0 ? '' : `, but for ${kept} that can be read, and ${again} written again`;
  lines.push(`  LOST: ${lost}${but}`);
  const keys = [...log.lostKeys];
  if (keys.length > 0) {
    const shown = keys.slice(0, KEYS_MAX).map(formatKey).join(', ');
    const more = keys.length > KEYS_MAX ? `, … (${keys.length} in all)` : '';
    lines.push(`  of them these keys can be read, which fall back to what they were before: ${shown}${more}`);
  }
  if (log.splitsTransactions) {
    lines.push('  some are parts of transactions, whose other parts may be kept');
  }
  return lines;
}

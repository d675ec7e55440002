/** Where a repair would cut a damaged log that nobody writes to, and what would go with it. Changes nothing. */
import type { Disk } from '../vfs/disk.js';
import { errorCode } from '../vfs/errors.js';
import { LogCorruptionError } from './errors.js';
import { type LogOptions, logLimits } from './limits.js';
import { LogScan } from './log-scan.js';
import { parseSegmentName, segmentPath } from './segment.js';
import type { LogRecord } from './types.js';
import { verifyLog } from './verify.js';

export interface LogCutQuery {
  readonly disk: Disk;
  readonly directory: string;
  readonly options?: LogOptions;
  /** The owner has everything up to this sequence elsewhere. */
  readonly after: number;
  /** Called for each record that would be lost although it can still be read. */
  readonly onLost: (record: LogRecord) => void;
}

export interface LogCut {
  readonly damage: LogCorruptionError;
  /** Of the last record that is kept. */
  readonly keptThrough: number;
  /** Highest sequence that the log shows to have been durable; `keptThrough` when it shows none later. */
  readonly lostThrough: number;
  /** Segments that would be changed or removed, oldest first. */
  readonly segments: readonly string[];
}

/** Undefined when the log opens as it is. Throws `LogVersionError`, and what the disk throws. */
export async function findLogCut({
  disk,
  directory,
  options,
  after,
  onLost,
}: LogCutQuery): Promise<LogCut | undefined> {
  const numbers = await segmentNumbers(disk, directory);
  if (numbers.length === 0) {
    const damage = new LogCorruptionError(directory, 0, 'the log is missing');
    return { damage, keptThrough: after, lostThrough: after, segments: [] };
  }
  const limits = logLimits(options ?? {});
  const scan = new LogScan({ disk, directory, limits, after, onRecord: () => undefined, repair: true });
  const end = await scan.run(numbers);
  const damage = end === undefined ? scan.damage : end.damage;
  if (damage === undefined) return undefined;
  const keptThrough = Math.max(after, end?.lastSequence ?? after);
  const cutIn = end === undefined ? undefined : scan.segments[end.index]?.number;
  let lostThrough = keptThrough;
  const { lastSequence } = await verifyLog({
    disk,
    directory,
    observer: { onFinding: () => undefined, onBytes: () => undefined },
    onRecord: (record) => {
      if (record.sequence <= keptThrough) return;
      lostThrough = Math.max(lostThrough, record.sequence);
      onLost(record);
    },
  });
  return {
    damage,
    keptThrough,
    lostThrough: Math.max(lostThrough, lastSequence),
    segments: numbers
      .filter((number) => number >= (cutIn ?? 0))
      .map((number) => segmentPath(directory, number)),
  };
}

async function segmentNumbers(disk: Disk, directory: string): Promise<number[]> {
  let names: string[];
  try {
    names = await disk.list(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const segments = names.map(parseSegmentName).filter((parsed) => parsed?.spare === false);
  return segments.flatMap((parsed) => parsed?.number ?? []).sort((a, b) => a - b);
}

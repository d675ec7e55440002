/** Opens a log: replays what is in it and makes it ready to be written to. */
import type { Clock, Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import { type LogOptions, logLimits } from './limits.js';
import { type ScheduleFlush, SegmentedLog } from './log.js';
import { type LogRecovery, recoverLog } from './recovery.js';
import { SegmentStore } from './segment-store.js';
import type { LogStatistics } from './statistics.js';
import type { LogRecord, WriteAheadLog } from './types.js';

export interface OpenLogOptions {
  readonly disk: Disk;
  /** The log's own; made if it is missing. */
  readonly directory: string;
  /** The owner knows that there has been a log: a missing one is damage. Default false. */
  readonly existing?: boolean;
  readonly random: Random;
  readonly options?: LogOptions;
  /** The owner has everything up to this sequence elsewhere: such records are not replayed. */
  readonly after: number;
  /** Called for each record with a sequence > `after`, in order, synchronously. What it throws stops the opening. */
  readonly onRecord: (record: LogRecord) => void;
  /** Cut the log at the first damage instead of throwing `LogCorruptionError`. Acknowledged records may be lost. */
  readonly repair?: boolean;
  /** When the first record at an idle log is written. Default `setImmediate`: at the end of the event loop's turn. */
  readonly schedule?: ScheduleFlush;
  /** With it, a mark is written when the log has been idle for `markAfterMs` (see `LogOptions`). */
  readonly clock?: Clock;
  /** Counts what this log and others write. */
  readonly statistics?: LogStatistics;
}

/**
 * Throws `LogCorruptionError` for damage that a torn last write does not explain, and `LogVersionError` for a log of a
 * later format. Everything that was replayed is durable when this resolves, and damage to it is found from then on.
 */
export async function openLog(
  options: OpenLogOptions,
): Promise<{ readonly log: WriteAheadLog; readonly recovery: LogRecovery }> {
  const limits = logLimits(options.options ?? {});
  const store = new SegmentStore(options.disk, options.directory, limits, options.random);
  const { after, onRecord, repair = false, existing = false, schedule = setImmediate, clock } = options;
  const { statistics } = options;
  const { state, recovery } = await recoverLog(store, { after, onRecord, repair, existing });
  const { markAfterMs } = limits;
  const log = new SegmentedLog(store, state, {
    schedule: (flush) => void schedule(flush),
    clock,
    markAfterMs,
    statistics,
  });
  if (recovery.records > 0) await markEnd(log);
  log.rest();
  return { log, recovery };
}

async function markEnd(log: SegmentedLog): Promise<void> {
  try {
    await log.mark();
  } catch (error) {
    await log.close();
    throw error;
  }
}

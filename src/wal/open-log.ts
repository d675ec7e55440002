/** Opens a log: replays what is in it and makes it ready to be written to. */
import type { Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import { type LogOptions, logLimits } from './limits.js';
import { type ScheduleFlush, SegmentedLog } from './log.js';
import { type LogRecovery, recoverLog } from './recovery.js';
import { SegmentStore } from './segment-store.js';
import type { LogRecord, WriteAheadLog } from './types.js';

export interface OpenLogOptions {
  readonly disk: Disk;
  /** The log's own; made if it is missing. */
  readonly directory: string;
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
}

/**
 * Throws `LogCorruptionError` for damage that a torn last write does not explain, and `LogVersionError` for a log of a
 * later format. Everything that was replayed is durable when this resolves.
 */
export async function openLog(
  options: OpenLogOptions,
): Promise<{ readonly log: WriteAheadLog; readonly recovery: LogRecovery }> {
  const limits = logLimits(options.options ?? {});
  const store = new SegmentStore(options.disk, options.directory, limits, options.random);
  const { after, onRecord, repair = false, schedule = setImmediate } = options;
  const { state, recovery } = await recoverLog(store, { after, onRecord, repair });
  return { log: new SegmentedLog(store, state, (flush) => void schedule(flush)), recovery };
}

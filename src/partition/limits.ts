/** Bounds and tuning of a partition. Sizes in bytes. */
import assert from 'node:assert/strict';
import { type CompactionTuning, defaultCompactionTuning } from '../compaction/limits.js';
import { defaultTableWriterOptions } from '../sstable/limits.js';
import type { TableWriterOptions } from '../sstable/types.js';

/** Levels 0 to 6. Part of the manifest's format: may grow, never shrink. */
export { levelsMax } from '../compaction/limits.js';

/** A key is 1 to 65,535 bytes (two bytes of length in every format). */
export const keyBytesMax = 65_535;

/** Of one record: a transaction of 100 items of 400 KB with their index entries fits several times. */
export const recordBytesMax = 256 * 1024 * 1024;

/** A manifest smaller than this is never worth a snapshot. */
export const manifestBytesMin = 64 * 1024;

/** A manifest is replaced by a snapshot when it has grown to this many times the size of its last one. */
export const manifestGrowthMax = 4;

/** Milliseconds before a failed background job is tried again: doubled each time, up to the largest. */
export const retryMsMin = 50;
export const retryMsMax = 10_000;

/**
 * Milliseconds that the record of a transaction's outcome waits for a record that somebody waits for, to be written with
 * it. It is known elsewhere, and whoever prepares next is not held up by its write.
 */
export const outcomeDelayMs = 5;

/** Milliseconds between attempts to go on after the disk was full. */
export const spaceRetryMs = 500;

/** Bytes of a memtable that are packed in one turn of the event loop: about a quarter of a millisecond. */
export const packSliceBytes = 256 * 1024;

/** Bytes of log records that a checkpoint reads ahead of what it has written. */
export const checkpointAheadBytes = 4 * 1024 * 1024;

export interface PartitionOptions {
  /**
   * A memtable is frozen, and written to a table, when it holds this much (default 16 MiB). Larger: fewer and larger
   * tables, fewer merges, more memory and a longer recovery.
   */
  readonly memtableBytes: number;
  /** Frozen memtables that may wait for their flush (default 3) before writes stop. */
  readonly frozenMemtablesMax: number;
  /** Bytes that may wait for the log (default 64 MiB) before writes wait. */
  readonly pendingBytesMax: number;
  /** Writes that may wait for admission (default 100,000); one more is refused. */
  readonly waitingWritesMax: number;
  /** Milliseconds that a write may wait for admission (default 30,000) before it is refused. */
  readonly waitingMsMax: number;
  /** Tables of level 0 from which on every write is delayed a little (default 12), growing up to `stop` (default 24). */
  readonly level0SlowdownTables: number;
  readonly level0StopTables: number;
  /** Largest delay of one write in milliseconds (default 20), reached just before the stop. */
  readonly delayMsMax: number;
  /**
   * Bytes of log segments that live change feeds may keep (default 256 MiB, and never less than the segment that is being
   * written). One that falls further behind loses what it has not read, and is told so.
   */
  readonly feedLogBytesMax: number;
  readonly table: TableWriterOptions;
  readonly compaction: CompactionTuning;
  /**
   * What one merge may read in a second (default 64 MiB; 0: as fast as it can) while nobody waits for it: neither another
   * merge for its thread, nor writers, because level 0 has twice the tables that it should have.
   */
  readonly mergeRate: MergeRate;
  /** False: compactions run only when `compact` asks for them. Default true. */
  readonly automaticCompaction: boolean;
}

/** Looked at when a merge begins: whoever made it may change it. */
export interface MergeRate {
  readonly bytesPerSecond: number;
}

export const defaultPartitionOptions: PartitionOptions = {
  memtableBytes: 16 * 1024 * 1024,
  frozenMemtablesMax: 3,
  pendingBytesMax: 64 * 1024 * 1024,
  waitingWritesMax: 100_000,
  waitingMsMax: 30_000,
  level0SlowdownTables: 12,
  level0StopTables: 24,
  delayMsMax: 20,
  feedLogBytesMax: 256 * 1024 * 1024,
  table: defaultTableWriterOptions,
  compaction: defaultCompactionTuning,
  mergeRate: { bytesPerSecond: 64 * 1024 * 1024 },
  automaticCompaction: true,
};

export function checkOptions(options: PartitionOptions): void {
  assert(options.memtableBytes > 0 && options.pendingBytesMax > 0);
  assert(options.frozenMemtablesMax >= 1);
  // The stop must be out of reach of a level 0 that compaction leaves alone, or writes would stop for good.
  assert(options.level0SlowdownTables >= options.compaction.level0TablesMax);
  assert(options.level0StopTables > options.level0SlowdownTables);
  assert(options.mergeRate.bytesPerSecond >= 0);
  assert(options.waitingWritesMax > 0 && options.waitingMsMax > 0 && options.delayMsMax >= 0);
  assert(options.feedLogBytesMax >= 0);
}

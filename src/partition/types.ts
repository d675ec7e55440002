/**
 * A partition: keys and values as bytes, ordered, versioned by sequence number. It does not know what an item is.
 *
 * Keys are binary strings: one character per byte (0x00..0xFF), so that `<` on strings is byte order.
 */
import type { Clock } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';

/** A binary (latin1) string, 1..65535 bytes. */
export type Key = string;

/** Grows by one with every committed record of a partition; the first is 1. */
export type SequenceNumber = number;

/** `value` null deletes the key. A value is never changed after it was handed over. */
export interface Mutation {
  readonly key: Key;
  readonly value: Uint8Array | null;
}

export interface Entry {
  readonly key: Key;
  readonly value: Uint8Array;
  /** Of the record that wrote it. */
  readonly sequence: SequenceNumber;
}

/** A committed record as the change feed yields it. */
export interface Change {
  readonly sequence: SequenceNumber;
  /** Wall-clock milliseconds at which the record was appended; never goes back within a partition. */
  readonly timestampMs: number;
  readonly mutations: readonly Mutation[];
}

export interface KeyRange {
  /** Inclusive. Absent: from the first key. */
  readonly from?: Key | undefined;
  /** Exclusive. Absent: to the last key. */
  readonly to?: Key | undefined;
  readonly reverse?: boolean | undefined;
}

/**
 * Walks a range. `next` answers at once while everything is in memory and with a promise when a block must be read.
 * The cursor sees the moment at which it was made. Close it when done, also after an error.
 */
export interface Cursor {
  next(): Entry | undefined | Promise<Entry | undefined>;
  close(): void;
}

/** A moment of the partition: every record with a sequence <= `sequence`, none after. Release it when done. */
export interface Snapshot {
  readonly sequence: SequenceNumber;
  release(): void;
}

/**
 * Pure and synchronous: from the current value (absent: no such key) to the mutations to commit (which may touch other
 * keys of the partition too), or null to write nothing. What it throws rejects the `update` that it was given to.
 */
export type Decide = (current: Uint8Array | undefined) => readonly Mutation[] | null;

export interface Partition {
  /** Latest durable value, or the value as of `snapshot`. At once when no block must be read. */
  get(key: Key, snapshot?: Snapshot): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  range(range: KeyRange, snapshot?: Snapshot): Cursor;
  snapshot(): Snapshot;
  /**
   * Commits the mutations as one record: all or none. Resolves when durable and visible.
   * Rejects with a `PartitionError` (see errors.ts): the write may or may not survive only when its code says so.
   */
  write(mutations: readonly Mutation[]): Promise<SequenceNumber>;
  /**
   * Reads the current value of `key` (pending writes ahead in the log included), calls `decide`, and commits what it
   * returns. No other write to `key` comes between. Resolves with null when `decide` returned null, but not before the
   * value that it saw is durable: a caller answers from it (a condition that failed, an item already deleted).
   */
  update(key: Key, decide: Decide): Promise<SequenceNumber | null>;
  /** Committed changes with a sequence > `after`, in order, from the retained log; ends at the present. */
  changes(after: SequenceNumber): AsyncIterable<Change>;
  /** Writes the memtable to an SSTable. */
  flush(): Promise<void>;
  /** Flushes, then merges until nothing is left to do. */
  compact(): Promise<void>;
  readonly statistics: PartitionStatistics;
  /** Set when the partition turned read-only; says why. */
  readonly failure: Error | undefined;
  /** Finishes pending writes and background work, closes every file. */
  close(): Promise<void>;
}

export interface PartitionStatistics {
  readonly sequence: SequenceNumber;
  readonly memtableBytes: number;
  /** Size of all live SSTables. */
  readonly tableBytes: number;
  readonly tablesPerLevel: readonly number[];
  /** Upper bound on live entries: entries of tables and memtables, overwritten ones counted again. */
  readonly entriesEstimate: number;
}

/** Runs a background job described by plain data: on a worker thread, or inline in tests and on an in-memory disk. */
export interface Executor {
  /** `job` and the result are structured-clonable. Rejects when the job failed or was cancelled through `signal`. */
  run<Result>(job: BackgroundJob, signal?: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

/** Plain data; the union of jobs lives in compaction/. */
export interface BackgroundJob {
  readonly kind: string;
}

/** Everything that a partition touches is handed to it. */
export interface PartitionEnvironment {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly executor: Executor;
}

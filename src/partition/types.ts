/**
 * A partition: keys and values as bytes, ordered, versioned by sequence number. It does not know what an item is.
 *
 * Keys are binary strings: one character per byte (0x00..0xFF), so that `<` on strings is byte order.
 */
import type { PackedPiece } from '../compaction/packed-entries.js';
import type { Executor } from '../compaction/types.js';
import type { BlockCache } from '../sstable/block-cache.js';
import type { OpenFiles } from '../sstable/open-files.js';
import type { Clock, Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import type { LogStatistics } from '../wal/statistics.js';
import type { MemtableBudget } from './memtable-budget.js';

/** A binary (latin1) string, 1..65535 bytes. */
export type Key = string;

/** Grows by one with every record in the log of a partition; the first is 1. Not every record is a change. */
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

/** 16 random bytes as 32 hexadecimal digits. */
export type TransactionId = string;

/** What the records of one transaction have in common, in whichever partition they are. */
export interface TransactionStamp {
  readonly id: TransactionId;
  /** Wall-clock milliseconds of its decision. */
  readonly timestampMs: number;
}

/** Durable, not visible, and without an outcome. */
export interface PreparedTransaction {
  /** Names of all partitions that prepared it. */
  readonly participants: readonly string[];
  readonly mutations: readonly Mutation[];
}

/** The newest value of a key, and whether a crash may still take it back. */
export interface CurrentValue {
  readonly value: Uint8Array | undefined;
  /** Absent: durable. Rejects like the write of the value. */
  readonly durable: Promise<void> | undefined;
}

export interface WriteOptions {
  /** Called in the same synchronous step as the append. What it throws is what the write rejects with; nothing is written. */
  readonly admit?: ((mutations: readonly Mutation[]) => void) | undefined;
  /** The record is that of a transaction which needs no other partition. */
  readonly transaction?: TransactionStamp | undefined;
}

/** A committed record as the change feed yields it. */
export interface Change {
  readonly sequence: SequenceNumber;
  /** Wall-clock milliseconds at which the record was appended; never goes back within a partition. */
  readonly timestampMs: number;
  readonly mutations: readonly Mutation[];
  /** Of a transaction; the same in every partition that it wrote to. */
  readonly transaction?: TransactionStamp;
}

export interface ChangesOptions {
  /**
   * Does not end at the present, but waits for what is committed next, over flushes and while the disk is full. Throws
   * the partition's failure when no more can be committed. Default false.
   *
   * From the first change asked for on, the log is kept beyond the last one yielded, up to `feedLogBytesMax`: writers never
   * wait for a slow reader, and the one that falls behind by more gets `LogTruncatedError`. Not so over restarts, and not
   * bounded, is what `retain` keeps. A feed has one file open.
   */
  readonly live?: boolean | undefined;
  /** Ends the feed, as closing the partition does: without an error, and at once when it waits for a change. */
  readonly signal?: AbortSignal | undefined;
}

export interface KeyRange {
  /** Inclusive. Absent: from the first key. */
  readonly from?: Key | undefined;
  /** Exclusive. Absent: to the last key. */
  readonly to?: Key | undefined;
  readonly reverse?: boolean | undefined;
  /**
   * Much is read, and once: none of it is kept in the cache, and memory is used again. A value is good until the next
   * entry is asked for.
   */
  readonly bulk?: boolean | undefined;
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
  write(mutations: readonly Mutation[], options?: WriteOptions): Promise<SequenceNumber>;
  /**
   * Reads the current value of `key` (pending writes ahead in the log included), calls `decide`, and commits what it
   * returns. No other write to `key` comes between. Resolves with null when `decide` returned null, but not before the
   * value that it saw is durable: a caller answers from it (a condition that failed, an item already deleted).
   */
  update(key: Key, decide: Decide): Promise<SequenceNumber | null>;
  /**
   * The newest value, as writers see it: pending ones in the log included. At once when no block must be read; then as of
   * the call.
   */
  current(key: Key): CurrentValue | Promise<CurrentValue>;
  /**
   * First half of a transaction over several partitions: durable when it resolves, visible to nobody. It stays in doubt
   * until `commit` or `abort`, over restarts. When it rejects, it is off: no `abort` is needed, though none does harm.
   */
  prepare(id: TransactionId, mutations: readonly Mutation[], participants: readonly string[]): Promise<void>;
  /**
   * Makes what was prepared visible to every reader, now. The caller has made the decision durable elsewhere, and keeps it
   * until the promise resolves: only then this partition knows of it by itself. Rejects with `CLOSED` when that does
   * not come about before the partition is closed. Never throws because of the log.
   */
  commit(id: TransactionId, stamp: TransactionStamp): Promise<void>;
  /** Drops what was prepared. Resolves when that is durable; rejects with `CLOSED`, as `commit` does. */
  abort(id: TransactionId): Promise<void>;
  /** In doubt: prepared, with neither `commit` nor `abort` called. */
  readonly prepared: ReadonlyMap<TransactionId, PreparedTransaction>;
  /**
   * Committed changes with a sequence > `after`, in order, each once, from the retained log. Reads on only when asked for
   * the next one. Throws `LogTruncatedError` when the log no longer has what follows `after`. A transaction over several
   * partitions is a change of each: the same id, the same time. It is yielded once this log has its outcome, which is a
   * little later than readers see it (`outcomeDelayMs`).
   */
  changes(after: SequenceNumber, options?: ChangesOptions): AsyncIterable<Change>;
  /**
   * Keeps the log beyond `sequence` for the reader of that name, over restarts, until it is told a higher one. For a new
   * reader it is durable when it resolves; progress is written along with the next flush.
   */
  retain(reader: string, sequence: SequenceNumber): Promise<void>;
  /** The reader is gone. */
  dismiss(reader: string): void;
  /**
   * Makes a table of entries without their going through log and memory: for filling a partition that nobody else writes
   * to, and to which nobody has written otherwise. One load after the other: a later one hides earlier ones. All of it is
   * durable and visible when it resolves; when it rejects, or after a crash, all of it is there or nothing. A change
   * feed does not have it. The memory must not change before then.
   */
  load(pieces: readonly PackedPiece[]): Promise<void>;
  /** Writes the memtable to an SSTable. */
  flush(): Promise<void>;
  /** Flushes, then merges until nothing is left to do. */
  compact(): Promise<void>;
  /**
   * Makes `directory` (which must not be there, on the same file system) a copy of this moment that opens as a partition.
   * Writes, reads and background work go on meanwhile. Durable when it resolves; when it rejects, there is nothing at
   * `directory`, or all of it.
   */
  checkpoint(directory: string): Promise<Checkpoint>;
  readonly statistics: PartitionStatistics;
  /** Set when the partition turned read-only; says why. */
  readonly failure: Error | undefined;
  /**
   * Resolves when the log takes writes: at once, or when it goes on after a failure, and what it holds of the writes that
   * failed is visible. Rejects with `CLOSED` when it does not before the partition is closed.
   */
  writable(): Promise<void>;
  /** Finishes pending writes and background work, closes every file. */
  close(): Promise<void>;
}

/** What a checkpoint holds. */
export interface Checkpoint {
  /** Of the last record in it: it has every one up to this, and none after. */
  readonly sequence: SequenceNumber;
  readonly tables: number;
  /** Of the tables: linked, so they take up no space until the partition itself lets go of them. */
  readonly tableBytes: number;
  /** Of the log's records: copied. */
  readonly logBytes: number;
}

export interface PartitionStatistics {
  readonly sequence: SequenceNumber;
  readonly memtableBytes: number;
  /** Size of all live SSTables. */
  readonly tableBytes: number;
  readonly tablesPerLevel: readonly number[];
  readonly bytesPerLevel: readonly number[];
  /** Memtables that wait for their flush. */
  readonly frozenMemtables: number;
  /** Wall-clock milliseconds of the oldest record that is in no SSTable; undefined: a start has nothing to replay. */
  readonly unflushedSinceMs: number | undefined;
  /** Records that each reader of the log has not passed yet. */
  readonly readerLags: ReadonlyMap<string, number>;
  /** Upper bound on live entries: what tables, memtables and decided transactions have, overwritten ones counted again. */
  readonly entriesEstimate: number;
  /** Snapshots and cursors that are not released. */
  readonly snapshots: number;
  readonly writes: ThrottleStatistics;
  readonly flush: TaskStatistics & FlushStatistics;
  readonly compaction: TaskStatistics & CompactionStatistics;
}

/** Waits that background work imposed on writes. */
export interface ThrottleStatistics {
  /** Writes that were delayed, and for how long altogether. */
  readonly delayedWrites: number;
  readonly delayedMs: number;
  /** Writes that had to wait for room. */
  readonly stoppedWrites: number;
  /** How long there were such writes, altogether; the time of a stop that lasts is in it. */
  readonly stoppedMs: number;
  /** Writes that were refused with `OVERLOADED`. */
  readonly refusedWrites: number;
}

export interface TaskStatistics {
  readonly runs: number;
  readonly failures: number;
  /** Failures since the last success, and the last of them. 0 and undefined when all is well. */
  readonly failuresInARow: number;
  readonly lastFailure: unknown;
}

export interface FlushStatistics {
  /** Of the tables that were written. */
  readonly writtenBytes: number;
  /** Wall-clock milliseconds at which the last one ended; undefined: none since the partition is open. */
  readonly lastAtMs: number | undefined;
}

export interface CompactionStatistics {
  readonly merges: number;
  /** Tables that went down a level as they were. */
  readonly moves: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export type { BackgroundJob, Executor } from '../compaction/types.js';

/** Shared by all partitions of a process. */
export interface SharedResources {
  readonly blockCache: BlockCache;
  readonly openFiles: OpenFiles;
  readonly memtableBudget?: MemtableBudget;
  readonly logStatistics?: LogStatistics;
}

/** Everything that a partition touches is handed to it. */
export interface PartitionEnvironment {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly executor: Executor;
  readonly shared: SharedResources;
  /** Told of what goes wrong while nobody waits for it. */
  readonly onTrouble?: (trouble: Trouble) => void;
  readonly onStall?: (stall: Stall) => void;
  /** Told of each log that was opened with something in it, at the start or after a full disk. */
  readonly onRecovery?: (recovery: Recovery) => void;
}

/** For the operator: what was found in a log. */
export interface Recovery {
  readonly directory: string;
  /** Replayed, since they are in no table. */
  readonly records: number;
  /** A write that a crash cut off: it was never acknowledged, and was removed. Absent: there was none. */
  readonly tornTail?: { readonly file: string; readonly offset: number; readonly bytes: number } | undefined;
}

/** For the operator: writes wait for background work, or do so no longer. */
export type Stall = { readonly directory: string } & StallChange;

export type StallChange =
  | { readonly state: 'begun'; readonly reason: string }
  | { readonly state: 'ended'; readonly durationMs: number; readonly writes: number };

/** For the operator: a flush or a merge failed (it is tried again), or the log did. */
export interface Trouble {
  readonly directory: string;
  /** `reopening`: of the log, after there was no space for it. */
  readonly work: 'flush' | 'merge' | 'log' | 'reopening';
  readonly error: unknown;
}

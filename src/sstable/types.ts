/** What the immutable sorted file promises to the rooms above (compaction and partition). */
import type { Version, VersionedEntry, VersionedRange } from '../memtable/types.js';

/** What the manifest keeps of a table. Plain data: crosses threads. */
export interface TableProperties {
  readonly fileNumber: number;
  readonly sizeBytes: number;
  readonly entries: number;
  readonly tombstones: number;
  /** Sums over entries, before compression. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Inclusive. */
  readonly smallestKey: string;
  /** Inclusive. */
  readonly largestKey: string;
  readonly smallestSequence: number;
  readonly largestSequence: number;
}

export interface TableWriterOptions {
  readonly blockBytes: number;
  /** 0 writes no filter. */
  readonly filterBitsPerKey: number;
  readonly compression: 'none' | 'deflate';
}

/** Writes one file. Keys strictly ascending (asserted always). `finish` syncs the file; `abandon` removes it. */
export interface TableWriter {
  /** Resolves at once (undefined) unless a buffer had to be written out. */
  add(key: string, sequence: number, value: Uint8Array | null): Promise<void> | undefined;
  readonly sizeBytes: number;
  readonly entries: number;
  finish(): Promise<TableProperties>;
  abandon(): Promise<void>;
}

/** An entry or the end, at once when the block is in the cache, else with a promise. */
export interface TableCursor {
  next(): VersionedEntry | undefined | Promise<VersionedEntry | undefined>;
}

export interface TableCursorOptions {
  /** Blocks that are read go into the cache. Default true. */
  readonly fillCache?: boolean;
  /** Where blocks are not kept: memory is used again, and a value is good until the next entry is asked for. Default false. */
  readonly reuseMemory?: boolean;
}

/** An open table. One version per key: newer versions live in newer tables. */
export interface TableReader {
  readonly properties: TableProperties;
  /** Undefined: not here. A tombstone is a version with a null value. At once when filter or cache decide. */
  get(key: string): Version | undefined | Promise<Version | undefined>;
  /** Blocks are checksummed on every read from disk; a mismatch throws `CorruptionError` with file and offset. */
  cursor(range: VersionedRange, options?: TableCursorOptions): TableCursor;
  /** Reads and checks every byte: blocks, order, filter, index, footer. Throws `CorruptionError` at the first fault. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

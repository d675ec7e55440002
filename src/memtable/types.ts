/** What the mutable sorted map promises to its owner (the partition). */

/** A version of a key. `value` null is a tombstone. */
export interface Version {
  readonly value: Uint8Array | null;
  readonly sequence: number;
}

export interface VersionedEntry extends Version {
  readonly key: string;
}

/**
 * Walks keys in one direction. It sees the versions with a sequence <= the one it was made with, whatever is put
 * afterwards. `undefined` means the end. Tombstones are yielded: a tombstone hides older levels.
 */
export interface VersionedCursor {
  next(): VersionedEntry | undefined;
}

/** `from` inclusive, `to` exclusive; binary strings. */
export interface VersionedRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly reverse?: boolean | undefined;
}

export interface Memtable {
  /**
   * Sequences never go back. The version that `key` had is kept only while `oldestSnapshot` (the lowest sequence that
   * a live snapshot reads at; Infinity when there is none) still needs it.
   */
  put(key: string, sequence: number, value: Uint8Array | null, oldestSnapshot: number): void;
  /** Newest version with a sequence <= `atSequence` (default: the newest). O(1) on average. */
  get(key: string, atSequence?: number): Version | undefined;
  cursor(range: VersionedRange, atSequence?: number): VersionedCursor;
  /** The newest version of each key, in no particular order: what no order has to be made for. */
  newest(): IterableIterator<VersionedEntry>;
  /** Keys and values held, plus a fixed overhead for each entry (documented where it is defined). */
  readonly bytes: number;
  /** Distinct keys. */
  readonly count: number;
  /** Of the records held; 0 while empty. */
  readonly firstSequence: number;
  readonly lastSequence: number;
}

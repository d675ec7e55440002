/**
 * Entries packed into one piece of memory, so that another thread can be given a memtable without a copy of each object.
 * Never on a disk: both ends are the same program.
 *
 *     0              4                  8            16
 *     +--------------+------------------+------------+-----------+-------------+
 *     | key length 4 | value length + 1 | sequence 8 | key bytes | value bytes |     value length + 1 (4 bytes): 0 is a
 *     +--------------+------------------+------------+-----------+-------------+     deletion. sequence: a double
 */
import assert from 'node:assert/strict';
import type { Memtable, VersionedEntry } from '../memtable/types.js';

declare global {
  interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
    /** What `write(string, offset, 'latin1')` calls, without the search for the encoding's name. */
    latin1Write(string: string, offset: number): number;
  }
}

const headerBytes = 16;

export function packedBytes(key: string, value: Uint8Array | null): number {
  return headerBytes + key.length + (value === null ? 0 : value.length);
}

/** Packed entries, each key as often as it was added. Plain data: crosses threads, and shared memory does so without a copy. */
export interface PackedPiece {
  readonly entries: ArrayBuffer | SharedArrayBuffer;
  readonly count: number;
}

/** Enough for what `newest` of that memtable yields. It charges more for each entry than the header here takes. */
export function packedBytesMax(memtable: Memtable): number {
  return memtable.bytes;
}

export class EntryPacker {
  readonly #bytes: Buffer;
  #used = 0;
  #count = 0;

  /** @param memory is written over */
  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.#bytes = Buffer.from(memory);
  }

  get usedBytes(): number {
    return this.#used;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes for the `packedBytes` of further entries. */
  get roomBytes(): number {
    return this.#bytes.length - this.#used;
  }

  add({ key, sequence, value }: VersionedEntry): void {
    const bytes = this.#bytes;
    const at = this.#used;
    const end = at + packedBytes(key, value);
    assert(end <= bytes.length, 'the entries fit');
    bytes.writeUInt32LE(key.length, at);
    bytes.writeUInt32LE(value === null ? 0 : value.length + 1, at + 4);
    bytes.writeDoubleLE(sequence, at + 8);
    bytes.latin1Write(key, at + headerBytes);
    if (value !== null) bytes.set(value, end - value.length);
    this.#used = end;
    this.#count += 1;
  }
}

/** In the order of their keys, and entries of the same key in the order in which they were added. Values are views. */
export function unpackSorted(pieces: readonly PackedPiece[]): VersionedEntry[] {
  const unpacked: VersionedEntry[] = [];
  for (const piece of pieces) unpack(piece, unpacked);
  return unpacked.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
}

function unpack({ entries, count }: PackedPiece, unpacked: VersionedEntry[]): void {
  const bytes = Buffer.from(entries);
  for (let at = 0, left = count; left > 0; left -= 1) {
    const keyLength = bytes.readUInt32LE(at);
    const valueTag = bytes.readUInt32LE(at + 4);
    const sequence = bytes.readDoubleLE(at + 8);
    const keyEnd = at + headerBytes + keyLength;
    const key = bytes.latin1Slice(at + headerBytes, keyEnd);
    at = valueTag === 0 ? keyEnd : keyEnd + valueTag - 1;
    unpacked.push({ key, sequence, value: valueTag === 0 ? null : bytes.subarray(keyEnd, at) });
  }
}

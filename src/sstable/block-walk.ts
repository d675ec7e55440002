/**
 * Walks forward through a block (see block.ts for its form) that will not be kept: one entry after the other is decoded,
 * and nothing is made but the entries.
 *
 * A `Block` would do, but what it keeps of its groups is made where that of cached blocks is made. V8 learns from those
 * that objects from there live long, and makes all of them in the old generation, where only a full collection finds
 * that most are dead, and where, until then, they keep alive the keys that they point to. That took a third of the time
 * of a scan.
 */
import type { VersionedEntry } from '../memtable/types.js';
import { type BlockOrigin, copyCharacters, groupEntries, tailBytes, u32Bytes } from './block.js';
import { groupFor } from './block-search.js';
import { CorruptionError } from './errors.js';
import { keyBytesMax } from './limits.js';
import { VarintReader } from './varint.js';

const noBytes = Buffer.alloc(0);
/** Keys of middling length fit; longer ones get a larger one. */
const scratchBytesMin = 128;

export class BlockWalk {
  #bytes: Buffer = noBytes;
  #origin: BlockOrigin = { path: '', offset: 0 };
  #reader = new VarintReader(noBytes, 0, 0);
  #count = 0;
  #entriesEnd = 0;
  /** Of the entry that is decoded next. */
  #entry = 0;
  /** Decoded to find where the walk begins. */
  #sought: VersionedEntry | undefined;
  /** The bytes of the key before; the next one starts with a prefix of them. */
  #key = Buffer.allocUnsafe(scratchBytesMin);
  #keyLength = 0;

  /**
   * Begins with the first entry whose key is not below `from`. Values are views of `bytes`. Throws `CorruptionError` when
   * that is not a block, as `next` does when it meets what is no entry.
   */
  begin(bytes: Buffer, origin: BlockOrigin, from: string | undefined): void {
    this.#bytes = bytes;
    this.#origin = origin;
    this.#count = bytes.length < tailBytes ? 0 : bytes.readUInt32LE(bytes.length - tailBytes);
    const groups = Math.ceil(this.#count / groupEntries);
    this.#entriesEnd = bytes.length - tailBytes - groups * u32Bytes;
    if (
      this.#count === 0 ||
      this.#entriesEnd <= 0 ||
      bytes.readUInt32LE(bytes.length - u32Bytes) !== groups
    ) {
      throw this.#malformed('impossible counts');
    }
    this.#reader = new VarintReader(bytes, 0, this.#entriesEnd);
    this.#entry = 0;
    this.#sought = from === undefined ? undefined : this.#seek(from, groups);
  }

  /** Undefined at the end of the block. */
  next(): VersionedEntry | undefined {
    const sought = this.#sought;
    if (sought === undefined) return this.#decode();
    this.#sought = undefined;
    return sought;
  }

  #seek(from: string, groups: number): VersionedEntry | undefined {
    const group = groups === 1 ? 0 : groupFor(this.#bytes, this.#reader, from, groups, this.#entriesEnd);
    this.#entry = group * groupEntries;
    this.#reader.position = this.#groupStart();
    let entry = this.#decode();
    while (entry !== undefined && entry.key < from) entry = this.#decode();
    return entry;
  }

  #decode(): VersionedEntry | undefined {
    const reader = this.#reader;
    if (this.#entry === this.#count) {
      if (reader.position !== this.#entriesEnd) throw this.#malformed('it has bytes left over');
      return undefined;
    }
    if (this.#entry % groupEntries === 0) {
      if (reader.position !== this.#groupStart()) throw this.#malformed('impossible group start');
      this.#keyLength = 0;
    }
    const shared = reader.next();
    const unshared = reader.next();
    const valueTag = reader.next();
    const sequence = reader.next();
    const keyStart = reader.position;
    const keyEnd = keyStart + unshared;
    const valueEnd = valueTag === 0 ? keyEnd : keyEnd + valueTag - 1;
    if (
      reader.malformed ||
      shared > this.#keyLength ||
      valueEnd > this.#entriesEnd ||
      shared + unshared > keyBytesMax
    ) {
      throw this.#malformed(`entry ${this.#entry} is malformed`);
    }
    const key = this.#decodeKey(shared, keyStart, keyEnd);
    reader.position = valueEnd;
    this.#entry += 1;
    return { key, value: valueTag === 0 ? null : this.#bytes.subarray(keyEnd, valueEnd), sequence };
  }

  /** Of the group of the entry that comes next. */
  #groupStart(): number {
    return this.#bytes.readUInt32LE(this.#entriesEnd + (this.#entry / groupEntries) * u32Bytes);
  }

  #decodeKey(shared: number, start: number, end: number): string {
    const length = shared + end - start;
    if (length > this.#key.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#key.length * 2));
      this.#key.copy(larger, 0, 0, shared);
      this.#key = larger;
    }
    copyCharacters(this.#bytes, start, end, this.#key, shared);
    this.#keyLength = length;
    return this.#key.latin1Slice(0, length);
  }

  /** For good: what comes behind is not looked at. */
  #malformed(fault: string): CorruptionError {
    this.#reader.malformed = true;
    return new CorruptionError(this.#origin.path, this.#origin.offset, `malformed block: ${fault}`);
  }
}

/**
 * The block: sorted entries, prefix-compressed. Data blocks and index blocks are both of this form; in an index block
 * the value is a handle (see table-index.ts).
 *
 *     block   = group … group | start of group u32 … | entries u32 | groups u32           integers little-endian
 *     group   = entry … entry                         16 entries; the last group of a block may have fewer
 *     entry   = shared varint | unshared varint | value varint | sequence varint | suffix | value bytes
 *
 *     shared    length of the prefix shared with the key before; 0 for the first entry of a group
 *     unshared  length of `suffix`, the rest of the key
 *     value     0: tombstone; otherwise the length of the value plus 1
 *
 * A group can be decoded without what lies before it: a search compares the first keys of groups, then decodes one
 * group. Decoded keys stay with the block in memory, as strings: comparing two strings costs a fifteenth of comparing
 * two byte arrays, and a cached block is searched many times. Groups are decoded when first needed, so that a cold
 * read of a block with hundreds of small entries does not pay for all of them.
 */
import assert from 'node:assert/strict';
import type { Version, VersionedEntry } from '../memtable/types.js';
import { CorruptionError } from './errors.js';
import { keyBytesMax, valueBytesMax } from './limits.js';
import { VarintReader, varintBytesMax, writeVarint } from './varint.js';

declare global {
  interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
    /** What `toString('latin1', start, end)` calls, without the search for the encoding's name. */
    latin1Slice(start?: number, end?: number): string;
  }
}

/** Part of the format: never change without a new version. */
export const groupEntries = 16;
const groupShift = 4;
export const tailBytes = 8;
export const u32Bytes = 4;

/** Memory of a decoded entry: string header, slots in two arrays, and the characters of a key of middling length. */
const decodedEntryBytes = 56;
const decodedKeyBytes = 24;
const blockObjectBytes = 400;

/** Collects entries in order; the caller decides when a block is full. */
export class BlockBuilder {
  #buffer = Buffer.allocUnsafeSlow(8192);
  #used = 0;
  #count = 0;
  #groups: number[] = [];
  #lastKey = '';

  get count(): number {
    return this.#count;
  }

  get lastKey(): string {
    return this.#lastKey;
  }

  /** Of the block if it were finished now. */
  get sizeBytes(): number {
    return this.#used + this.#groups.length * u32Bytes + tailBytes;
  }

  /** Keys strictly ascending; also across blocks, which is the caller's to assert. */
  add(key: string, sequence: number, value: Uint8Array | null): void {
    assert(this.#count === 0 || key > this.#lastKey, 'keys are added in ascending order, each once');
    assert(key.length <= keyBytesMax && (value === null || value.length <= valueBytesMax));
    this.#reserve(4 * varintBytesMax + key.length + (value === null ? 0 : value.length));
    let shared = 0;
    if (this.#count % groupEntries === 0) this.#groups.push(this.#used);
    else shared = sharedPrefix(this.#lastKey, key);
    const buffer = this.#buffer;
    let at = writeVarint(buffer, this.#used, shared);
    at = writeVarint(buffer, at, key.length - shared);
    at = writeVarint(buffer, at, value === null ? 0 : value.length + 1);
    at = writeVarint(buffer, at, sequence);
    at = writeCharacters(buffer, at, key, shared);
    if (value !== null) {
      buffer.set(value, at);
      at += value.length;
    }
    this.#used = at;
    this.#count += 1;
    this.#lastKey = key;
  }

  /** A view of the builder's own memory: valid until the next `add`. Starts the next block. */
  finish(): Buffer {
    assert(this.#count > 0, 'a block is never empty');
    this.#reserve(this.#groups.length * u32Bytes + tailBytes);
    let at = this.#used;
    for (const start of this.#groups) at = this.#buffer.writeUInt32LE(start, at);
    at = this.#buffer.writeUInt32LE(this.#count, at);
    at = this.#buffer.writeUInt32LE(this.#groups.length, at);
    this.#used = 0;
    this.#count = 0;
    this.#groups = [];
    this.#lastKey = '';
    return this.#buffer.subarray(0, at);
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}

/**
 * A decoded group. The numbers of all entries share one array: a search of a cold group costs one cache miss per object
 * that it touches, and little else.
 */
interface Group {
  readonly keys: string[];
  /** For each entry: offset of the value (-1 for a tombstone), end of the value, sequence. */
  readonly numbers: number[];
}
const numbersPerEntry = 3;

/** Where a block came from: named in the error when it turns out to be malformed. */
export interface BlockOrigin {
  readonly path: string;
  readonly offset: number;
}

/** A block in memory. Values are views of its bytes and keep them alive; who stores a value for long copies it. */
export class Block {
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #origin: BlockOrigin;
  readonly #groupCount: number;
  /** Where the table of group starts begins, which is where the entries end. */
  readonly #entriesEnd: number;
  /** Of a block with one group. */
  #onlyGroup: Group | undefined;
  /** Of a block with several. */
  readonly #groups: (Group | undefined)[] | undefined;
  #firstKeys: string[] | undefined;

  /** `bytes` is kept. Throws `CorruptionError` when it is not a block. */
  constructor(bytes: Buffer, origin: BlockOrigin) {
    this.#bytes = bytes;
    this.#origin = origin;
    this.count = bytes.length < tailBytes ? 0 : bytes.readUInt32LE(bytes.length - tailBytes);
    this.#groupCount = Math.ceil(this.count / groupEntries);
    this.#entriesEnd = bytes.length - tailBytes - this.#groupCount * u32Bytes;
    if (
      this.count === 0 ||
      this.#entriesEnd <= 0 ||
      bytes.readUInt32LE(bytes.length - u32Bytes) !== this.#groupCount
    ) {
      throw this.#malformed('impossible counts');
    }
    this.#groups =
      this.#groupCount === 1 ? undefined : new Array<Group | undefined>(this.#groupCount).fill(undefined);
  }

  /** What the block occupies once everything in it is decoded (an estimate for the cache's budget). */
  get memoryBytes(): number {
    return blockObjectBytes + this.#bytes.length + this.count * (decodedEntryBytes + decodedKeyBytes);
  }

  /** The last entry with a key <= `key`, or -1. */
  floor(key: string): number {
    if (this.#groups === undefined) return lastAtMost(this.#group(0).keys, key);
    const number = lastAtMost(this.#firstKeys ?? this.#decodeFirstKeys(), key);
    return number < 0 ? -1 : (number << groupShift) + lastAtMost(this.#group(number).keys, key);
  }

  /** The first entry with a key >= `key`; `count` when there is none. */
  ceiling(key: string): number {
    const floor = this.floor(key);
    return floor >= 0 && this.keyAt(floor) === key ? floor : floor + 1;
  }

  find(key: string): Version | undefined {
    const floor = this.floor(key);
    if (floor < 0) return undefined;
    const entry = this.entryAt(floor);
    return entry.key === key ? entry : undefined;
  }

  keyAt(entry: number): string {
    return this.#group(entry >> groupShift).keys[entry & (groupEntries - 1)] as string;
  }

  entryAt(entry: number): VersionedEntry {
    const { keys, numbers } = this.#group(entry >> groupShift);
    const at = entry & (groupEntries - 1);
    const start = numbers[at * numbersPerEntry] as number;
    return {
      key: keys[at] as string,
      value: start < 0 ? null : this.#bytes.subarray(start, numbers[at * numbersPerEntry + 1]),
      sequence: numbers[at * numbersPerEntry + 2] as number,
    };
  }

  /** Reads two varints from the start of a value, without making a view of it. */
  numbersAt(entry: number): [number, number] {
    const { numbers } = this.#group(entry >> groupShift);
    const at = (entry & (groupEntries - 1)) * numbersPerEntry;
    const reader = new VarintReader(
      this.#bytes,
      Math.max(0, numbers[at] as number),
      numbers[at + 1] as number,
    );
    const pair: [number, number] = [reader.next(), reader.next()];
    if (reader.malformed || numbers[at] === -1) throw this.#malformed(`entry ${entry} is not a handle`);
    return pair;
  }

  #group(number: number): Group {
    const group = this.#groups === undefined ? this.#onlyGroup : this.#groups[number];
    return group ?? this.#decodeGroup(number);
  }

  #start(group: number): number {
    if (group === this.#groupCount) return this.#entriesEnd;
    const start = this.#bytes.readUInt32LE(this.#entriesEnd + group * u32Bytes);
    if (start >= this.#entriesEnd || (start === 0) !== (group === 0))
      throw this.#malformed('impossible group start');
    return start;
  }

  #decodeFirstKeys(): string[] {
    const keys: string[] = [];
    for (let group = 0; group < this.#groupCount; group += 1) {
      const reader = new VarintReader(this.#bytes, this.#start(group), this.#entriesEnd);
      const shared = reader.next();
      const length = reader.next();
      reader.next();
      reader.next();
      const end = reader.position + length;
      if (reader.malformed || shared !== 0 || end > this.#entriesEnd) {
        throw this.#malformed(`group ${group} has no first key`);
      }
      keys.push(this.#bytes.latin1Slice(reader.position, end));
    }
    this.#firstKeys = keys;
    return keys;
  }

  #decodeGroup(number: number): Group {
    const bytes = this.#bytes;
    const end = this.#start(number + 1);
    const entries = Math.min(groupEntries, this.count - (number << groupShift));
    const group: Group = { keys: [], numbers: [] };
    const reader = new VarintReader(bytes, this.#start(number), end);
    let keyLength = 0;
    for (let entry = 0; entry < entries; entry += 1) {
      const shared = reader.next();
      const unshared = reader.next();
      const valueTag = reader.next();
      const sequence = reader.next();
      const keyEnd = reader.position + unshared;
      const valueEnd = valueTag === 0 ? keyEnd : keyEnd + valueTag - 1;
      if (reader.malformed || shared > keyLength || valueEnd > end || shared + unshared > keyBytesMax) {
        throw this.#malformed(`entry ${(number << groupShift) + entry} is malformed`);
      }
      group.keys.push(decodeKey(bytes, shared, reader.position, keyEnd));
      group.numbers.push(valueTag === 0 ? -1 : keyEnd, valueEnd, sequence);
      keyLength = shared + unshared;
      reader.position = valueEnd;
    }
    if (reader.position !== end) throw this.#malformed(`group ${number} has bytes left over`);
    if (this.#groups === undefined) this.#onlyGroup = group;
    else this.#groups[number] = group;
    return group;
  }

  #malformed(fault: string): CorruptionError {
    return new CorruptionError(this.#origin.path, this.#origin.offset, `malformed block: ${fault}`);
  }
}

/** The bytes of the key that was decoded last; the next key of the group starts with a prefix of them. */
const keyScratch = Buffer.allocUnsafeSlow(keyBytesMax);
/** Below this a loop is faster than a call that leaves JavaScript. */
const shortCharacters = 24;

function decodeKey(bytes: Buffer, shared: number, start: number, end: number): string {
  copyCharacters(bytes, start, end, keyScratch, shared);
  return keyScratch.latin1Slice(0, shared + end - start);
}

export function copyCharacters(from: Buffer, start: number, end: number, to: Buffer, offset: number): void {
  if (end - start > shortCharacters) {
    from.copy(to, offset, start, end);
    return;
  }
  for (let at = start; at < end; at += 1) to[offset + at - start] = from[at] as number;
}

function writeCharacters(target: Buffer, offset: number, key: string, from: number): number {
  let seen = 0;
  for (let at = from; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    seen |= code;
    target[offset++] = code;
  }
  assert(seen <= 0xff, 'a key is a binary string: one character per byte');
  return offset;
}

export function sharedPrefix(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let shared = 0;
  while (shared < length && left.charCodeAt(shared) === right.charCodeAt(shared)) shared += 1;
  return shared;
}

function lastAtMost(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

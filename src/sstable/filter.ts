/**
 * The filter of a table: says of a key "surely not here" without reading a block.
 *
 * A blocked Bloom filter: a key selects one block of 512 bits (a cache line) and all of its probes fall into it. A
 * query touches one cache line and a few words, about 20 ns after the hash. Compared with
 *  - a classic Bloom filter: one cache miss per probe, for a false-positive rate of 0.8 % instead of 1.1 % at 10 bits;
 *  - ribbon and xor filters: 30 % less space, but a build that solves a linear system (several times slower, in the
 *    middle of every flush), and one more structure to hold in memory while it does.
 * After: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007).
 *
 *     filter = kind u8 (1) | probes u8 | zero u16 | block of 16 words u32 … |              integers little-endian
 */
import assert from 'node:assert/strict';
import { CorruptionError } from './errors.js';
import { filterBitsPerKeyMax } from './limits.js';

const blockedBloomKind = 1;
const headerBytes = 4;
const blockWords = 16;
const blockBits = blockWords * 32;
const probesMax = 16;
/** A product of a 32-bit hash and the number of blocks stays exact in a double. */
const blocksMax = 2 ** 21;

/** The hash of a key, as two numbers of 32 bits. The object is reused: read it before hashing another key. */
export interface KeyHash {
  low: number;
  high: number;
}

const hash: KeyHash = { low: 0, high: 0 };
let hashedKey: string | undefined;

/**
 * Two lanes over four characters at a time, each mixed like MurmurHash3 (Appleby) with its own constants. Part of the
 * format. A get asks the filters of several tables for one key in a row: the last result is kept.
 */
export function hashKey(key: string): KeyHash {
  if (key === hashedKey) return hash;
  let low = 0x51ed270b;
  let high = 0x2545f491;
  const whole = key.length & ~3;
  let at = 0;
  for (; at < whole; at += 4) {
    const word =
      key.charCodeAt(at) |
      (key.charCodeAt(at + 1) << 8) |
      (key.charCodeAt(at + 2) << 16) |
      (key.charCodeAt(at + 3) << 24);
    low = mix(low, Math.imul(word, 0xcc9e2d51));
    high = mix(high, Math.imul(word, 0x38b34ae5));
  }
  let rest = 0;
  for (let shift = 0; at < key.length; at += 1, shift += 8) rest |= key.charCodeAt(at) << shift;
  low = mix(low, Math.imul(rest, 0xcc9e2d51));
  high = mix(high, Math.imul(rest, 0x38b34ae5));
  hash.low = finish(low ^ key.length);
  hash.high = finish(high ^ Math.imul(key.length, 0x9e3779b1));
  hashedKey = key;
  return hash;
}

function mix(state: number, word: number): number {
  state ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  return (Math.imul((state << 13) | (state >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(state: number): number {
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** Remembers the hashes of keys (8 B each) until the number of keys, and with it the size, is known. */
export class FilterBuilder {
  #hashes = new Uint32Array(2048);
  #used = 0;

  add(key: string): void {
    if (this.#used === this.#hashes.length) {
      const larger = new Uint32Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    const { low, high } = hashKey(key);
    this.#hashes[this.#used] = low;
    this.#hashes[this.#used + 1] = high;
    this.#used += 2;
  }

  finish(bitsPerKey: number): Buffer {
    assert(bitsPerKey > 0 && bitsPerKey <= filterBitsPerKeyMax);
    const keys = this.#used / 2;
    const blocks = Math.min(blocksMax, Math.max(1, Math.ceil((keys * bitsPerKey) / blockBits)));
    const probes = Math.min(probesMax, Math.max(1, Math.round(bitsPerKey * Math.LN2 * 0.9)));
    const words = new Uint32Array(blocks * blockWords);
    for (let at = 0; at < this.#used; at += 2) {
      const start = blockStart(this.#hashes[at] as number, blocks);
      let state = this.#hashes[at + 1] as number;
      for (let probe = 0; probe < probes; probe += 1) {
        const word = start + (state >>> 28);
        words[word] = (words[word] as number) | (1 << ((state >>> 23) & 31));
        state = Math.imul(state, 0x9e3779b9);
      }
    }
    const bytes = Buffer.allocUnsafe(headerBytes + words.length * 4);
    bytes.writeUInt32LE(blockedBloomKind | (probes << 8), 0);
    for (let word = 0; word < words.length; word += 1) {
      bytes.writeUInt32LE(words[word] as number, headerBytes + word * 4);
    }
    return bytes;
  }
}

export class Filter {
  readonly #words: Uint32Array;
  readonly #blocks: number;
  readonly #probes: number;

  /** Copies `bytes`. Throws `CorruptionError` when it is not a filter. */
  constructor(bytes: Buffer, origin: { readonly path: string; readonly offset: number }) {
    const wordCount = (bytes.length - headerBytes) / 4;
    const header = bytes.length < headerBytes ? 0 : bytes.readUInt32LE(0);
    this.#blocks = wordCount / blockWords;
    this.#probes = (header >>> 8) & 0xff;
    if (
      (header & 0xff) !== blockedBloomKind ||
      header >>> 16 !== 0 ||
      this.#probes < 1 ||
      this.#probes > probesMax ||
      !Number.isInteger(this.#blocks) ||
      this.#blocks < 1 ||
      this.#blocks > blocksMax
    ) {
      throw new CorruptionError(origin.path, origin.offset, 'malformed filter');
    }
    this.#words = new Uint32Array(wordCount);
    for (let word = 0; word < wordCount; word += 1) {
      this.#words[word] = bytes.readUInt32LE(headerBytes + word * 4);
    }
  }

  get memoryBytes(): number {
    return this.#words.byteLength;
  }

  /** False: the key is not in the table. */
  mayContain(key: string): boolean {
    const { low, high } = hashKey(key);
    const start = blockStart(low, this.#blocks);
    let state = high;
    for (let probe = 0; probe < this.#probes; probe += 1) {
      if (((this.#words[start + (state >>> 28)] as number) & (1 << ((state >>> 23) & 31))) === 0)
        return false;
      state = Math.imul(state, 0x9e3779b9);
    }
    return true;
  }
}

/** Index of the first word of the block that a hash selects: the hash scaled down, without a division. */
function blockStart(low: number, blocks: number): number {
  return Math.floor((low * blocks) / 2 ** 32) * blockWords;
}

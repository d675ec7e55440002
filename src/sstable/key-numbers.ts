/**
 * Finds a key among the sorted keys of an index block by numbers: those of the six characters behind what all keys
 * share. The numbers lie side by side, where each string is a cache miss of its own; a get of a cold block spends a
 * seventh of its time on those.
 */
import { sharedPrefix } from './block.js';

/** As many as fit into an exact double. */
const characters = 6;

export interface SortedKeys {
  readonly count: number;
  keyAt(entry: number): string;
  floor(key: string): number;
}

export class KeyNumbers {
  readonly #keys: SortedKeys;
  /** What all keys but the first one begin with (the first key of an index is empty). */
  readonly #shared: string;
  readonly #numbers: Float64Array;

  constructor(keys: SortedKeys) {
    this.#keys = keys;
    const { count } = keys;
    const last = keys.keyAt(count - 1);
    this.#shared = count < 2 ? last : last.slice(0, sharedPrefix(keys.keyAt(1), last));
    this.#numbers = new Float64Array(count);
    for (let entry = 0; entry < count; entry += 1) {
      const key = keys.keyAt(entry);
      this.#numbers[entry] = key.startsWith(this.#shared) ? numberOf(key, this.#shared.length) : -1;
    }
  }

  static memoryBytes(count: number): number {
    return count * Float64Array.BYTES_PER_ELEMENT;
  }

  /** The last entry with a key <= `key`, or -1. */
  floor(key: string): number {
    if (!key.startsWith(this.#shared)) return this.#keys.floor(key);
    const numbers = this.#numbers;
    const number = numberOf(key, this.#shared.length);
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((numbers[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    // Where the numbers are equal, what comes behind the six characters decides.
    return numbers[low - 1] === number ? this.#keys.floor(key) : low - 1;
  }
}

/** Missing characters count as zero. Order is that of the keys, as far as numbers differ. */
function numberOf(key: string, from: number): number {
  let number = 0;
  for (let at = from; at < from + characters; at += 1) {
    number = number * 256 + (at < key.length ? key.charCodeAt(at) : 0);
  }
  return number;
}

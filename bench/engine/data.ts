/** Keys of 16 bytes, values of 1,000 bytes that no compressor makes smaller. The same in every run. */
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VALUE_BYTES } from './bench.js';

export type KeyValue = readonly [key: string, value: Uint8Array];

const POOL_BYTES = 4 * 1024 * 1024;
const pool = Buffer.from(new SeededRandom(1).bytes(POOL_BYTES));
const random = new SeededRandom(2);

/** `count` keys whose order as bytes has nothing to do with their place. */
export function scatteredKeys(count: number): string[] {
  return Array.from({ length: count }, (_, index) => scatteredKey(index));
}

function scatteredKey(index: number): string {
  // Odd, so that it maps 32 bits onto themselves; the golden ratio of 2^32, so that neighbours land far apart.
  return hex8(Math.imul(index, 0x9e37_79b1)) + hex8(index);
}

/** In order. */
export function orderedKey(index: number): string {
  return `00000000${hex8(index)}`;
}

function hex8(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** A buffer of its own, as a value that came from a client is. */
export function newValue(): Buffer {
  const from = randomBelow(POOL_BYTES - VALUE_BYTES);
  return Buffer.from(pool.subarray(from, from + VALUE_BYTES));
}

export function randomBelow(bound: number): number {
  return random.uint32() % bound;
}

export function pick(keys: readonly string[]): string {
  return keys[randomBelow(keys.length)] as string;
}

/** Hands out batches of 100, `count` entries altogether, each to be awaited before the next. */
export async function inBatches(
  count: number,
  keyAt: (index: number) => string,
  write: (batch: KeyValue[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    const length = Math.min(100, count - from);
    await write(Array.from({ length }, (_, at) => [keyAt(from + at), newValue()] as const));
  }
}

/**
 * Request ids as the service makes them: 52 characters of base32hex (0-9, A-V). 26 of them, 130 bits, are random;
 * the rest is constant in the service's ids as well.
 */
import type { Random } from '../vfs/clock.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUV';
const CONSTANT_HALF = 'VV4KQNSO5AEMVJF66Q9ASUAAJG';

/** Two characters for each 10 bits. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => `${ALPHABET[bits >> 5]}${ALPHABET[bits & 31]}`);
const PAIRS_PER_ID = 13;

/** Randomness is taken from the system for this many ids at a time. */
const IDS_PER_DRAW = 256;

export function requestIds(random: Random): () => string {
  let drawn: Uint8Array = new Uint8Array(0);
  let position = 0;
  return () => {
    if (position === drawn.length) {
      drawn = random.bytes(IDS_PER_DRAW * PAIRS_PER_ID * 2);
      position = 0;
    }
    let id = '';
    for (const end = position + PAIRS_PER_ID * 2; position < end; position += 2) {
      const bits = (((drawn[position] ?? 0) << 8) | (drawn[position + 1] ?? 0)) & 1023;
      id += PAIRS[bits];
    }
    return id + CONSTANT_HALF;
  };
}

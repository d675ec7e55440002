/** Chance that can be repeated: the same seed gives the same numbers. For simulations and tests, never for secrets. */
import assert from 'node:assert/strict';

import type { Random } from './clock.js';

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, period of at least 2^32, passes PractRand. */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(readonly seed: number) {
    assert(Number.isSafeInteger(seed) && seed >= 0, 'a seed is a non-negative integer');
    this.#a = 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    // The first outputs of nearby seeds resemble each other; the author's recommendation is to skip a dozen.
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff;
    return bytes;
  }
}

/** Uniform in [0, 1). */
export function randomFraction(random: Random): number {
  return random.uint32() / 2 ** 32;
}

/** A uniform integer in [0, `bound`). The bias of the modulus is below 2^-32 × bound: of no matter to a test. */
export function randomBelow(random: Random, bound: number): number {
  assert(Number.isInteger(bound) && bound > 0 && bound <= 2 ** 32, 'a bound in (0, 2^32]');
  return random.uint32() % bound;
}

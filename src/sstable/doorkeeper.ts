/**
 * Remembers which blocks were missed lately, so that the cache keeps a block from its second miss on: most blocks of
 * data larger than the cache are read once and not again for long, and what they would push out may be needed sooner.
 * Keeping one also costs more (memory of its own, links, another block's removal) than reading it from the page cache.
 *
 * A table of fingerprints, one per slot, in which a newer block takes the place of an older one: forgetting is part of
 * the design. It has one slot for every two blocks that fit into the cache: with more, a third of the reads that hardly
 * ever come again would be kept, which costs more than they give back; and it was measured that with fewer the cache
 * finds the blocks worth keeping nearly as soon (skewed reads, and reads that move on to another part of the data).
 */
import assert from 'node:assert/strict';

/** Fewer would be confused too often. */
const slotsMin = 256;

export class Doorkeeper {
  readonly #fingerprints: Uint32Array;

  /** `blocks`: about as many as the cache holds. */
  constructor(blocks: number) {
    assert(blocks >= 0);
    this.#fingerprints = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(slotsMin, blocks / 2))));
  }

  /** Whether it has been here before, not long ago. From now on it has. */
  knows(shelf: number, offset: number): boolean {
    const fingerprint = mix(Math.imul(shelf, 0x9e37_79b1) ^ offset);
    const slot = fingerprint & (this.#fingerprints.length - 1);
    if (this.#fingerprints[slot] === fingerprint) return true;
    this.#fingerprints[slot] = fingerprint;
    return false;
  }
}

/** Every bit of the answer depends on every bit of `value` (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * The memory of cached data blocks: large segments, in which block lies behind block. A block as an object of its own
 * would cost half a kilobyte and more of other objects, an allocation and a release outside of V8's heap, and the
 * collector's time for as long as it is cached; here a few segments stay for good, and what is evicted is written over.
 *
 * Segments stand in a queue. Blocks go into the newest; when it is full and there may be no further one, the oldest is
 * emptied and becomes the newest. A segment of which more than half was read lately goes back to the end of the queue
 * instead, once; of the one that is emptied, what was read lately stays (moved to its front). So a block that is read
 * often is never written over, as with SIEVE; only how long the others stay is less exact.
 *
 * A segment is full when its blocks, and what is remembered of each, add up to its size. So the end of its memory is
 * never touched, and the system gives it none.
 */
import assert from 'node:assert/strict';

/** For each block: its slot (72 B), its entries in a map and in the segment's list. Measured. */
const slotBytes = 128;

interface Segment {
  readonly bytes: Buffer;
  /** Where the next block goes. */
  end: number;
  /** Those that were taken out are still among them. */
  slots: ArenaSlot[];
  held: number;
}

/** Whoever keeps a slot finds `isHeld` false once its block was evicted. */
export class ArenaSlot {
  visited = false;
  /** For the arena. */
  segment: Segment | undefined;

  constructor(
    readonly offset: number,
    segment: Segment,
    /** Where the block begins in `bytes`. It may be moved, though not before the next insertion of another one. */
    public start: number,
    readonly length: number,
    private readonly onEvicted: (offset: number) => void,
  ) {
    this.segment = segment;
  }

  get isHeld(): boolean {
    return this.segment !== undefined;
  }

  /** What the block lies in, from `start` on. Not to be kept: it will be written over. */
  get bytes(): Buffer {
    assert(this.segment !== undefined, 'an evicted block is not read');
    return this.segment.bytes;
  }

  /** For the arena: the block is not there any more. */
  evict(): void {
    this.segment = undefined;
    this.onEvicted(this.offset);
  }
}

export class BlockArena {
  readonly #segmentBytes: number;
  /** Oldest first. */
  readonly #segments: Segment[] = [];
  /** The one that is being filled; one of `segments`. */
  #filling: Segment | undefined;
  #usedBytes = 0;
  #blocks = 0;

  constructor(segmentBytes: number) {
    this.#segmentBytes = segmentBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get blocks(): number {
    return this.#blocks;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** By how much `usedBytes` grows for a block of that length, unless an old segment is used again. */
  growthFor(length: number): number {
    return this.#fits(length) ? 0 : Math.max(this.#segmentBytes, length + slotBytes);
  }

  /** Copies the block. */
  insert(offset: number, block: Buffer, onEvicted: (offset: number) => void): ArenaSlot {
    const segment = this.#fits(block.length) ? (this.#filling as Segment) : this.#addSegment(block.length);
    segment.bytes.set(block, segment.end);
    const slot = new ArenaSlot(offset, segment, segment.end, block.length, onEvicted);
    segment.slots.push(slot);
    segment.end += block.length;
    segment.held += 1;
    this.#blocks += 1;
    return slot;
  }

  /** A block that its owner gives up. */
  remove(slot: ArenaSlot): void {
    const { segment } = slot;
    if (segment === undefined) return;
    slot.segment = undefined;
    this.#blocks -= 1;
    segment.held -= 1;
    if (segment.held === 0) this.#drop(segment);
  }

  /**
   * Makes room for a block of that length in the oldest segment that is not read much: by emptying it, so that it is
   * filled next, or by giving it up. Returns how many blocks went.
   */
  recycle(length: number): number {
    const segment = this.#leastRead();
    const before = this.#blocks;
    const isWhole = segment.bytes.length === this.#segmentBytes;
    if (!isWhole || length + slotBytes > this.#segmentBytes / 2) this.#evictAll(segment);
    else this.#compact(segment);
    return before - this.#blocks;
  }

  /** Gives up the oldest segment that is not read much. Returns how many blocks went. */
  shrink(): number {
    const before = this.#blocks;
    this.#evictAll(this.#leastRead());
    return before - this.#blocks;
  }

  #fits(length: number): boolean {
    const segment = this.#filling;
    if (segment === undefined) return false;
    return segment.end + length + (segment.slots.length + 1) * slotBytes <= this.#segmentBytes;
  }

  #addSegment(length: number): Segment {
    const isOwn = length + slotBytes > this.#segmentBytes;
    // The memory of a block that has a segment of its own, too, is touched only where the block lies.
    const bytes = Buffer.allocUnsafeSlow(isOwn ? length + slotBytes : this.#segmentBytes);
    const segment: Segment = { bytes, end: 0, slots: [], held: 0 };
    this.#segments.push(segment);
    this.#usedBytes += bytes.length;
    if (!isOwn) this.#filling = segment;
    return segment;
  }

  /** After one round at most: what it passes counts as not read. */
  #leastRead(): Segment {
    for (let left = this.#segments.length; left > 0; left -= 1) {
      const oldest = this.#segments[0] as Segment;
      if (left === 1 || readBytes(oldest) <= oldest.end / 2) return oldest;
      for (const slot of oldest.slots) slot.visited = false;
      this.#segments.shift();
      this.#segments.push(oldest);
    }
    throw new assert.AssertionError({ message: 'an arena without segments has nothing to give' });
  }

  #compact(segment: Segment): void {
    const { bytes, slots } = segment;
    segment.slots = [];
    segment.end = 0;
    segment.held = 0;
    for (const slot of slots) {
      if (slot.segment !== segment) continue;
      const end = segment.end + slot.length + (segment.slots.length + 1) * slotBytes;
      if (!slot.visited || end > bytes.length / 2) {
        this.#blocks -= 1;
        slot.evict();
        continue;
      }
      slot.visited = false;
      bytes.copyWithin(segment.end, slot.start, slot.start + slot.length);
      slot.start = segment.end;
      segment.slots.push(slot);
      segment.end += slot.length;
      segment.held += 1;
    }
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.#segments.push(segment);
    this.#filling = segment;
  }

  #evictAll(segment: Segment): void {
    for (const slot of segment.slots) {
      if (slot.segment !== segment) continue;
      this.#blocks -= 1;
      slot.evict();
    }
    this.#drop(segment);
  }

  #drop(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.#usedBytes -= segment.bytes.length;
    if (this.#filling === segment) this.#filling = undefined;
  }
}

function readBytes(segment: Segment): number {
  let bytes = 0;
  for (const slot of segment.slots) if (slot.visited && slot.segment === segment) bytes += slot.length;
  return bytes;
}

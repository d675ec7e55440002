/**
 * Room for batches: which segment is being filled, growing it and making the next one ahead of need, letting go of old
 * ones. Growing and making happen in the background once half of what there is has been used; only a writer that is
 * faster than that ever waits.
 *
 * What fails while working ahead is no failure: there still is room. It is tried again a little later, and fails somebody
 * only when a batch does not fit. Files are written anew by each attempt, so that no sync is asked twice.
 */
import assert from 'node:assert/strict';

import type { DiskFile } from '../vfs/disk.js';
import { GROWN_BYTES_MIN } from './limits.js';
import type { Segment } from './segment.js';
import type { SegmentStore, WritableSegment } from './segment-store.js';

/** Each growth multiplies a segment's length by this, up to `segmentBytes`. */
const GROWTH = 4;

/** After working ahead failed it is tried again when this part of the segment's length has been written. */
const RETRY_PART = 1 / 16;

export class SegmentRoom {
  /** Retained segments, oldest first; the last is the one that is being filled. */
  readonly segments: Segment[];
  /** Undefined while nothing is written: see `rest`. */
  #file: DiskFile | undefined;
  #next: Promise<WritableSegment> | undefined;
  #extension: Promise<void> | undefined;
  /** The current segment takes no more. */
  #ended = false;
  /** Working ahead failed: how far the segment must be filled for another attempt. */
  #retryAt = 0;
  /** Creating and retiring touch the same names, so they come one after the other. */
  #lastTask: Promise<unknown> = Promise.resolve();
  /** No longer part of the log, but perhaps still there: it goes before any other. */
  #retiring: Segment | undefined;

  constructor(
    private readonly store: SegmentStore,
    segments: readonly Segment[],
    file: DiskFile,
  ) {
    assert(segments.length > 0, 'a log has a segment');
    this.segments = [...segments];
    this.#file = file;
  }

  get current(): WritableSegment {
    assert(this.#file !== undefined, 'room was made for what is to be written');
    return { segment: this.#segment, file: this.#file };
  }

  /** A batch of that length can be written at once. */
  isReady(bytes: number): boolean {
    return this.#file !== undefined && this.fits(bytes);
  }

  fits(bytes: number): boolean {
    return !this.#ended && this.#segment.end + bytes <= this.#segment.allocatedBytes;
  }

  /** Resolves when the room is ready for `bytes`. Not called while a write is in flight. */
  async makeRoom(bytes: number): Promise<void> {
    while (!this.fits(bytes)) {
      if (this.#ended || this.#segment.end + bytes > this.#lengthMax) await this.#advance(bytes);
      else await this.#extend(Math.max(this.#growthTarget, this.#segment.end + bytes));
    }
    this.#file ??= await this.store.openForWriting(this.#segment.path);
    this.#retryAt = 0;
  }

  /**
   * Gives the descriptor back until the next batch: there may be thousands of logs, most of them idle. Not called while a
   * write is in flight or room is being made.
   */
  rest(): Promise<void> {
    return this.#letGo();
  }

  /** The next batch goes into a new segment. False when the current one is empty, which is as good. */
  endSegment(): boolean {
    if (this.#segment.isEmpty) return false;
    this.#ended = true;
    return true;
  }

  /** Takes note of a durable batch, and works ahead. `previousSequence`: the highest before that batch. */
  wrote(bytes: number, ordinal: number, previousSequence: number): void {
    const segment = this.#segment;
    if (segment.isEmpty) {
      segment.firstOrdinal = ordinal;
      segment.previousSequence = previousSequence;
    }
    segment.end += bytes;
    assert(segment.end <= segment.allocatedBytes, 'a batch stays within the segment');
    this.#workAhead();
  }

  /** See `WriteAheadLog.sequenceBefore`. */
  sequenceBefore(bytes: number): number {
    let left = bytes - this.#segment.allocatedBytes;
    let at = this.segments.length - 1;
    for (; at > 0; at -= 1) {
      left -= this.segments[at - 1]?.allocatedBytes ?? 0;
      if (left < 0) break;
    }
    return this.segments[at]?.previousSequence ?? 0;
  }

  async releaseThrough(sequence: number): Promise<void> {
    await this.#inTurn(async () => {
      // One that failed before comes first: going on with the next could leave a gap in front of it.
      this.#retiring ??= this.#takeReleasable(sequence);
      while (this.#retiring !== undefined) {
        await this.store.retire(this.#retiring);
        this.#retiring = this.#takeReleasable(sequence);
      }
    });
  }

  async close(): Promise<void> {
    await settled(this.#extension);
    const next = await settled(this.#next);
    await settled(this.#lastTask);
    await this.#close(next?.file);
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await this.#close(file);
  }

  async #close(file: DiskFile | undefined): Promise<void> {
    try {
      await file?.close();
    } catch (error) {
      // Each write was durable when it returned: there is nothing that closing could fail to do.
      if (!this.store.limits.durable) throw error;
    }
  }

  get #segment(): Segment {
    const last = this.segments.at(-1);
    assert(last !== undefined, 'a log has a segment');
    return last;
  }

  /** A file that is longer than the options say (they were changed) is used up all the same. */
  get #lengthMax(): number {
    return Math.max(this.store.limits.segmentBytes, this.#segment.allocatedBytes);
  }

  get #growthTarget(): number {
    return Math.min(this.#lengthMax, Math.max(GROWN_BYTES_MIN, this.#segment.allocatedBytes * GROWTH));
  }

  #takeReleasable(sequence: number): Segment | undefined {
    const [oldest, next] = this.segments;
    if (oldest === undefined || next?.previousSequence === undefined || next.previousSequence > sequence) {
      return undefined;
    }
    this.segments.shift();
    oldest.released = true;
    return oldest;
  }

  /** Goes on to the next segment. When there can be none, an end that was only asked for is waived if there is room. */
  async #advance(bytes: number): Promise<void> {
    await settled(this.#extension);
    try {
      const next = await (this.#next ?? this.#prepare());
      await this.#letGo();
      this.#file = next.file;
      this.segments.push(next.segment);
      this.#retryAt = 0;
      this.#next = undefined;
      this.#ended = false;
    } catch (error) {
      const roomy = this.#segment.end + bytes <= this.#segment.allocatedBytes;
      if (!(this.#ended && roomy)) throw error;
      this.#ended = false;
    }
  }

  #workAhead(): void {
    const { end, allocatedBytes } = this.#segment;
    if (end * 2 < allocatedBytes || end < this.#retryAt) return;
    const work = allocatedBytes < this.#lengthMax ? this.#extend(this.#growthTarget) : this.#prepare();
    const retryAt = end + allocatedBytes * RETRY_PART;
    work.catch(() => {
      this.#retryAt = retryAt;
    });
  }

  #extend(sizeBytes: number): Promise<void> {
    this.#extension ??= this.store.extend(this.#segment, sizeBytes).finally(() => {
      this.#extension = undefined;
    });
    return this.#extension;
  }

  #prepare(): Promise<WritableSegment> {
    if (this.#next === undefined) {
      const segment = this.#segment;
      const { segmentBytes } = this.store.limits;
      const next = this.#inTurn(() => this.store.create(segment.number + 1, segment, segmentBytes));
      this.#next = next;
      next.catch(() => {
        if (this.#next === next) this.#next = undefined;
      });
    }
    return this.#next;
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = settled(this.#lastTask).then(task);
    this.#lastTask = result;
    // Whoever asked for the task hears of its failure; the one that only waits for its turn does not.
    result.catch(() => undefined);
    return result;
  }
}

/** Waits for an outcome that somebody else is told of. */
async function settled<Result>(promise: Promise<Result> | undefined): Promise<Result | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}

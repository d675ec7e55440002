/**
 * Decides which reads are made on the calling thread. What the operating system has in memory is copied in a few
 * microseconds, several times less than what it costs to hand a read to another thread and take it back; what must come
 * from the device takes long enough for everybody else on the thread to notice. Nobody can ask which it will be, so the
 * reads just made tell: as long as they are fast on average, the next one is made here too; when they are not, a number
 * of reads go to the other threads before it is tried again, twice as many each time.
 *
 * So a working set in the page cache is read here, while one that is not costs a short wait once in thousands of reads.
 * The average forgives a slow one now and then, which may be due to the scheduler and nothing else.
 */

/** Milliseconds on average: about what a read on another thread costs this one. */
const slowReadMs = 0.025;

/** Share of the latest read in the average. */
const latestShare = 1 / 32;

/** A read counts as this long (in milliseconds) at most: one alone is forgiven, two in a row are not. */
const longestReadMs = (0.6 * slowReadMs) / latestShare;

/** Reads that go elsewhere before it is tried again. */
const detourMin = 64;
const detourMax = 8192;

export class ReadPace {
  #averageMs = 0;
  /** Reads still to go elsewhere. */
  #remaining = 0;
  #detour = detourMin;

  /** Whether to make the next read here. */
  admits(): boolean {
    if (this.#remaining === 0) return true;
    this.#remaining -= 1;
    return false;
  }

  /** A read was made here and took that long. */
  took(elapsedMs: number): void {
    this.#averageMs += (Math.min(elapsedMs, longestReadMs) - this.#averageMs) * latestShare;
    if (this.#averageMs < slowReadMs) {
      if (this.#detour > detourMin) this.#detour -= 1;
      return;
    }
    // Half way: neither the first slow read nor the first fast one decides what comes next.
    this.#averageMs = slowReadMs / 2;
    this.#remaining = this.#detour;
    this.#detour = Math.min(detourMax, this.#detour * 2);
  }
}

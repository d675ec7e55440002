/** How often a value fell into which range. Counting takes a few comparisons and allocates nothing. */
import assert from 'node:assert/strict';

export class Histogram {
  /** Upper ends of the ranges, inclusive, ascending. */
  readonly bounds: readonly number[];
  /** For each range, and for what is beyond the last. Not cumulative. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    assert(
      bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] as number)),
      'bounds ascend',
    );
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at += 1;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.sum += value;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

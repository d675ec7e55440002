/** How often something was asked for, how that ended, and how long it took. Counting allocates nothing. */
import { Histogram } from './histogram.js';

export class OperationCounts {
  successes = 0;
  /** By the name of the error. */
  readonly errors = new Map<string, number>();
  /** Of all, however they ended. */
  readonly durationMs: Histogram;

  /** @param boundsMs see `Histogram` */
  constructor(boundsMs: readonly number[]) {
    this.durationMs = new Histogram(boundsMs);
  }

  /** @param error undefined: it succeeded */
  add(error: string | undefined, durationMs: number): void {
    this.durationMs.add(durationMs);
    if (error === undefined) this.successes += 1;
    else this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
  }

  get count(): number {
    return this.durationMs.count;
  }
}

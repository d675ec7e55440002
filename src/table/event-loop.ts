/** Long work on the event loop, in slices short enough that nobody waits noticeably. */
import type { Clock } from '../vfs/clock.js';
import { SLICE_MS, SLICE_STRIDE } from './limits.js';

/** Counts steps; says when it is time to let others run. */
export class Slice {
  private steps = 0;
  private startMs: number;

  constructor(private readonly clock: Clock) {
    this.startMs = clock.monotonic();
  }

  /** After each step. Undefined: go on. A promise: await it first. */
  step(): Promise<void> | undefined {
    this.steps += 1;
    if (this.steps % SLICE_STRIDE !== 0 || this.clock.monotonic() - this.startMs <= SLICE_MS)
      return undefined;
    return this.pause();
  }

  private async pause(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.startMs = this.clock.monotonic();
  }
}

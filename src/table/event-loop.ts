/** Long work on the event loop, in slices short enough that nobody waits noticeably. */
import type { Clock } from '../vfs/clock.js';
import { SLICE_BYTES, SLICE_MS, SLICE_STRIDE } from './limits.js';

/** Counts steps and their bytes; says when it is time to let others run. */
export class Slice {
  private steps = 0;
  private bytes = 0;
  private startMs: number;

  constructor(private readonly clock: Clock) {
    this.startMs = clock.monotonic();
  }

  /**
   * After each step. Undefined: go on. A promise: await it first.
   * @param bytes what the step went through, when steps differ much
   */
  step(bytes = 0): Promise<void> | undefined {
    this.steps += 1;
    this.bytes += bytes;
    if (this.steps < SLICE_STRIDE && this.bytes < SLICE_BYTES) return undefined;
    this.steps = 0;
    this.bytes = 0;
    return this.clock.monotonic() - this.startMs <= SLICE_MS ? undefined : this.pause();
  }

  private async pause(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.startMs = this.clock.monotonic();
  }
}

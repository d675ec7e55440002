/**
 * Holds a merge to a rate, so that the disk and the processors are there for requests: what can be done in a minute need
 * not be done in a second. A merge that is waited for (see `JobControl.hurry`) is held no longer.
 */
import type { Clock } from '../vfs/clock.js';
import type { JobControl } from './job-control.js';
import { paceSliceMs } from './limits.js';

export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  readonly #control: JobControl;
  readonly #startMs: number;

  /** `bytesPerSecond`: 0 is no limit. */
  constructor(clock: Clock, bytesPerSecond: number, control: JobControl) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#control = control;
    this.#startMs = clock.monotonic();
  }

  /** To be called with the bytes merged up to now. A promise when that is too early; it rejects when the job is cancelled. */
  reached(bytes: number): Promise<void> | undefined {
    if (this.#bytesPerSecond === 0 || this.#control.isHurried) return undefined;
    const dueMs = this.#startMs + (bytes * 1000) / this.#bytesPerSecond;
    return dueMs - this.#clock.monotonic() < paceSliceMs ? undefined : this.#waitUntil(dueMs);
  }

  /** In slices: who hurries or cancels only sets a flag. */
  async #waitUntil(dueMs: number): Promise<void> {
    for (;;) {
      this.#control.goOn();
      const leftMs = dueMs - this.#clock.monotonic();
      if (leftMs <= 0 || this.#control.isHurried) return;
      await new Promise<void>((resolve) => this.#clock.after(Math.min(leftMs, paceSliceMs), resolve));
    }
  }
}

/**
 * Ends jobs that do not go on. A job says now and then that it does (`JobControl.goOn`); one that has said so and then
 * not once in a whole interval hangs: in a call to a disk that does not answer, say. A job that still waits for a thread
 * has said nothing, and does not hang.
 */
import type { Clock, TimerHandle } from '../vfs/clock.js';
import type { JobControl } from './job-control.js';

export class JobWatch {
  readonly #hung = new AbortController();
  #timer: TimerHandle | undefined;
  #steps = 0;

  constructor(
    private readonly clock: Clock,
    private readonly control: JobControl,
    private readonly intervalMs: number,
  ) {
    this.#look();
  }

  /** Aborts between one and two intervals after the job has last gone on. */
  get hung(): AbortSignal {
    return this.#hung.signal;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer = this.clock.after(this.intervalMs, () => {
      const { steps } = this.control;
      if (steps > 0 && steps === this.#steps) {
        this.#hung.abort();
        return;
      }
      this.#steps = steps;
      this.#look();
    });
  }
}

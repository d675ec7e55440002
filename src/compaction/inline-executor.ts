/**
 * Runs jobs on the caller's thread: for tests, for a disk that no other thread can see, and for simulations, which need
 * one order of events. One job of each lane at a time.
 */
import type { Disk } from '../vfs/disk.js';
import { ExecutorClosedError, JobCancelledError } from './errors.js';
import { JobControl, type JobSignals, passOn } from './job-control.js';
import { runJob } from './run-job.js';
import { type BackgroundJob, type Executor, type Lane, laneOf } from './types.js';

export class InlineExecutor implements Executor {
  readonly #disk: Disk;
  readonly #turns: Record<Lane, Promise<unknown>> = { flushes: Promise.resolve(), merges: Promise.resolve() };
  #closed = false;
  #pending = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  run<Result>(job: BackgroundJob, signals: JobSignals = {}): Promise<Result> {
    const lane = laneOf(job);
    this.#pending += 1;
    const running = this.#turns[lane].then(() => this.#run(job, signals));
    this.#turns[lane] = running.catch(() => undefined);
    return running as Promise<Result>;
  }

  /** Jobs that run or wait for their turn. */
  get pending(): number {
    return this.#pending;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Object.values(this.#turns));
  }

  async #run(job: BackgroundJob, signals: JobSignals): Promise<unknown> {
    const control = new JobControl();
    const stopListening = passOn(signals, control);
    try {
      if (this.#closed) throw new ExecutorClosedError();
      if (signals.cancel?.aborted === true) throw new JobCancelledError();
      return await runJob(this.#disk, job, control);
    } finally {
      stopListening();
      this.#pending -= 1;
    }
  }
}

/**
 * Runs jobs on the caller's thread: for tests, for a disk that no other thread can see, and for simulations, which need
 * one order of events. One job of each lane at a time.
 */
import type { Disk } from '../vfs/disk.js';
import { Cancellation, cancelOn } from './cancellation.js';
import { ExecutorClosedError, JobCancelledError } from './errors.js';
import { runJob } from './run-job.js';
import { type BackgroundJob, type Executor, type Lane, laneOf } from './types.js';

export class InlineExecutor implements Executor {
  readonly #disk: Disk;
  readonly #turns: Record<Lane, Promise<unknown>> = { flushes: Promise.resolve(), merges: Promise.resolve() };
  #closed = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  run<Result>(job: BackgroundJob, signal?: AbortSignal): Promise<Result> {
    const lane = laneOf(job);
    const running = this.#turns[lane].then(() => this.#run(job, signal));
    this.#turns[lane] = running.catch(() => undefined);
    return running as Promise<Result>;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Object.values(this.#turns));
  }

  async #run(job: BackgroundJob, signal: AbortSignal | undefined): Promise<unknown> {
    if (this.#closed) throw new ExecutorClosedError();
    if (signal?.aborted === true) throw new JobCancelledError();
    const cancellation = new Cancellation();
    const stopListening = cancelOn(signal, cancellation);
    try {
      return await runJob(this.#disk, job, cancellation);
    } finally {
      stopListening();
    }
  }
}

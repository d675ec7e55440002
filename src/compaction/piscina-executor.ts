/**
 * Runs jobs on threads: merges on one for each processor but one, flushes on threads of their own, because writers wait
 * for a flush that waits for a merge. A merge that waits for a thread makes those that run hurry. A job that hangs is ended
 * with its thread. Threads end when there is nothing to do: a daemon that is idle has none.
 */
import { availableParallelism } from 'node:os';
import type { Clock } from '../vfs/clock.js';
import { SystemClock } from '../vfs/system-clock.js';
import {
  ExecutorClosedError,
  JobCancelledError,
  JobFailedError,
  JobHungError,
  TooManyJobsError,
} from './errors.js';
import { JobControl, type JobSignals, passOn } from './job-control.js';
import { JobWatch } from './job-watch.js';
import { hungJobMs, processorsPerFlushThread, queuedJobsMax } from './limits.js';
import { ThreadPool } from './thread-pool.js';
import { type BackgroundJob, type Executor, type Lane, laneOf } from './types.js';

export interface PiscinaExecutorOptions {
  /** For merges. Default: processors less one, at least one. */
  readonly threadsMax?: number;
  /** For jobs that hang. Default: the system's. */
  readonly clock?: Clock;
  /** File of the worker, for tests. */
  readonly worker?: URL;
}

export class PiscinaExecutor implements Executor {
  readonly #clock: Clock;
  readonly #pools: Record<Lane, ThreadPool>;
  readonly #mergeThreads: number;
  readonly #running = new Set<Promise<unknown>>();
  readonly #merges = new Set<JobControl>();
  #closed: Promise<void> | undefined;

  constructor(options: PiscinaExecutorOptions = {}) {
    const processors = availableParallelism();
    const { threadsMax = Math.max(1, processors - 1) } = options;
    const { worker = new URL('./worker.js', import.meta.url) } = options;
    this.#clock = options.clock ?? new SystemClock();
    this.#mergeThreads = threadsMax;
    this.#pools = {
      flushes: new ThreadPool(worker, Math.ceil(processors / processorsPerFlushThread)),
      merges: new ThreadPool(worker, threadsMax),
    };
  }

  async run<Result>(job: BackgroundJob, signals: JobSignals = {}): Promise<Result> {
    if (this.#closed !== undefined) throw new ExecutorClosedError();
    if (this.#running.size >= queuedJobsMax) throw new TooManyJobsError(queuedJobsMax);
    const control = new JobControl();
    const stopListening = passOn(signals, control);
    const lane = laneOf(job);
    if (lane === 'merges') this.#addMerge(control);
    const watch = new JobWatch(this.#clock, control, hungJobMs);
    const running = this.#pools[lane].run({ job, control: control.shared }, watch.hung);
    this.#running.add(running);
    try {
      const answer = await running;
      if (answer.ok) return answer.result as Result;
      throw answer.fault.code === 'JOB_CANCELLED'
        ? new JobCancelledError()
        : new JobFailedError(job.kind, answer.fault);
    } catch (error) {
      throw watch.hung.aborted ? new JobHungError(job.kind, hungJobMs) : error;
    } finally {
      watch.stop();
      stopListening();
      this.#running.delete(running);
      this.#merges.delete(control);
    }
  }

  /** Jobs that run or wait for a thread. */
  get pending(): number {
    return this.#running.size;
  }

  /** Waits for the jobs that were started (cancel them first if that must be soon), then ends the threads. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #addMerge(control: JobControl): void {
    this.#merges.add(control);
    if (this.#merges.size <= this.#mergeThreads) return;
    for (const merge of this.#merges) merge.hurry();
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    for (const pool of Object.values(this.#pools)) await pool.close();
  }
}

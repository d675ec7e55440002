/**
 * Runs jobs on a pool of threads, one for each processor but one. The pool is made at the first job, and a thread that
 * has nothing to do ends: a daemon that is idle has none.
 *
 * A job that fails says so in its answer. When a thread dies there is no answer; its job is started again, a few times:
 * jobs write new files only and their results count when they are installed, so that running one twice does no harm.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { Cancellation, cancelOn } from './cancellation.js';
import { ExecutorClosedError, JobCancelledError, JobFailedError, TooManyJobsError } from './errors.js';
import { deadThreadRetriesMax, idleThreadMs, queuedJobsMax } from './limits.js';
import type { BackgroundJob, Executor } from './types.js';
import type { JobAnswer, JobMessage } from './worker.js';

export interface PiscinaExecutorOptions {
  /** Default: processors less one, at least one. */
  readonly threadsMax?: number;
  /** File of the worker, for tests. */
  readonly worker?: URL;
}

export class PiscinaExecutor implements Executor {
  readonly #options: PiscinaExecutorOptions;
  readonly #running = new Set<Promise<unknown>>();
  #pool: Piscina<JobMessage, JobAnswer> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PiscinaExecutorOptions = {}) {
    this.#options = options;
  }

  async run<Result>(job: BackgroundJob, signal?: AbortSignal): Promise<Result> {
    if (this.#closed !== undefined) throw new ExecutorClosedError();
    if (this.#running.size >= queuedJobsMax) throw new TooManyJobsError(queuedJobsMax);
    const cancellation = new Cancellation();
    const stopListening = cancelOn(signal, cancellation);
    const running = this.#start({ job, cancellation: cancellation.shared });
    this.#running.add(running);
    try {
      const answer = await running;
      if (answer.ok) return answer.result as Result;
      throw answer.fault.code === 'JOB_CANCELLED'
        ? new JobCancelledError()
        : new JobFailedError(job.kind, answer.fault);
    } finally {
      stopListening();
      this.#running.delete(running);
    }
  }

  /** Waits for the jobs that were started (cancel them first if that must be soon), then ends the threads. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#pool?.destroy();
  }

  async #start(message: JobMessage): Promise<JobAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      this.#pool ??= this.#makePool();
      try {
        return await this.#pool.run(message);
      } catch (error) {
        if (attempt === deadThreadRetriesMax) throw error;
        await this.#replacePool();
      }
    }
  }

  /** Threads that die while they start are not replaced by the pool; a new pool tries again. */
  async #replacePool(): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined || pool.threads.length > 0) return;
    this.#pool = undefined;
    await pool.destroy();
  }

  #makePool(): Piscina<JobMessage, JobAnswer> {
    const { threadsMax = Math.max(1, availableParallelism() - 1), worker } = this.#options;
    const pool = new Piscina<JobMessage, JobAnswer>({
      filename: (worker ?? new URL('./worker.js', import.meta.url)).href,
      name: 'answer',
      minThreads: 0,
      maxThreads: threadsMax,
      maxQueue: queuedJobsMax,
      idleTimeout: idleThreadMs,
      // Jobs are long: what a blocking wait for the next one saves is nothing, and files close in the background.
      atomics: 'disabled',
    });
    // A thread that dies without a job takes nothing with it; the next job gets another one.
    pool.on('error', () => undefined);
    return pool;
  }
}

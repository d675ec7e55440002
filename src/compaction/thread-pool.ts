/**
 * Threads that answer jobs. The pool is made at the first job, and a thread that has nothing to do ends.
 *
 * A job that fails says so in its answer. When a thread dies there is no answer; its job is started again, a few times:
 * jobs write new files only and their results count when they are installed, so that running one twice does no harm.
 * With a thread that hangs its whole pool is given up: a pool would leave the jobs that wait for a thread waiting.
 */
import { Piscina } from 'piscina';
import { deadThreadRetriesMax, idleThreadMs, queuedJobsMax, threadYoungGenerationMb } from './limits.js';
import { type BackgroundJob, handedOver } from './types.js';
import type { JobAnswer, JobMessage } from './worker.js';

export class ThreadPool {
  readonly #worker: URL;
  readonly #threadsMax: number;
  #pool: Piscina<JobMessage, JobAnswer> | undefined;

  constructor(worker: URL, threadsMax: number) {
    this.#worker = worker;
    this.#threadsMax = threadsMax;
  }

  /** @param end ends the job's thread with the job; then it rejects */
  async run(message: JobMessage, end: AbortSignal): Promise<JobAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      this.#pool ??= this.#makePool();
      const pool = this.#pool;
      try {
        return await pool.run(message, { transferList: handedOver(message.job), signal: end });
      } catch (error) {
        if (end.aborted) this.#giveUp(pool);
        if (end.aborted || attempt === deadThreadRetriesMax || isGone(message.job)) throw error;
        await this.#replacePool();
      }
    }
  }

  async close(): Promise<void> {
    await this.#pool?.destroy();
  }

  #giveUp(pool: Piscina<JobMessage, JobAnswer>): void {
    if (this.#pool === pool) this.#pool = undefined;
    // Nobody waits: a thread in a call that does not return ends when it does.
    pool.destroy().catch(() => undefined);
  }

  /** Threads that die while they start are not replaced by the pool; a new pool tries again. */
  async #replacePool(): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined || pool.threads.length > 0) return;
    this.#pool = undefined;
    await pool.destroy();
  }

  #makePool(): Piscina<JobMessage, JobAnswer> {
    const pool = new Piscina<JobMessage, JobAnswer>({
      filename: this.#worker.href,
      name: 'answer',
      minThreads: 0,
      maxThreads: this.#threadsMax,
      maxQueue: queuedJobsMax,
      idleTimeout: idleThreadMs,
      // Jobs are long: what a blocking wait for the next one saves is nothing, and files close in the background.
      atomics: 'disabled',
      resourceLimits: { maxYoungGenerationSizeMb: threadYoungGenerationMb },
    });
    // A thread that dies without a job takes nothing with it; the next job gets another one.
    pool.on('error', () => undefined);
    return pool;
  }
}

/** What it handed over went down with its thread: only its owner can start it again. */
function isGone(job: BackgroundJob): boolean {
  return handedOver(job).some(({ byteLength }) => byteLength === 0);
}

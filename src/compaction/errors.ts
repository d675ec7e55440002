/** Why a background job has no result. */

/** Its owner did not want it any more. */
export class JobCancelledError extends Error {
  override readonly name = 'JobCancelledError';
  readonly code = 'JOB_CANCELLED';

  constructor() {
    super('the job was cancelled');
  }
}

/**
 * It failed on its thread. `cause` has code and message of the error there: an error that crosses threads loses its
 * class and its members. `code` is that error's own, if it had one.
 */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';
  readonly code: string;

  constructor(kind: string, cause: JobFault) {
    super(`the ${kind} job failed: ${cause.message}`, { cause });
    this.code = cause.code ?? 'JOB_FAILED';
  }
}

/** What crosses the threads of an error: plain data. */
export interface JobFault {
  readonly code: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/** It did not go on, so its thread was ended. Whatever it had begun to write, nobody knows of. */
export class JobHungError extends Error {
  override readonly name = 'JobHungError';
  readonly code = 'JOB_HUNG';

  constructor(kind: string, afterMs: number) {
    super(`the ${kind} job was ended: it had not gone on for ${Math.round(afterMs / 1000)} s`);
  }
}

/** More jobs wait than the executor takes. */
export class TooManyJobsError extends Error {
  override readonly name = 'TooManyJobsError';
  readonly code = 'TOO_MANY_JOBS';

  constructor(limit: number) {
    super(`${limit} background jobs are waiting already`);
  }
}

export class ExecutorClosedError extends Error {
  override readonly name = 'ExecutorClosedError';
  readonly code = 'EXECUTOR_CLOSED';

  constructor() {
    super('the executor is closed');
  }
}

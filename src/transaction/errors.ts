/** What the transaction room refuses. */

/** Another operation held a lock for longer than this one would wait. Nothing was written; try again. */
export class LockConflictError extends Error {
  readonly code = 'LOCK_CONFLICT';
  override readonly name = 'LockConflictError';

  /** @param position of the lock that could not be had, among those that were asked for */
  constructor(readonly position: number) {
    super(`lock ${position} could not be had in time`);
  }
}

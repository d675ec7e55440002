/** What the transaction room refuses. In each case nothing was written by the operation that is told. */

/** Another operation held a lock for longer than this one would wait. Try again. */
export class LockConflictError extends Error {
  readonly code = 'LOCK_CONFLICT';
  override readonly name = 'LockConflictError';

  /** @param position of the lock that could not be had, among those that were asked for */
  constructor(readonly position: number) {
    super(`lock ${position} could not be had in time`);
  }
}

/**
 * - `TOKEN_MISMATCH`: the idempotency token came with other actions before.
 * - `TOKEN_IN_PROGRESS`: the transaction that came with it first is still under way.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError';

  constructor(readonly code: 'TOKEN_MISMATCH' | 'TOKEN_IN_PROGRESS') {
    super(code === 'TOKEN_MISMATCH' ? 'the token came with other actions' : 'the transaction is under way');
  }
}

/** Stored bytes do not parse. */
export class TransactionFormatError extends Error {
  readonly code = 'TRANSACTION_CORRUPT';
  override readonly name = 'TransactionFormatError';
}

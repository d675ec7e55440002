/** Bounds of transactions. Times in milliseconds. */

/** How long one operation waits for locks altogether before it is told of a conflict. */
export const LOCK_WAIT_MS = 1000;

/** Operations that wait for one key; one more is told of a conflict at once. */
export const LOCK_WAITERS_MAX = 1024;

/** How long an idempotency token is honoured, as the service documents it for ClientRequestToken. */
export const TOKEN_LIFE_MS = 10 * 60 * 1000;

/** Tokens known in memory, at about 200 bytes each; those before them are looked up in their partition. */
export const TOKENS_KNOWN_MAX = 131_072;

/** Between two searches for tokens that have expired. */
export const TOKEN_SWEEP_MS = 60 * 1000;

/** Tokens looked at between two turns of the event loop, and removed at the same time. */
export const TOKEN_SWEEP_BATCH = 256;

/** Decisions that every participant knows of are removed this many at a time, or after this time. */
export const DECISIONS_REMOVED_MAX = 256;
export const DECISIONS_REMOVED_MS = 100;

/** Between two attempts to record a decision of which it is unknown whether it was recorded. */
export const DECISION_RETRY_MS = 500;

/** Bounds of transactions. */

/** How long one operation waits for locks altogether, in milliseconds, before it is told of a conflict. */
export const LOCK_WAIT_MS = 1000;

/** Operations that wait for one key; one more is told of a conflict at once. */
export const LOCK_WAITERS_MAX = 1024;

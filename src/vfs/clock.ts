/** What time and chance are to the rest of the project. Nothing outside `vfs/` asks the system for either. */

export interface TimerHandle {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump both ways. */
  now(): number;
  /** Milliseconds that never go back; only differences mean anything. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): TimerHandle;
}

export interface Random {
  /** A uniform integer in [0, 2^32). */
  uint32(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

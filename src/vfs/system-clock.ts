/** Time and chance as the operating system gives them. */
import { randomBytes } from 'node:crypto';

import type { Clock, Random, TimerHandle } from './clock.js';

/** What the system's timers take; they are due at once when it is more. */
const DELAY_MS_MAX = 2 ** 31 - 1;

export class SystemClock implements Clock {
  /** @param keepsAlive whether the process goes on while a timer is set: for who waits for nothing else */
  constructor(private readonly keepsAlive = false) {}

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    const timer = setTimeout(callback, Math.min(delayMs, DELAY_MS_MAX));
    if (!this.keepsAlive) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  }
}

const POOL_BYTES = 4096;

/** Cryptographically strong. Draws from a pool, because each call into the system costs more than a microsecond. */
export class SystemRandom implements Random {
  #pool = Buffer.alloc(0);
  #used = 0;

  uint32(): number {
    if (this.#used + 4 > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES);
      this.#used = 0;
    }
    const value = this.#pool.readUInt32LE(this.#used);
    this.#used += 4;
    return value;
  }

  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}

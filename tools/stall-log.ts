/** Says on the log when writes have waited for background work for a while, and when they go on. */
import type { Stall } from '../src/partition/types.js';
import type { Clock, TimerHandle } from '../src/vfs/clock.js';

/** A shorter stall is nobody's concern: under load, writes wait now and then for a flush. */
const TOLD_AFTER_MS = 1_000;
/** When all partitions stall, some are told of. */
const QUIET_MS = 10_000;

interface ToldOrNot {
  readonly timer: TimerHandle;
  told: boolean;
}

export class StallLog {
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  /** Of partitions that stall, by directory. */
  readonly #stalls = new Map<string, ToldOrNot>();
  #lastToldMs = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(clock: Clock, log: (line: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  tell(stall: Stall): void {
    const { directory } = stall;
    if (stall.state === 'begun') {
      const timer = this.#clock.after(TOLD_AFTER_MS, () => this.#begun(directory, stall.reason));
      this.#stalls.set(directory, { timer, told: false });
      return;
    }
    const known = this.#stalls.get(directory);
    this.#stalls.delete(directory);
    known?.timer.cancel();
    if (known?.told !== true) return;
    const seconds = (stall.durationMs / 1000).toFixed(1);
    this.#log(`${directory}: writes go on after ${seconds} s, in which ${stall.writes} waited`);
  }

  #begun(directory: string, reason: string): void {
    const known = this.#stalls.get(directory);
    if (known === undefined) return;
    const now = this.#clock.monotonic();
    if (now - this.#lastToldMs < QUIET_MS) {
      this.#untold += 1;
      return;
    }
    const others = this.#untold === 0 ? '' : ` (so did ${this.#untold} others since the last line)`;
    this.#log(`${directory}: writes wait: ${reason}${others}`);
    known.told = true;
    this.#lastToldMs = now;
    this.#untold = 0;
  }
}

/**
 * Admits writes, or lets them wait: the brake between those who write and the flushes and merges that follow them.
 *
 * Delay comes before stop. As level 0 grows past a bound each write is held up a little longer; only when the delays
 * were not enough (level 0 full, all memtables frozen, too much waiting for the log) writes wait in a queue, first come
 * first served, until there is room. Queue and wait are bounded: beyond, a write is refused, and may be tried again.
 * Where waiting is in vain, because what would make room fails on a full disk, it is refused at once.
 */
import type { Clock, TimerHandle } from '../vfs/clock.js';
import type { PartitionOptions } from './limits.js';
import type { StallChange, ThrottleStatistics } from './types.js';

/** How far behind the background is, now. */
export interface WritePressure {
  /** Bytes that the log has and that are not durable yet. */
  readonly pendingBytes: number;
  /** As many memtables are frozen as may be, and the active one should be too. */
  readonly memtablesFull: boolean;
  readonly level0Tables: number;
  /** Why the work that would make room cannot be done: the disk is full. */
  readonly noSpace: unknown;
}

/** Why a write is not admitted. */
export interface Refusal {
  readonly code: 'OVERLOADED' | 'OUT_OF_SPACE';
  readonly reason: string;
  readonly cause?: unknown;
}

type Refuse = (refusal: Refusal) => void;

interface Waiting {
  readonly start: () => void;
  readonly refuse: Refuse;
  readonly sinceMs: number;
}

export class WriteThrottle {
  readonly #clock: Clock;
  readonly #options: PartitionOptions;
  readonly #pressure: WritePressure;
  readonly #queue: Waiting[] = [];
  #timer: TimerHandle | undefined;
  #delayed = 0;
  /** Since the first of those who wait came. */
  #stall: { readonly sinceMs: number; writes: number } | undefined;
  readonly #onStall: (change: StallChange) => void;
  #statistics = { delayedWrites: 0, delayedMs: 0, stoppedWrites: 0, refusedWrites: 0 };
  /** Of the stalls that are over. */
  #stoppedMs = 0;

  constructor(
    clock: Clock,
    options: PartitionOptions,
    pressure: WritePressure,
    onStall: (change: StallChange) => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#pressure = pressure;
    this.#onStall = onStall;
  }

  get statistics(): ThrottleStatistics {
    const stalledMs = this.#stall === undefined ? 0 : this.#clock.monotonic() - this.#stall.sinceMs;
    return { ...this.#statistics, stoppedMs: this.#stoppedMs + stalledMs };
  }

  /** Calls `start` at once or later, or `refuse`. */
  enter(start: () => void, refuse: Refuse): void {
    if (this.#queue.length > 0 || this.#mustStop()) {
      if (!this.#refuseInVain(refuse)) this.#wait(start, refuse);
      return;
    }
    const delayMs = this.#delayMs();
    if (delayMs === 0) {
      start();
      return;
    }
    if (this.#delayed >= this.#options.waitingWritesMax) {
      this.#refuse(refuse);
      return;
    }
    this.#delayed += 1;
    this.#statistics.delayedWrites += 1;
    this.#statistics.delayedMs += delayMs;
    this.#clock.after(delayMs, () => {
      this.#delayed -= 1;
      start();
    });
  }

  /** The pressure may have gone: lets in who waits. */
  relieve(): void {
    while (this.#queue.length > 0 && !this.#mustStop()) this.#queue.shift()?.start();
    this.#endStallIfOver();
  }

  /** Background work has failed: tells who waits when that is in vain. */
  reconsider(): void {
    if (!this.#mustStop()) return;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (!this.#refuseInVain(first.refuse)) return;
      this.#queue.shift();
    }
    this.#timer?.cancel();
    this.#endStallIfOver();
  }

  /** Lets everybody in, to be told by the write path why there is nothing to write to. */
  open(): void {
    this.#timer?.cancel();
    for (const { start } of this.#queue.splice(0)) start();
    this.#endStallIfOver();
  }

  #wait(start: () => void, refuse: Refuse): void {
    if (this.#queue.length >= this.#options.waitingWritesMax) {
      this.#refuse(refuse);
      return;
    }
    this.#statistics.stoppedWrites += 1;
    const sinceMs = this.#clock.monotonic();
    this.#queue.push({ start, refuse, sinceMs });
    if (this.#queue.length === 1) this.#setTimer(this.#options.waitingMsMax);
    if (this.#stall === undefined) {
      this.#stall = { sinceMs, writes: 0 };
      this.#onStall({ state: 'begun', reason: this.#stopReason() });
    }
    this.#stall.writes += 1;
  }

  #endStallIfOver(): void {
    if (this.#stall === undefined || this.#queue.length > 0) return;
    const { sinceMs, writes } = this.#stall;
    const durationMs = this.#clock.monotonic() - sinceMs;
    this.#stall = undefined;
    this.#stoppedMs += durationMs;
    this.#onStall({ state: 'ended', durationMs, writes });
  }

  #refuse(refuse: Refuse): void {
    this.#statistics.refusedWrites += 1;
    refuse({ code: 'OVERLOADED', reason: 'too many writes wait for background work' });
  }

  #refuseInVain(refuse: Refuse): boolean {
    const cause = this.#pressure.noSpace;
    if (cause === undefined) return false;
    this.#statistics.refusedWrites += 1;
    const reason = 'the disk is full; writes resume when background work has made room';
    refuse({ code: 'OUT_OF_SPACE', reason, cause });
    return true;
  }

  #setTimer(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(delayMs, () => this.#refuseOverdue());
  }

  #refuseOverdue(): void {
    const now = this.#clock.monotonic();
    const { waitingMsMax } = this.#options;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const dueInMs = first.sinceMs + waitingMsMax - now;
      if (dueInMs > 0) {
        this.#setTimer(dueInMs);
        return;
      }
      this.#queue.shift();
      this.#statistics.refusedWrites += 1;
      const reason = `background work made no room within ${waitingMsMax} ms`;
      first.refuse({ code: 'OVERLOADED', reason });
    }
    this.#endStallIfOver();
  }

  #mustStop(): boolean {
    const { pendingBytes, memtablesFull, level0Tables } = this.#pressure;
    return (
      pendingBytes >= this.#options.pendingBytesMax ||
      memtablesFull ||
      level0Tables >= this.#options.level0StopTables
    );
  }

  #stopReason(): string {
    const { pendingBytes, memtablesFull, level0Tables } = this.#pressure;
    if (memtablesFull) return 'memtables are written to disk more slowly than they fill';
    if (level0Tables >= this.#options.level0StopTables)
      return `${level0Tables} tables of level 0 wait to be merged`;
    return `${pendingBytes} bytes wait for the log`;
  }

  /** Grows linearly from the slowdown to the stop. */
  #delayMs(): number {
    const { level0SlowdownTables, level0StopTables, delayMsMax } = this.#options;
    const over = this.#pressure.level0Tables - level0SlowdownTables;
    return over < 0 ? 0 : (delayMsMax * (over + 1)) / (level0StopTables - level0SlowdownTables);
  }
}

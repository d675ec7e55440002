/** Time that passes only when told to. Timers fire in the order of their due time, ties in the order they were set. */
import assert from 'node:assert/strict';

import type { Clock, TimerHandle } from './clock.js';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #elapsedMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** `startMs`: the wall-clock time at which it begins. */
  constructor(startMs = 1_700_000_000_000) {
    this.#wallOffsetMs = startMs;
  }

  now(): number {
    return this.#wallOffsetMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): TimerHandle {
    this.#order += 1;
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass. Timers that are set meanwhile and fall due meanwhile fire too. */
  advance(ms: number): void {
    assert(ms >= 0, 'time does not go back; to move the wall clock use jump');
    const end = this.#elapsedMs + ms;
    for (let timer = this.#next(); timer !== undefined && timer.dueMs <= end; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#elapsedMs = timer.dueMs;
      timer.callback();
    }
    this.#elapsedMs = end;
  }

  /** Lets time pass up to the next timer and fires it. False when no timer is set. */
  advanceToNext(): boolean {
    const timer = this.#next();
    if (timer === undefined) return false;
    this.#timers.delete(timer);
    this.#elapsedMs = timer.dueMs;
    timer.callback();
    return true;
  }

  /** Moves the wall clock, either way, as an administrator or a time daemon does. Timers do not notice. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.dueMs < first.dueMs) first = timer;
      else if (timer.dueMs === first.dueMs && timer.order < first.order) first = timer;
    }
    return first;
  }
}

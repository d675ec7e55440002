/** Keeps what says the same again and again from flooding a log: the first of a kind is told at once, the others counted. */
import type { Clock } from '../vfs/clock.js';

/** A kind is told of no more often. */
const QUIET_MS = 30_000;
/** Kinds that are remembered. */
const KINDS_MAX = 100;

export class Repetitions {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, { sinceMs: number; untold: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What to say behind the line: '', or how many were not told. Undefined: this one is not told either. */
  note(kind: string): string | undefined {
    const nowMs = this.#clock.monotonic();
    const last = this.#kinds.get(kind);
    if (last !== undefined && nowMs - last.sinceMs < QUIET_MS) {
      last.untold += 1;
      return undefined;
    }
    if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
    this.#kinds.set(kind, { sinceMs: nowMs, untold: 0 });
    return last === undefined || last.untold === 0 ? '' : ` (and ${last.untold} times since the last line)`;
  }
}

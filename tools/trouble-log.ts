/** Says on the log what goes wrong in the background: the first of its kind at once, the others counted. */
import type { Trouble } from '../src/partition/types.js';
import type { Clock } from '../src/vfs/clock.js';
import { errorCode } from '../src/vfs/errors.js';

/** A kind (what failed, and why) is told of no more often. A full disk fails the flushes of every partition. */
const QUIET_MS = 30_000;
/** Kinds that are remembered. */
const KINDS_MAX = 100;

const WORK: Readonly<Record<Trouble['work'], string>> = {
  flush: 'writing a memtable failed, and is tried again',
  merge: 'merging tables failed, and is tried again',
  log: 'writing the log failed',
};

export class TroubleLog {
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #kinds = new Map<string, { sinceMs: number; untold: number }>();

  constructor(clock: Clock, log: (line: string) => void) {
    this.#clock = clock;
    this.#log = log;
  }

  tell({ directory, work, error }: Trouble): void {
    const kind = `${work} ${errorCode(error)}`;
    const now = this.#clock.monotonic();
    const last = this.#kinds.get(kind);
    if (last !== undefined && now - last.sinceMs < QUIET_MS) {
      last.untold += 1;
      return;
    }
    if (this.#kinds.size >= KINDS_MAX) this.#kinds.clear();
    this.#kinds.set(kind, { sinceMs: now, untold: 0 });
    const others =
      last === undefined || last.untold === 0 ? '' : ` (and ${last.untold} times since the last line)`;
    this.#log(`${directory}: ${WORK[work]}: ${explainWithCause(error)}${others}`);
  }
}

function explainWithCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && !error.message.includes(cause.message)
    ? `${error.message}: ${cause.message}`
    : error.message;
}

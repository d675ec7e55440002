/** Says on the log what goes wrong in the background: the first of its kind at once, the others counted. */
import type { Trouble } from '../src/partition/types.js';
import { Repetitions } from '../src/server/repetitions.js';
import type { Clock } from '../src/vfs/clock.js';
import { errorCode } from '../src/vfs/errors.js';

const WORK: Readonly<Record<Trouble['work'], string>> = {
  flush: 'writing a memtable failed, and is tried again',
  merge: 'merging tables failed, and is tried again',
  log: 'writing the log failed',
  reopening: 'the log cannot be opened again, and it is tried again',
};

export class TroubleLog {
  readonly #log: (line: string) => void;
  /** A kind is what failed, and why: a full disk fails the flushes of every partition. */
  readonly #repetitions: Repetitions;

  constructor(clock: Clock, log: (line: string) => void) {
    this.#repetitions = new Repetitions(clock);
    this.#log = log;
  }

  tell({ directory, work, error }: Trouble): void {
    const others = this.#repetitions.note(`${work} ${errorCode(error)}`);
    if (others === undefined) return;
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

/**
 * Tells the operator of requests that the daemon failed to serve. What was foreseen (a damaged file, a log that failed) says
 * in its message what is wrong and where; a defect comes with its stack.
 */
import type { Clock } from '../vfs/clock.js';
import { errorCode } from '../vfs/errors.js';
import { Repetitions } from './repetitions.js';

export class FailedRequests {
  readonly #repetitions: Repetitions;
  readonly #log: (line: string) => void;

  /** @param log takes one line, or a stack */
  constructor(clock: Clock, log: (line: string) => void) {
    this.#repetitions = new Repetitions(clock);
    this.#log = log;
  }

  /** @param request which one, for the first of many that fail for the same reason */
  tell(request: string, cause: unknown): void {
    const reason = describe(cause);
    const others = this.#repetitions.note(reason);
    if (others !== undefined) this.#log(`${request} failed: ${reason}${others}`);
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = errorCode(cause);
  // Node's own errors of the kind ERR_… are told of wrong calls: defects.
  const isForeseen = code !== undefined && !code.startsWith('ERR_');
  return isForeseen ? cause.message : (cause.stack ?? cause.message);
}

/** A flag that crosses threads: the owner of a job sets it, the job looks at it now and then. */
import { JobCancelledError } from './errors.js';

export class Cancellation {
  readonly #flag: Int32Array;

  /** `shared`: what `shared` of another thread's cancellation gave. */
  constructor(readonly shared = new SharedArrayBuffer(4)) {
    this.#flag = new Int32Array(shared);
  }

  cancel(): void {
    Atomics.store(this.#flag, 0, 1);
  }

  throwIfCancelled(): void {
    if (Atomics.load(this.#flag, 0) !== 0) throw new JobCancelledError();
  }
}

/** Cancels when the signal says so; `release` stops listening. */
export function cancelOn(signal: AbortSignal | undefined, cancellation: Cancellation): () => void {
  if (signal === undefined) return () => undefined;
  const onAbort = () => cancellation.cancel();
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

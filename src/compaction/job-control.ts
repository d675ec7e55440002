/** What the owner of a job tells it while it runs, across threads: to stop, or to spare the disk no longer. */
import { JobCancelledError } from './errors.js';

const cancelled = 0;
const hurried = 1;

export class JobControl {
  readonly #words: Int32Array;

  /** `shared`: what `shared` of another thread's control gave. */
  constructor(readonly shared = new SharedArrayBuffer(8)) {
    this.#words = new Int32Array(shared);
  }

  cancel(): void {
    Atomics.store(this.#words, cancelled, 1);
  }

  throwIfCancelled(): void {
    if (Atomics.load(this.#words, cancelled) !== 0) throw new JobCancelledError();
  }

  /** For the rest of the job. */
  hurry(): void {
    Atomics.store(this.#words, hurried, 1);
  }

  get isHurried(): boolean {
    return Atomics.load(this.#words, hurried) !== 0;
  }
}

/** Each is heeded whenever it aborts. */
export interface JobSignals {
  readonly cancel?: AbortSignal | undefined;
  readonly hurry?: AbortSignal | undefined;
}

/** Passes signals on to the control; the result stops that. */
export function passOn({ cancel, hurry }: JobSignals, control: JobControl): () => void {
  const stops = [onAbort(cancel, () => control.cancel()), onAbort(hurry, () => control.hurry())];
  return () => {
    for (const stop of stops) stop();
  };
}

function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}

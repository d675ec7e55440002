/**
 * What the owner of a job tells it while it runs, across threads: to stop, or to spare the disk no longer. And what the job
 * tells its owner: that it goes on.
 */
import { JobCancelledError } from './errors.js';

const cancelled = 0;
const hurried = 1;
const stepsTaken = 2;
const words = 3;

export class JobControl {
  readonly #words: Int32Array;

  /** `shared`: what `shared` of another thread's control gave. */
  constructor(readonly shared = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT)) {
    this.#words = new Int32Array(shared);
  }

  cancel(): void {
    Atomics.store(this.#words, cancelled, 1);
  }

  /** For the job: says that it goes on. Throws when it shall not. */
  goOn(): void {
    Atomics.add(this.#words, stepsTaken, 1);
    if (Atomics.load(this.#words, cancelled) !== 0) throw new JobCancelledError();
  }

  /** How often the job has said that it goes on; 0 until it has a thread. */
  get steps(): number {
    return Atomics.load(this.#words, stepsTaken);
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

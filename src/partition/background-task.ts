/**
 * Work that goes on until there is nothing left to do, one run at a time, tried again after a failure: with a delay that
 * doubles, and for as long as the partition is open. A failure loses nothing: what the work was for is still there.
 */
import type { Clock, TimerHandle } from '../vfs/clock.js';
import { isNoSpace } from '../vfs/errors.js';
import { retryMsMax, retryMsMin, spaceRetryMs } from './limits.js';
import type { TaskStatistics } from './types.js';

export class BackgroundTask {
  readonly #clock: Clock;
  /** One step; resolves with false when there was nothing to do. */
  readonly #step: () => Promise<boolean>;
  readonly #onFailure: (failure: unknown, failuresInARow: number) => void;
  #running: Promise<void> | undefined;
  #retry: TimerHandle | undefined;
  #stopped: Error | undefined;
  /** Woken while running: the step that answered "nothing to do" may not have seen why. */
  #again = false;
  /** Called with the failure, or without when there is nothing left to do. */
  #waiting: ((failure?: unknown) => void)[] = [];
  #runs = 0;
  #failures = 0;
  #failuresInARow = 0;
  #lastFailure: unknown;

  constructor(
    clock: Clock,
    step: () => Promise<boolean>,
    onFailure: (failure: unknown, failuresInARow: number) => void,
  ) {
    this.#clock = clock;
    this.#step = step;
    this.#onFailure = onFailure;
  }

  get statistics(): TaskStatistics {
    return {
      runs: this.#runs,
      failures: this.#failures,
      failuresInARow: this.#failuresInARow,
      lastFailure: this.#lastFailure,
    };
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** There may be something to do. While a retry is due, only `now` does not wait for it. */
  wake(options: { readonly now?: boolean } = {}): void {
    if (this.#stopped !== undefined) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    if (this.#retry !== undefined && options.now !== true) return;
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#running = this.#run();
  }

  /** Resolves when there is nothing left to do; rejects with the next failure, or when it is stopped. */
  settled(): Promise<void> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#waiting.push((failure) => (failure === undefined ? resolve() : reject(failure)));
      this.wake({ now: true });
    });
  }

  /** Resolves when the step under way has ended. What waits is told `reason`. */
  async stop(reason: Error): Promise<void> {
    this.#stopped = reason;
    this.#retry?.cancel();
    await this.#running;
    this.#answer(reason);
  }

  async #run(): Promise<void> {
    let failure: unknown;
    try {
      do {
        this.#again = false;
        while (this.#stopped === undefined && (await this.#step())) this.#succeeded();
      } while (this.#again && this.#stopped === undefined);
    } catch (error) {
      failure = error;
    }
    this.#running = undefined;
    if (this.#stopped !== undefined) return;
    if (failure !== undefined) this.#failed(failure);
    this.#answer(failure);
  }

  #succeeded(): void {
    this.#runs += 1;
    this.#failuresInARow = 0;
    this.#lastFailure = undefined;
  }

  #failed(failure: unknown): void {
    this.#failures += 1;
    this.#failuresInARow += 1;
    this.#lastFailure = failure;
    const delayMsMax = isNoSpace(failure) ? spaceRetryMs : retryMsMax;
    const delayMs = Math.min(delayMsMax, retryMsMin * 2 ** (this.#failuresInARow - 1));
    this.#retry = this.#clock.after(delayMs, () => {
      this.#retry = undefined;
      this.wake();
    });
    this.#onFailure(failure, this.#failuresInARow);
  }

  #answer(failure: unknown): void {
    for (const answer of this.#waiting.splice(0)) answer(failure);
  }
}

/** How far a check is: one line that is written over on a terminal, a plain line now and then elsewhere. */
import type { Clock } from '../src/vfs/clock.js';
import { formatBytes, formatDuration } from './format.js';
import type { TextStream } from './output.js';

const TERMINAL_MS = 100;
const PLAIN_MS = 10_000;
const CLEAR_LINE = '\r\u001b[K';

export class CheckProgress {
  readonly #clock: Clock;
  readonly #stream: TextStream;
  readonly #totalBytes: number;
  readonly #startMs: number;
  #shownMs: number;
  #lineIsShown = false;

  constructor(clock: Clock, stream: TextStream, totalBytes: number) {
    this.#clock = clock;
    this.#stream = stream;
    this.#totalBytes = totalBytes;
    this.#startMs = clock.monotonic();
    this.#shownMs = this.#startMs;
  }

  show(bytes: number): void {
    const nowMs = this.#clock.monotonic();
    const isTerminal = this.#stream.isTTY === true;
    if (nowMs - this.#shownMs < (isTerminal ? TERMINAL_MS : PLAIN_MS)) return;
    this.#shownMs = nowMs;
    const line = this.#line(bytes, nowMs - this.#startMs);
    this.#stream.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`);
    this.#lineIsShown = isTerminal;
  }

  /** Before something else is written to the terminal. */
  clear(): void {
    if (this.#lineIsShown) this.#stream.write(CLEAR_LINE);
    this.#lineIsShown = false;
  }

  #line(bytes: number, elapsedMs: number): string {
    const total = Math.max(bytes, this.#totalBytes);
    const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total);
    const rate = (bytes * 1000) / Math.max(1, elapsedMs);
    const left = rate === 0 ? '' : `, ${formatDuration(((total - bytes) * 1000) / rate)} left`;
    return `${percent} %: ${formatBytes(bytes)} of ${formatBytes(total)}, ${formatBytes(Math.round(rate))}/s${left}`;
  }
}

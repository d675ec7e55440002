/** How far something is: one line that is written over on a terminal, a plain line now and then elsewhere. */
import type { Clock } from '../src/vfs/clock.js';
import { formatBytes, formatDuration } from './format.js';
import type { TextStream } from './output.js';

const TERMINAL_MS = 100;
const PLAIN_MS = 10_000;
const CLEAR_LINE = '\r\u001b[K';
const BAR_CELLS = 24;

export interface ProgressOptions {
  readonly clock: Clock;
  readonly stream: TextStream;
  /** Undefined when nobody knows; then neither a share nor the time left is told. */
  readonly totalBytes: number | undefined;
}

export class ByteProgress {
  readonly #options: ProgressOptions;
  readonly #startMs: number;
  #shownMs: number;
  #lineIsShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonic();
    this.#shownMs = this.#startMs;
  }

  get elapsedMs(): number {
    return this.#options.clock.monotonic() - this.#startMs;
  }

  show(bytes: number): void {
    const { clock, stream } = this.#options;
    const nowMs = clock.monotonic();
    const isTerminal = stream.isTTY === true;
    if (nowMs - this.#shownMs < (isTerminal ? TERMINAL_MS : PLAIN_MS)) return;
    this.#shownMs = nowMs;
    const line = this.#line(bytes, nowMs - this.#startMs, isTerminal);
    stream.write(isTerminal ? `${CLEAR_LINE}${line}` : `${line}\n`);
    this.#lineIsShown = isTerminal;
  }

  /** Before something else is written to the terminal. */
  clear(): void {
    if (this.#lineIsShown) this.#options.stream.write(CLEAR_LINE);
    this.#lineIsShown = false;
  }

  #line(bytes: number, elapsedMs: number, isTerminal: boolean): string {
    const { totalBytes } = this.#options;
    const rate = (bytes * 1000) / Math.max(1, elapsedMs);
    const speed = `${formatBytes(Math.round(rate))}/s`;
    if (totalBytes === undefined) return `${formatBytes(bytes)}, ${speed}`;
    // What it is estimated to be may be less than what it is.
    const total = Math.max(bytes, totalBytes);
    const share = total === 0 ? 1 : bytes / total;
    const left = rate === 0 ? '' : `, ${formatDuration(((total - bytes) * 1000) / rate)} left`;
    const text = `${Math.floor(100 * share)} %: ${formatBytes(bytes)} of ${formatBytes(total)}, ${speed}${left}`;
    return isTerminal ? `${bar(share)} ${text}` : text;
  }
}

function bar(share: number): string {
  const cells = Math.floor(share * BAR_CELLS);
  return `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
}

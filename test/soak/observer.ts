/** What a daemon takes and how fast it answers, second by second; and how fast the machine itself is meanwhile. */
import { readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../histories/target.js';

const MIB = 1024 * 1024;
const SAMPLE_MS = 1000;
/** Between two requests whose time is taken, and between two bare writes. */
const REQUEST_MS = 20;
const WRITE_MS = 100;
const WRITE_BYTES = 4096;

/** One life of the daemon. */
export interface Life {
  /** The most that it had. */
  readonly memoryMib: number;
  readonly descriptors: number;
  /** Milliseconds in which 99 of 100 requests were answered. */
  readonly p99Ms: number;
  /** The same of a synced write without any daemon, and of the turns of this process. */
  readonly machineP99Ms: number;
}

export class Observer {
  readonly #latenciesMs: number[] = [];
  readonly #writesMs: number[] = [];
  readonly #loop = monitorEventLoopDelay({ resolution: 10 });
  #memoryMib = 0;
  #descriptors = 0;
  #isOver = false;
  readonly #watching: Promise<unknown>;

  /** @param file for the bare writes; replaced */
  constructor(
    private readonly target: Target,
    private readonly ask: (index: number) => Promise<unknown>,
    file: string,
  ) {
    this.#loop.enable();
    this.#watching = Promise.all([this.#sample(), this.#measure(), this.#write(file)]);
  }

  async end(): Promise<Life> {
    this.#isOver = true;
    await this.#watching;
    this.#loop.disable();
    return {
      memoryMib: this.#memoryMib,
      descriptors: this.#descriptors,
      p99Ms: p99(this.#latenciesMs),
      machineP99Ms: p99(this.#writesMs) + this.#loop.percentile(99) / 1e6,
    };
  }

  async #sample(): Promise<void> {
    while (!this.#isOver) {
      await sleep(SAMPLE_MS);
      const { pid } = this.target;
      try {
        const [, kib] = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
        this.#memoryMib = Math.max(this.#memoryMib, (Number(kib) * 1024) / MIB);
        this.#descriptors = Math.max(this.#descriptors, readdirSync(`/proc/${pid}/fd`).length);
      } catch (error) {
        // It may be gone by now.
        if (!this.#isOver) throw error;
      }
    }
  }

  async #measure(): Promise<void> {
    for (let index = 0; !this.#isOver; index += 1) {
      const startMs = performance.now();
      await this.ask(index);
      if (!this.#isOver) this.#latenciesMs.push(performance.now() - startMs);
      await sleep(REQUEST_MS);
    }
  }

  async #write(path: string): Promise<void> {
    const file: FileHandle = await open(path, 'w');
    try {
      while (!this.#isOver) {
        const startMs = performance.now();
        await file.write(Buffer.alloc(WRITE_BYTES), 0, WRITE_BYTES, 0);
        await file.datasync();
        this.#writesMs.push(performance.now() - startMs);
        await sleep(WRITE_MS);
      }
    } finally {
      await file.close();
    }
  }
}

export function p99(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}

const mean = (figures: readonly number[]) =>
  figures.reduce((sum, figure) => sum + figure, 0) / Math.max(1, figures.length);

/** Descriptors of connections and files that come and go. */
const DESCRIPTORS_SPARE = 16;
const MEMORY_GROWTH_MAX = 1.1;
const P99_GROWTH_MAX = 1.2;

/** The last quarter of the lives beside the quarter before it: what has grown, and what was compared. */
export function growth(lives: readonly Life[]): {
  readonly grown: readonly string[];
  readonly report: string;
} {
  const quarter = Math.max(1, Math.floor(lives.length / 4));
  const of = (figure: (life: Life) => number): [number, number] => [
    mean(lives.slice(-2 * quarter, -quarter).map(figure)),
    mean(lives.slice(-quarter).map(figure)),
  ];
  const memory = of((life) => life.memoryMib);
  const descriptors = of((life) => life.descriptors);
  const latency = of((life) => life.p99Ms);
  const machine = of((life) => life.machineP99Ms);
  // A machine that got slower meanwhile is not the daemon's doing.
  const latencyMax = latency[0] * P99_GROWTH_MAX * Math.max(1, machine[1] / machine[0]);
  const grown: string[] = [];
  if (memory[1] > memory[0] * MEMORY_GROWTH_MAX)
    grown.push(`memory grew from ${memory.map(Math.round).join(' to ')} MiB`);
  if (descriptors[1] > descriptors[0] + DESCRIPTORS_SPARE)
    grown.push(`descriptors grew from ${descriptors.join(' to ')}`);
  if (latency[1] > latencyMax) {
    grown.push(
      `p99 grew from ${latency.map((ms) => ms.toFixed(1)).join(' to ')} ms (at most ${latencyMax.toFixed(1)})`,
    );
  }
  const arrow = ([before, after]: [number, number], unit: string) =>
    `${before.toFixed(1)} to ${after.toFixed(1)}${unit}`;
  return {
    grown,
    report:
      `from the third to the last quarter: memory ${arrow(memory, ' MiB')}, descriptors ${arrow(descriptors, '')}, ` +
      `p99 ${arrow(latency, ' ms')} (the machine's ${arrow(machine, ' ms')})`,
  };
}

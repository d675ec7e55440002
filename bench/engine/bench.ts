/** What every experiment of the engine's benchmark is given, and what they all need. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../report.js';

export interface Bench {
  /** Multiplies the amounts of data. 1: what the targets are meant for. */
  readonly scale: number;
  readonly rounds: number;
  /** Length of a timed round. */
  readonly seconds: number;
  /** Where temporary directories are made. */
  readonly directory: string;
  /** For the JSON file: what the figures are made of. */
  readonly details: Record<string, unknown>;
  /** Whether a row was asked for, by its short name. */
  wants(row: string): boolean;
  progress(message: string): void;
}

export interface Experiment {
  /** Short names of the rows that it makes. */
  readonly rows: readonly string[];
  /** Most that it ever has on the disk, at scale 1. */
  readonly diskBytes: number;
  run(bench: Bench): Promise<Row[]>;
}

export const KEY_BYTES = 16;
export const VALUE_BYTES = 1000;
export const ENTRY_BYTES = KEY_BYTES + VALUE_BYTES;

/** Hands `work` a fresh directory, and removes it whatever happens. */
export async function withDirectory<Result>(
  bench: Bench,
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(join(bench.directory, 'varve-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Size of all files below `directory`. */
export function directoryBytes(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true }) as string[]) {
    const status = statSync(join(directory, entry), { throwIfNoEntry: false });
    if (status?.isFile() === true) bytes += status.size;
  }
  return bytes;
}

/** Writes out what earlier rounds left in the page cache, so that nobody pays for another's writes. */
export function settleDisk(): void {
  spawnSync('sync');
}

/**
 * Runs `step` from `clients` loops for `seconds`; resolves with steps per second. A step that answers without a promise
 * is not awaited.
 */
export async function drive(seconds: number, clients: number, step: () => unknown): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let steps = 0;
  const loop = async () => {
    for (let turn = 1; turn % 32 !== 0 || performance.now() < end; turn += 1) {
      const result = step();
      if (result instanceof Promise) await result;
      steps += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, loop));
  return (steps / (performance.now() - start)) * 1000;
}

/** Rates by name, from rounds that alternate: what slows one slows the others. */
export class Rates {
  readonly all: Record<string, number[]> = {};

  constructor(
    private readonly bench: Bench,
    private readonly experiment: string,
  ) {
    bench.details[experiment] = this.all;
  }

  add(name: string, rate: number): void {
    this.all[name] = [...(this.all[name] ?? []), Math.round(rate)];
    this.bench.progress(`${this.experiment}: ${name} ${Math.round(rate)}/s`);
  }
}

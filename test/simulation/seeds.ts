/** Runs seeds one after the other, and says how to repeat the one that fails. */
import { PartitionSimulation, type SimulationResult } from './partition-simulation.js';
import { type FaultCounts, noFaults } from './world.js';

type Figures = { -readonly [Name in keyof SimulationResult]: number };

function noFigures(): Figures {
  return { operations: 0, records: 0, starts: 0, checkpoints: 0, followed: 0 };
}

export interface Summary extends Figures {
  seeds: number;
  readonly faults: FaultCounts;
}

export interface SeedRange {
  readonly first: number;
  readonly count: number;
  readonly steps: number;
}

export const defaultSteps = 150;

export function emptySummary(): Summary {
  return { seeds: 0, ...noFigures(), faults: noFaults() };
}

export function addSummary(sum: Summary, { faults, ...figures }: Summary): void {
  for (const name of Object.keys(figures) as (keyof typeof figures)[]) sum[name] += figures[name];
  for (const name of Object.keys(faults) as (keyof FaultCounts)[]) sum.faults[name] += faults[name];
}

/** Throws at the first seed that fails. `onSeed` is told each before it starts. */
export async function runSeeds(
  { first, count, steps }: SeedRange,
  onSeed: (seed: number) => void = () => undefined,
): Promise<Summary> {
  const summary = emptySummary();
  for (let seed = first; seed < first + count; seed += 1) {
    onSeed(seed);
    try {
      const result = await new PartitionSimulation(seed, summary.faults).run(steps);
      summary.seeds += 1;
      for (const name of Object.keys(result) as (keyof Figures)[]) summary[name] += result[name];
    } catch (error) {
      throw new Error(howToRepeat(seed, steps), { cause: error });
    }
  }
  return summary;
}

export function howToRepeat(seed: number, steps: number): string {
  return `seed ${seed} failed; repeat with: node dist/test/simulation/run.js --seed ${seed} --steps ${steps}`;
}

/** One line. */
export function describe({ faults, ...figures }: Summary): string {
  const named = Object.entries({ ...figures, ...faults });
  return named.map(([name, count]) => `${count.toLocaleString('en')} ${words[name] ?? name}`).join(', ');
}

const words: Readonly<Record<string, string>> = {
  powerCuts: 'power cuts',
  errors: 'failed operations',
  shorts: 'short reads and writes',
  delays: 'delayed operations',
  flips: 'flipped bits',
  fullDisks: 'full disks',
};

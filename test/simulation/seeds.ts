/** Runs seeds one after the other, and says how to repeat the one that fails. */
import { PartitionSimulation } from './partition-simulation.js';
import { TransactionSimulation } from './transactions/transaction-simulation.js';
import { type FaultCounts, noFaults, type Trace } from './world.js';

/** What a seed may be a history of. */
const simulations = { partition: PartitionSimulation, transactions: TransactionSimulation } as const;

export type Subject = keyof typeof simulations;

export const subjects = Object.keys(simulations) as readonly Subject[];

/** What was done, by names of the simulation's own. */
type Figures = Record<string, number>;

export interface Summary {
  seeds: number;
  readonly figures: Figures;
  readonly faults: FaultCounts;
}

export interface SeedRange {
  readonly of: Subject;
  readonly first: number;
  readonly count: number;
  readonly steps: number;
}

export const defaultSteps = 150;

export function emptySummary(): Summary {
  return { seeds: 0, figures: {}, faults: noFaults() };
}

export function addSummary(sum: Summary, { seeds, figures, faults }: Summary): void {
  sum.seeds += seeds;
  addFigures(sum.figures, figures);
  for (const name of Object.keys(faults) as (keyof FaultCounts)[]) sum.faults[name] += faults[name];
}

function addFigures(sum: Figures, figures: Figures): void {
  for (const [name, count] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + count;
}

/** Adds up in `sum` what one seed did. */
export async function runSeed(
  of: Subject,
  seed: number,
  steps: number,
  sum: Summary,
  trace?: Trace,
): Promise<void> {
  const result = await new simulations[of](seed, sum.faults, trace).run(steps);
  sum.seeds += 1;
  addFigures(sum.figures, { ...result });
}

/** Throws at the first seed that fails. `onSeed` is told each before it starts. */
export async function runSeeds(
  { of, first, count, steps }: SeedRange,
  onSeed: (seed: number) => void = () => undefined,
): Promise<Summary> {
  const summary = emptySummary();
  for (let seed = first; seed < first + count; seed += 1) {
    onSeed(seed);
    try {
      await runSeed(of, seed, steps, summary);
    } catch (error) {
      throw new Error(howToRepeat(of, seed, steps), { cause: error });
    }
  }
  return summary;
}

export function howToRepeat(of: Subject, seed: number, steps: number): string {
  const command = `node dist/test/simulation/run.js --of ${of} --seed ${seed} --steps ${steps}`;
  return `seed ${seed} failed; repeat with: ${command}`;
}

/** One line. */
export function describe({ seeds, figures, faults }: Summary): string {
  const named = Object.entries({ seeds, ...figures, ...faults });
  return named.map(([name, count]) => `${count.toLocaleString('en')} ${words[name] ?? name}`).join(', ');
}

const words: Readonly<Record<string, string>> = {
  overSeveral: 'over several partitions',
  repeated: 'repeated by token',
  powerCuts: 'power cuts',
  errors: 'failed operations',
  shorts: 'short reads and writes',
  delays: 'delayed operations',
  flips: 'flipped bits',
  fullDisks: 'full disks',
};

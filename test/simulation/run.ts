/**
 * Runs the simulation: `node dist/test/simulation/run.js [--seed N] [--seeds COUNT] [--steps COUNT]`.
 * With `--seed` it runs that one; else seeds 0, 1, 2, … A failing seed is repeated with the same steps by the command
 * that is printed.
 */
import { parseArgs } from 'node:util';

import { PartitionSimulation } from './partition-simulation.js';
import { type FaultCounts, noFaults } from './world.js';

export interface Summary {
  seeds: number;
  operations: number;
  records: number;
  starts: number;
  readonly faults: FaultCounts;
}

export const defaultSteps = 150;

/** Throws at the first seed that fails, with the command that repeats it. */
export async function runSeeds(first: number, count: number, steps: number): Promise<Summary> {
  const summary: Summary = { seeds: 0, operations: 0, records: 0, starts: 0, faults: noFaults() };
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      const result = await new PartitionSimulation(seed, summary.faults).run(steps);
      summary.seeds += 1;
      summary.operations += result.operations;
      summary.records += result.records;
      summary.starts += result.starts;
    } catch (error) {
      const command = `node dist/test/simulation/run.js --seed ${seed} --steps ${steps}`;
      throw new Error(`seed ${seed} failed; repeat with: ${command}`, { cause: error });
    }
  }
  return summary;
}

export function describe({ faults, ...figures }: Summary): string {
  return JSON.stringify({ ...figures, ...faults });
}

if (process.argv[1] === import.meta.filename || process.argv[1]?.endsWith('simulation/run.js') === true) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string', default: '1000' },
      steps: { type: 'string', default: String(defaultSteps) },
    },
  });
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const summary = await runSeeds(Number(values.seed ?? 0), count, Number(values.steps));
  console.log(describe(summary));
}

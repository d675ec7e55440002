/**
 * Runs the simulation:
 *
 *     node dist/test/simulation/run.js [--first SEED] [--seeds COUNT] [--steps COUNT] [--workers COUNT]
 *     node dist/test/simulation/run.js --seed SEED [--steps COUNT] [--trace]
 *
 * The first form runs that many seeds in worker processes. The second repeats one in this process; `--trace` prints every
 * operation on the disk. A seed that fails ends it all, and is printed with the command that repeats it.
 */
import { parseArgs } from 'node:util';

import { PartitionSimulation } from './partition-simulation.js';
import { defaultSteps, describe, emptySummary } from './seeds.js';
import { runInWorkers } from './workers.js';
import { noFaults } from './world.js';

const progressMs = 10_000;

async function runOne(seed: number, steps: number, trace: boolean): Promise<void> {
  const faults = noFaults();
  const simulation = new PartitionSimulation(
    seed,
    faults,
    trace
      ? ({ index, kind, path, position = '', length = '' }, atMs) =>
          console.log(`${atMs} ms, ${index}: ${kind} ${path} ${position} ${length}`)
      : undefined,
  );
  const result = await simulation.run(steps);
  console.log(describe({ seeds: 1, ...result, faults }));
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    first: { type: 'string', default: '0' },
    seeds: { type: 'string', default: '1000' },
    steps: { type: 'string', default: String(defaultSteps) },
    workers: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
try {
  if (values.seed !== undefined) await runOne(Number(values.seed), steps, values.trace);
  else {
    const range = { first: Number(values.first), count: Number(values.seeds), steps };
    const sum = emptySummary();
    const report = () => console.log(`${new Date().toISOString().slice(11, 19)}  ${describe(sum)}`);
    const timer = setInterval(report, progressMs);
    timer.unref();
    await runInWorkers(range, Number(values.workers), sum);
    clearInterval(timer);
    report();
    console.log(`${sum.seeds.toLocaleString('en')} seeds passed`);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

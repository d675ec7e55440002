/**
 * Runs the simulation:
 *
 *     node dist/test/simulation/run.js [--first SEED] [--seeds COUNT] [--steps COUNT] [--workers COUNT]
 *     node dist/test/simulation/run.js --seed SEED [--steps COUNT] [--trace]
 *
 * The first form runs that many seeds in worker processes. The second repeats one in this process; `--trace` prints every
 * operation on the disk. A seed that fails ends it all, and is printed with the command that repeats it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { parseArgs } from 'node:util';

import { PartitionSimulation } from './partition-simulation.js';
import { addSummary, defaultSteps, describe, emptySummary, type SeedRange, type Summary } from './seeds.js';
import { noFaults } from './world.js';

/** Seeds that a worker is given at once. */
const rangeSeeds = 50;
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

async function runInWorkers(all: SeedRange, workers: number): Promise<void> {
  const sum = emptySummary();
  let next = all.first;
  const end = all.first + all.count;
  const report = () => console.log(`${new Date().toISOString().slice(11, 19)}  ${describe(sum)}`);
  const timer = setInterval(report, progressMs);
  const children: ChildProcess[] = [];
  const work = async () => {
    const child = fork(new URL('./worker.js', import.meta.url), { stdio: 'inherit' });
    children.push(child);
    while (next < end) {
      const range = { first: next, count: Math.min(rangeSeeds, end - next), steps: all.steps };
      next += range.count;
      addSummary(sum, await ask(child, range));
    }
    child.disconnect();
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    clearInterval(timer);
    for (const child of children) child.kill();
  }
  report();
  console.log(`${sum.seeds.toLocaleString('en')} seeds passed`);
}

/** Rejects when the worker ends instead of answering: it has printed why. */
function ask(child: ChildProcess, range: SeedRange): Promise<Summary> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('a seed failed'));
    child.once('exit', onExit);
    child.once('message', (summary) => {
      child.off('exit', onExit);
      resolve(summary as Summary);
    });
    child.send(range);
  });
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
    await runInWorkers(range, Number(values.workers));
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

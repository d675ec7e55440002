/**
 * Runs the simulation:
 *
 *     node dist/test/simulation/run.js [--of SUBJECT] [--first SEED] [--seeds COUNT] [--steps COUNT] [--workers COUNT]
 *     node dist/test/simulation/run.js [--of SUBJECT] --seed SEED [--steps COUNT] [--trace]
 *
 * SUBJECT: `partition` (the default), or `transactions` over several. The first form runs that many seeds in worker processes. The second repeats one in this process; `--trace` prints every
 * operation on the disk. A seed that fails ends it all, and is printed with the command that repeats it.
 */
import { parseArgs } from 'node:util';

import { defaultSteps, describe, emptySummary, runSeed, type Subject, subjects } from './seeds.js';
import { runInWorkers } from './workers.js';
import type { Trace } from './world.js';

const progressMs = 10_000;

async function runOne(of: Subject, seed: number, steps: number, trace: boolean): Promise<void> {
  const summary = emptySummary();
  const print: Trace = ({ index, kind, path, position = '', length = '' }, atMs) =>
    console.log(`${atMs} ms, ${index}: ${kind} ${path} ${position} ${length}`);
  await runSeed(of, seed, steps, summary, trace ? print : undefined);
  console.log(describe(summary));
}

const { values } = parseArgs({
  options: {
    of: { type: 'string', default: 'partition' },
    seed: { type: 'string' },
    first: { type: 'string', default: '0' },
    seeds: { type: 'string', default: '1000' },
    steps: { type: 'string', default: String(defaultSteps) },
    workers: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps);
const of = subjects.find((subject) => subject === values.of);
if (of === undefined) throw new Error(`--of takes one of ${subjects.join(', ')}, not ${values.of}`);
try {
  if (values.seed !== undefined) await runOne(of, Number(values.seed), steps, values.trace);
  else {
    const range = { of, first: Number(values.first), count: Number(values.seeds), steps };
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

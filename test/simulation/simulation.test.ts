/** A slice of the simulation. `npm run soak` runs ten thousand seeds; docs/testing.md says what each of them does. */
import { createHash } from 'node:crypto';
import t from 'tap';

import { PartitionSimulation } from './partition-simulation.js';
import { defaultSteps, describe, emptySummary } from './seeds.js';
import { runInWorkers } from './workers.js';
import { noFaults } from './world.js';

t.test('the partition keeps its promises on a disk that fails', { timeout: 120_000 }, async (t) => {
  const summary = emptySummary();
  await runInWorkers({ of: 'partition', first: 0, count: 60, steps: defaultSteps }, 1, summary);
  t.comment(describe(summary));
  t.equal(summary.seeds, 60);
  for (const [fault, count] of Object.entries(summary.faults)) t.ok(count > 20, `${fault}: ${count}`);
});

t.test('a seed is one history: every operation on the disk, and when', async (t) => {
  const digest = async (seed: number) => {
    const hash = createHash('sha256');
    const faults = noFaults();
    const simulation = new PartitionSimulation(seed, faults, (operation, atMs) =>
      hash.update(JSON.stringify([operation, atMs])),
    );
    const result = await simulation.run(60);
    return hash.update(JSON.stringify([result, faults])).digest('hex');
  };
  for (const seed of [3, 98, 7126]) t.equal(await digest(seed), await digest(seed), `seed ${seed}`);
  t.not(await digest(1), await digest(2));
});

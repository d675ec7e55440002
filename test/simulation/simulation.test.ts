/** A slice of the simulation. `npm run soak` runs ten thousand seeds; docs/testing.md says what each of them does. */
import { createHash } from 'node:crypto';
import t from 'tap';

import { PartitionSimulation } from './partition-simulation.js';
import { defaultSteps, describe, runSeeds } from './seeds.js';
import { noFaults } from './world.js';

t.test('the partition keeps its promises on a disk that fails', async (t) => {
  const summary = await runSeeds({ first: 0, count: 60, steps: defaultSteps });
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
    const result = await simulation.run(defaultSteps);
    return hash.update(JSON.stringify([result, faults])).digest('hex');
  };
  for (const seed of [3, 98, 2842, 7126]) t.equal(await digest(seed), await digest(seed), `seed ${seed}`);
  t.not(await digest(1), await digest(2));
});

/** A slice of the simulation of transactions; docs/testing.md says what each seed does. */
import { createHash } from 'node:crypto';
import t from 'tap';

import { defaultSteps, describe, emptySummary, runSeed } from '../seeds.js';
import { runInWorkers } from '../workers.js';

t.test('transactions keep their promises on a disk that fails', { timeout: 120_000 }, async (t) => {
  const summary = emptySummary();
  await runInWorkers({ of: 'transactions', first: 0, count: 30, steps: defaultSteps }, 1, summary);
  t.comment(describe(summary));
  t.equal(summary.seeds, 30);
  const { committed = 0, overSeveral = 0, repeated = 0 } = summary.figures;
  t.ok(committed > 1500, `${committed} were committed`);
  t.ok(overSeveral > 300, `${overSeveral} needed a decision`);
  t.ok(repeated > 40, `${repeated} were repeated`);
  t.ok(summary.faults.powerCuts > 80 && summary.faults.errors > 40, 'faults stood in the way');
});

t.test('a seed is one history: every operation on the disk, and when', async (t) => {
  const digest = async (seed: number) => {
    const hash = createHash('sha256');
    const summary = emptySummary();
    await runSeed('transactions', seed, 60, summary, (operation, atMs) =>
      hash.update(JSON.stringify([operation, atMs])),
    );
    return hash.update(JSON.stringify(summary)).digest('hex');
  };
  for (const seed of [3, 98, 7126]) t.equal(await digest(seed), await digest(seed), `seed ${seed}`);
  t.not(await digest(1), await digest(2));
});

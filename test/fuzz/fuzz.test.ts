/** A little of each campaign within this process; `node dist/test/fuzz/run.js` goes on for as long as it is told. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { run } from './campaign.js';
import { expressions } from './expressions.js';
import { items, tables } from './operations.js';

const MIB_MAX = 400;
const seed = Number(process.env.VARVE_TEST_SEED ?? randomBytes(4).readInt32LE());

for (const campaign of [items, tables, expressions]) {
  t.test(`${campaign.name}, seed ${seed}`, async () => run(campaign, { seed }));
}

t.test('memory is bounded', (t) => {
  const mib = process.resourceUsage().maxRSS / 1024;
  t.ok(mib < MIB_MAX, `${Math.round(mib)} MiB at most`);
  t.end();
});

/** A little of each campaign within this process; `node dist/test/fuzz/run.js` goes on for as long as it is told. */
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { run } from './campaign.js';
import { expressions } from './expressions.js';
import { files } from './files.js';
import { items, tables } from './operations.js';

const MIB_MAX = 250;
const seed = Number(process.env.VARVE_TEST_SEED ?? randomBytes(4).readInt32LE());

for (const campaign of [items, tables, expressions, files]) {
  t.test(`${campaign.name}, seed ${seed}`, async () => run(campaign, { seed }));
}

// What is garbage by now says how busy the collector was, not what the inputs left behind.
t.test('nothing is left behind', async (t) => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  const mib = (heapUsed + external) / 2 ** 20;
  t.ok(mib < MIB_MAX, `${Math.round(mib)} MiB at most`);
});

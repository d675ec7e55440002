/**
 * Hostile input for as long as it is told, all campaigns in turn, each round from the next seed:
 *
 *     node dist/test/fuzz/run.js [--seconds N] [--seed N] [--campaign NAME]
 *
 * or once more from one input of a seed, as a failure prints it:
 *
 *     node dist/test/fuzz/run.js --campaign NAME --seed N --path PATH
 *
 * Ends with 1 after an input that did harm.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { run } from './campaign.js';
import { expressions } from './expressions.js';
import { files } from './files.js';
import { http } from './http.js';
import { items, tables } from './operations.js';

const CAMPAIGNS = [items, tables, expressions, files, http];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '0' },
    seed: { type: 'string' },
    campaign: { type: 'string' },
    path: { type: 'string' },
  },
});
const endMs = performance.now() + Number(values.seconds) * 1000;
const chosen = CAMPAIGNS.filter(({ name }) => values.campaign === undefined || name === values.campaign);
if (chosen.length === 0) throw new Error(`no campaign ${values.campaign}`);

/** One round at least. */
let seed = Number(values.seed ?? randomBytes(4).readInt32LE());
do {
  for (const campaign of chosen) {
    await run(campaign, { seed, path: values.path });
    const mib = Math.round(process.memoryUsage.rss() / 1024 / 1024);
    console.log(`${campaign.name}: ${campaign.runs} inputs of seed ${seed}, ${mib} MiB`);
  }
  seed = (seed + 1) | 0;
} while (performance.now() < endMs);

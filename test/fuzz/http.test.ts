/** A little of what `node dist/test/fuzz/run.js --campaign http` sends. */
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { run } from './campaign.js';
import { http } from './http.js';

const seed = Number(process.env.VARVE_TEST_SEED ?? randomBytes(4).readInt32LE());

t.test(`http, seed ${seed}`, async () => run(http, { seed }));

/** Nobody waits for ever, and nobody starves, with a real daemon. */
import t from 'tap';
import { LOCK_WAIT_MS } from '../../src/transaction/limits.js';
import { temporaryDirectory } from '../e2e/daemon.js';
import { describe, hotKey, oppositeOrders } from './contention.js';
import { createTable, Target } from './target.js';

const SECONDS = 2;
/** Beside the wait for locks: on a machine that does other things too. */
const PATIENCE_MS = 10_000;

t.test('everybody makes progress', async (t) => {
  const target = new Target(temporaryDirectory(t));
  t.teardown(() => target.kill());
  await createTable(target);
  for (const contest of [oppositeOrders, hotKey]) {
    const contention = await contest(target, SECONDS);
    t.comment(describe(contention));
    const { name, shares, conflicts, longestMs, violations } = contention;
    t.strictSame(violations, [], name);
    t.ok(
      shares.every((share) => share > 0),
      `each got through: ${shares}`,
    );
    // Locks that are taken in any order end in deadlocks, which only the end of the wait resolves.
    const done = shares.reduce((sum, share) => sum + share, 0);
    t.ok(conflicts < done / 2, `${conflicts} conflicts, ${done} done`);
    t.ok(longestMs < LOCK_WAIT_MS + PATIENCE_MS, `${longestMs} ms`);
  }
  t.equal(await target.stop(), undefined);
});

/**
 * Concurrent clients against a real daemon that is killed at random moments: list-append histories for the checker, a
 * bank, and counters.
 *
 *   node dist/test/histories/run.js [--seconds N] [--kills N] [--seed N]
 *
 * In rounds of up to ten seconds, each with keys of its own: clients work, the daemon is killed now and then, at last all
 * is looked at and checked. From a minute on, at the end: clients that all want the same items. Chance is seeded; what it meets depends on the machine as well. Ends with 1 after a violation.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { Bank } from './bank.js';
import { describe, hotKey, oppositeOrders } from './contention.js';
import { Counters } from './counters.js';
import { ListAppend } from './list-append.js';
import { createTable, Target, type Workload } from './target.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    kills: { type: 'string', default: '30' },
    seed: { type: 'string' },
  },
});
const SEED = Number(values.seed ?? randomBytes(4).readUInt32LE());
const SECONDS = Number(values.seconds);
const KILLS = Number(values.kills);
const ROUNDS = Math.ceil(SECONDS / 10);
/** In long runs, at the end. */
const CONTEST_SECONDS = 5;
const SHOWN = 10;

const random = new SeededRandom(SEED);

/** At so many random moments. */
async function killNowAndThen(target: Target, kills: number, roundMs: number): Promise<void> {
  const moments = Array.from({ length: kills }, () => randomBelow(random, Math.ceil(roundMs)));
  const startMs = performance.now();
  for (const moment of moments.sort((left, right) => left - right)) {
    await sleep(Math.max(0, startMs + moment - performance.now()));
    await target.crash();
  }
  await sleep(Math.max(0, startMs + roundMs - performance.now()));
}

async function round(target: Target, index: number): Promise<readonly string[]> {
  const workloads: readonly Workload[] = [ListAppend, Bank, Counters].map(
    (Kind) => new Kind(target, random.uint32(), index),
  );
  await Promise.all(workloads.map((workload) => workload.prepare()));
  let isOver = false;
  const clients = workloads.flatMap((workload) =>
    Array.from({ length: workload.clients }, async (_, client) => {
      while (!isOver) await workload.step(client);
    }),
  );
  const working = Promise.all(clients);
  const kills = Math.floor((KILLS * (index + 1)) / ROUNDS) - Math.floor((KILLS * index) / ROUNDS);
  await Promise.race([killNowAndThen(target, kills, (SECONDS / ROUNDS) * 1000), working]);
  isOver = true;
  await working;
  const violations: string[] = [];
  for (const workload of workloads) {
    violations.push(...(await workload.settle()));
    console.log(`round ${index + 1}, ${kills} kills: ${workload.describe()}`);
  }
  return violations;
}

async function main(target: Target): Promise<readonly string[]> {
  try {
    await createTable(target);
    for (let index = 0; index < ROUNDS; index += 1) {
      const violations = await round(target, index);
      if (violations.length > 0) return violations;
    }
    if (SECONDS >= 60) {
      for (const contest of [oppositeOrders, hotKey]) {
        const contention = await contest(target, CONTEST_SECONDS);
        console.log(describe(contention));
        if (contention.violations.length > 0) return contention.violations;
      }
    }
    const trouble = await target.stop();
    return trouble === undefined ? [] : [trouble];
  } finally {
    target.kill();
  }
}

console.log(`seed ${SEED}`);
const data = mkdtempSync(join(tmpdir(), 'varve-histories-'));
const target = new Target(data);
process.once('SIGTERM', () => {
  target.kill();
  process.exit(1);
});
const violations = await main(target);
for (const violation of violations.slice(0, SHOWN)) console.log(`VIOLATION ${violation}`);
if (violations.length > SHOWN) console.log(`and ${violations.length - SHOWN} more`);
if (violations.length === 0) rmSync(data, { recursive: true });
else console.log(`the data is kept in ${data}; seed ${SEED}`);
process.exit(violations.length === 0 ? 0 : 1);

/**
 * Clients hammer a daemon over the AWS SDK, SIGKILL ends it at random moments, and after every restart each acknowledged
 * write is there with its value, each unacknowledged one whole or absent. A process of its own, because the test
 * runner's hooks would slow the clients down by half.
 *
 *   node dist/test/crash/run.js [--kills N] [--seed N]
 *
 * The moments of the kills are seeded; what they hit depends on the machine as well. Ends with 1 after a violation.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { randomBelow } from '../../src/vfs/seeded-random.js';
import { Daemon } from '../e2e/daemon.js';
import { createTables, newClient, Workload } from './workload.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '25' }, seed: { type: 'string' } },
});
const SEED = Number(values.seed ?? randomBytes(4).readUInt32LE());
const KILLS = Number(values.kills);
/** Between the ready line and the kill. */
const LIFE_MS = { min: 50, max: 1500 };
/** So small that flushes and merges happen all the time, and kills hit them too. */
const MEMTABLE_BYTES = 64 * 1024;

async function main(data: string): Promise<readonly string[]> {
  let port = 0;
  const portOfTheMoment = () => port;
  const start = async () => {
    const started = await Daemon.start(['--data', data, '--memtable', String(MEMTABLE_BYTES)]);
    port = started.port;
    return started;
  };
  console.log(`seed ${SEED}`);
  let daemon = await start();
  try {
    const observer = newClient(portOfTheMoment);
    await createTables(observer);
    const workload = new Workload(SEED, portOfTheMoment);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const workers = workload.start();
      await sleep(LIFE_MS.min + randomBelow(workload.random, LIFE_MS.max - LIFE_MS.min));
      await daemon.kill('SIGKILL');
      workers.stop();
      await workers.ended;
      daemon = await start();
      await workload.settle(observer);
      console.log(
        `kill ${kill}: ${workload.acknowledged} acknowledged writes so far, ready in ${Math.round(daemon.readyMs)} ms`,
      );
      if (workload.violations.found.length > 0) break;
    }
    const { code, stderr } = await daemon.kill('SIGTERM');
    if (code !== 0) workload.violations.add(`SIGTERM ended with ${code}: ${stderr}`);
    return workload.violations.found;
  } finally {
    daemon.child.kill('SIGKILL');
  }
}

const data = mkdtempSync(join(tmpdir(), 'varve-crash-'));
const violations = await main(data);
for (const violation of violations) console.log(`VIOLATION ${violation}`);
if (violations.length === 0) rmSync(data, { recursive: true, force: true });
else console.log(`the data is kept in ${data}; seed ${SEED}`);
process.exit(violations.length === 0 ? 0 : 1);

/**
 * A mixed load over many lives of one data directory: puts, updates and deletes on condition, counters, tables that come and
 * go, transactions, reads; each life ends by SIGKILL or SIGTERM in turn. After each of them
 *
 * - every acknowledged write is there, and the sum in the bank is what it was;
 * - `varve verify` finds nothing;
 * - what each partition has is what its log says (replica.ts);
 *
 * and at the end neither memory nor descriptors nor the time for an answer have grown over the last half.
 *
 *   node dist/test/soak/mixed.js [--minutes N | --hours N] [--life SECONDS] [--seed N]
 *
 * Ends with 1 after a violation.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { createTables, newClient, Workload } from '../crash/workload.js';
import { runCommand } from '../e2e/daemon.js';
import { Bank } from '../histories/bank.js';
import { createTable, TABLE, Target } from '../histories/target.js';
import { growth, type Life, Observer } from './observer.js';
import { Replica } from './replica.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    hours: { type: 'string' },
    life: { type: 'string', default: '100' },
    seed: { type: 'string' },
  },
});
const SEED = Number(values.seed ?? randomBytes(4).readUInt32LE());
const TOTAL_MS = (values.hours === undefined ? Number(values.minutes) : Number(values.hours) * 60) * 60_000;
const LIFE_MS = Number(values.life) * 1000;
/** Fewer say nothing of growth. */
const LIVES_COMPARED_MIN = 8;
/** Of each client before each request: a daemon that is busy, but not at its limit. */
const THINK_MS = 15;
const OPTIONS = ['--memtable', '1MiB', '--memtables', '32MiB', '--block-cache', '32MiB'];
const MEASURED_ITEMS = 200;
const SHOWN = 10;

const scratch = mkdtempSync(join(tmpdir(), 'varve-soak-'));
const data = join(scratch, 'data');
const target = new Target(data, OPTIONS);
process.once('SIGTERM', () => {
  target.kill();
  process.exit(1);
});

/** A put and a read of it by turns. */
function measured(index: number): Promise<unknown> {
  const Key = { pk: { S: 'measured' }, sk: { S: String((index >> 1) % MEASURED_ITEMS) } };
  return index % 2 === 0
    ? target.ask('PutItem', { TableName: TABLE, Item: { ...Key, text: { S: 'm'.repeat(500) } } })
    : target.ask('GetItem', { TableName: TABLE, Key, ConsistentRead: true });
}

async function checkData(replica: Replica): Promise<readonly string[]> {
  const differences = await replica.compare();
  const verified = await runCommand(['verify', data]);
  return verified.code === 0 ? differences : [...differences, `verify: ${verified.stdout}${verified.stderr}`];
}

class Soak {
  readonly #random = new SeededRandom(SEED);
  readonly #port = () => target.port;
  readonly #observer = newClient(this.#port);
  readonly #workload = new Workload(SEED, this.#port, THINK_MS);
  readonly #replica = new Replica(data);
  readonly #lives: Life[] = [];
  readonly #violations: string[] = [];

  /** @returns violations */
  async run(): Promise<readonly string[]> {
    await target.ready;
    await createTables(this.#observer);
    await createTable(target);
    const endMs = performance.now() + TOTAL_MS;
    while (performance.now() < endMs && this.#violations.length === 0) await this.#live();
    const { grown, report } = growth(this.#lives);
    console.log(report);
    if (this.#lives.length >= LIVES_COMPARED_MIN) this.#violations.push(...grown);
    else console.log(`${this.#lives.length} lives are too few to tell whether anything grows`);
    const trouble = await target.stop();
    if (trouble !== undefined) this.#violations.push(trouble);
    return this.#violations;
  }

  async #live(): Promise<void> {
    const number = this.#lives.length + 1;
    const bank = new Bank(target, this.#random.uint32(), number);
    await bank.prepare();
    const observer = new Observer(target, measured, join(scratch, 'bare'));
    const workers = this.#workload.start();
    let isOver = false;
    const banking = Promise.all(
      Array.from({ length: bank.clients }, async (_, client) => {
        while (!isOver) {
          await bank.step(client);
          await sleep(THINK_MS);
        }
      }),
    );
    await sleep(LIFE_MS);
    const life = await observer.end();
    this.#lives.push(life);
    // Killed in the middle of its work; asked to stop without any.
    const signal = number % 2 === 0 ? 'SIGTERM' : 'SIGKILL';
    if (signal === 'SIGTERM') {
      workers.stop();
      isOver = true;
      await Promise.all([workers.ended, banking]);
    }
    await target.restart(signal, async () => {
      workers.stop();
      isOver = true;
      this.#violations.push(...(await checkData(this.#replica)));
    });
    await Promise.all([workers.ended, banking]);
    await this.#workload.settle(this.#observer);
    this.#violations.push(...this.#workload.violations.found, ...(await bank.settle()));
    console.log(
      `life ${number}, ended by ${signal}: ${this.#workload.acknowledged} acknowledged writes so far, ${bank.describe()}, ` +
        `${this.#replica.changes} changes in the logs; ${life.memoryMib.toFixed(0)} MiB, ${life.descriptors} descriptors, ` +
        `p99 ${life.p99Ms.toFixed(1)} ms (the machine's ${life.machineP99Ms.toFixed(1)})`,
    );
  }
}

console.log(`seed ${SEED}`);
let violations: readonly string[];
try {
  violations = await new Soak().run();
} finally {
  target.kill();
}
for (const violation of violations.slice(0, SHOWN)) console.log(`VIOLATION ${violation}`);
if (violations.length > SHOWN) console.log(`and ${violations.length - SHOWN} more`);
if (violations.length === 0) rmSync(scratch, { recursive: true });
else console.log(`the data is kept in ${scratch}; seed ${SEED}`);
process.exit(violations.length === 0 ? 0 : 1);

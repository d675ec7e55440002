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
import {
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { clientConfig, Daemon } from '../e2e/daemon.js';
import { Counters } from './counter-lane.js';
import { ItemLane, type WireItem } from './item-lane.js';
import { Violations } from './outcome.js';
import { TableLane } from './table-lane.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '25' }, seed: { type: 'string' } },
});
const SEED = Number(values.seed ?? randomBytes(4).readUInt32LE());
const KILLS = Number(values.kills);
const TABLES = ['left', 'right'];
const LANES_PER_TABLE = 5;
const COUNTING_CLIENTS = 3;
const CHURNED_TABLES = 2;
/** Between the ready line and the kill. */
const LIFE_MS = { min: 50, max: 1500 };
/** So small that flushes and merges happen all the time, and kills hit them too. */
const MEMTABLE_BYTES = 64 * 1024;

/** Where the daemon of the moment listens. */
let port = 0;

/**
 * Each worker has a client, and so connections, of its own, for all the daemon's lives. What fails is not tried again: an
 * outcome is known or it is not.
 */
function newClient(): DynamoDBClient {
  const endpoint = async () => ({ protocol: 'http:', hostname: '127.0.0.1', port, path: '/' });
  return new DynamoDBClient(clientConfig('', { endpoint, maxAttempts: 1 }));
}

async function createTables(client: DynamoDBClient): Promise<void> {
  for (const TableName of [...TABLES, 'counters']) {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
  }
}

/** Every item of a table by its sort key, which is unique in these tables. */
async function scanAll(client: DynamoDBClient, table: string): Promise<Map<string, WireItem>> {
  const items = new Map<string, WireItem>();
  let page: ScanCommandOutput | undefined;
  do {
    page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ...(page?.LastEvaluatedKey === undefined ? {} : { ExclusiveStartKey: page.LastEvaluatedKey }),
      }),
    );
    for (const item of page.Items ?? []) items.set(item.sk?.S ?? '', item);
  } while (page.LastEvaluatedKey !== undefined);
  return items;
}

type Work = (client: DynamoDBClient, isOver: () => boolean) => Promise<void>;

class Workload {
  readonly random = new SeededRandom(SEED);
  readonly violations = new Violations();
  readonly lanes = new Map<string, ItemLane[]>();
  readonly counters = new Counters('counters', this.random, this.violations);
  readonly churned: TableLane[] = [];
  private readonly workers: { readonly client: DynamoDBClient; readonly work: Work }[];

  constructor() {
    for (const table of TABLES) {
      const lanes = Array.from(
        { length: LANES_PER_TABLE },
        (_, lane) => new ItemLane(lane, table, this.random, this.violations),
      );
      this.lanes.set(table, lanes);
    }
    for (let index = 0; index < CHURNED_TABLES; index += 1) {
      this.churned.push(new TableLane(`churned-${index}`, this.violations));
    }
    const works: Work[] = [
      ...[...this.lanes.values()].flat().map((lane): Work => lane.work.bind(lane)),
      ...Array.from({ length: COUNTING_CLIENTS }, (): Work => this.counters.work.bind(this.counters)),
      ...this.churned.map((lane): Work => lane.work.bind(lane)),
    ];
    this.workers = works.map((work) => ({ work, client: newClient() }));
  }

  get acknowledged(): number {
    const workers = [...[...this.lanes.values()].flat(), this.counters, ...this.churned];
    return workers.reduce((sum, worker) => sum + worker.acknowledged, 0);
  }

  /** Lets every worker write until the daemon, which is killed meanwhile, is gone. */
  async runUntilKilled(daemon: Daemon): Promise<void> {
    let over = false;
    const isOver = () => over;
    const work = this.workers.map(({ work, client }) => work(client, isOver));
    await sleep(LIFE_MS.min + randomBelow(this.random, LIFE_MS.max - LIFE_MS.min));
    await daemon.kill('SIGKILL');
    over = true;
    await Promise.all(work);
  }

  async settle(client: DynamoDBClient): Promise<void> {
    for (const [table, lanes] of this.lanes) {
      const found = await scanAll(client, table);
      for (const lane of lanes) lane.settle(found);
      for (const sortKey of found.keys()) {
        if (!lanes.some((lane) => lane.owns(sortKey)))
          this.violations.add(`${table} ${sortKey}: nobody wrote it`);
      }
    }
    await this.counters.settle(client);
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    for (const lane of this.churned) await lane.settle(client, new Set(TableNames));
  }
}

async function main(data: string): Promise<readonly string[]> {
  const start = async () => {
    const started = await Daemon.start(['--data', data, '--memtable', String(MEMTABLE_BYTES)]);
    port = started.port;
    return started;
  };
  console.log(`seed ${SEED}`);
  let daemon = await start();
  try {
    const observer = newClient();
    await createTables(observer);
    const workload = new Workload();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await workload.runUntilKilled(daemon);
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

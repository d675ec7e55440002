/**
 * Real processes: clients hammer a daemon over the AWS SDK, SIGKILL ends it at random moments, and after every restart
 * each acknowledged write is there with its value, each unacknowledged one whole or absent (experiments 1 and 10).
 *
 * The moments of the kills are seeded; what they hit depends on the machine as well. `VARVE_SEED` repeats a seed,
 * `VARVE_KILLS` makes a longer run.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { clientConfig, Daemon, temporaryDirectory } from '../e2e/daemon.js';
import { Counters } from './counter-lane.js';
import { ItemLane, type WireItem } from './item-lane.js';
import { Violations } from './outcome.js';
import { TableLane } from './table-lane.js';

const SEED = Number(process.env.VARVE_SEED ?? randomBytes(4).readUInt32LE());
const KILLS = Number(process.env.VARVE_KILLS ?? 22);
const TABLES = ['left', 'right'];
const LANES_PER_TABLE = 5;
const COUNTING_CLIENTS = 3;
const CHURNED_TABLES = 2;
/** Between the ready line and the kill. */
const LIFE_MS = { min: 50, max: 700 };
/** So small that flushes and merges happen all the time, and kills hit them too. */
const MEMTABLE_BYTES = 64 * 1024;

/** Each worker has a client, and so connections, of its own. What fails is not tried again: an outcome is known or it is not. */
function connect(daemon: Daemon): DynamoDBClient {
  return new DynamoDBClient(clientConfig(daemon.url, { maxAttempts: 1 }));
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

class Workload {
  readonly random = new SeededRandom(SEED);
  readonly violations = new Violations();
  readonly lanes = new Map<string, ItemLane[]>();
  readonly counters = new Counters('counters', this.random, this.violations);
  readonly churned: TableLane[] = [];

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
  }

  get acknowledged(): number {
    const workers = [...[...this.lanes.values()].flat(), this.counters, ...this.churned];
    return workers.reduce((sum, worker) => sum + worker.acknowledged, 0);
  }

  /** Lets every worker write until the daemon, which is killed meanwhile, is gone. */
  async runUntilKilled(daemon: Daemon): Promise<void> {
    let over = false;
    const isOver = () => over;
    const clients: DynamoDBClient[] = [];
    const client = () => {
      const made = connect(daemon);
      clients.push(made);
      return made;
    };
    const work = [
      ...[...this.lanes.values()].flat().map((lane) => lane.work(client(), isOver)),
      ...Array.from({ length: COUNTING_CLIENTS }, () => this.counters.work(client(), isOver)),
      ...this.churned.map((lane) => lane.work(client(), isOver)),
    ];
    await sleep(LIFE_MS.min + randomBelow(this.random, LIFE_MS.max - LIFE_MS.min));
    await daemon.kill('SIGKILL');
    over = true;
    await Promise.all(work);
    for (const made of clients) made.destroy();
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

t.test(`${KILLS} kills, seed ${SEED}`, { timeout: (60 + KILLS * 10) * 1000 }, async (t) => {
  const data = temporaryDirectory(t);
  const start = () => Daemon.start(['--data', data, '--memtable-bytes', String(MEMTABLE_BYTES)]);
  const workload = new Workload();
  let daemon = await start();
  t.teardown(() => daemon.kill('SIGKILL'));
  await createTables(connect(daemon));
  let slowestStartMs = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await workload.runUntilKilled(daemon);
    daemon = await start();
    slowestStartMs = Math.max(slowestStartMs, daemon.readyMs);
    const client = connect(daemon);
    await workload.settle(client);
    client.destroy();
    if (workload.violations.found.length > 0) break;
  }
  t.strictSame(workload.violations.found, [], `seed ${SEED}`);
  t.ok(workload.acknowledged > KILLS * 20, 'there was something to lose');
  t.comment(`${workload.acknowledged} acknowledged writes, slowest restart ${Math.round(slowestStartMs)} ms`);
  const { code } = await daemon.kill('SIGTERM');
  t.equal(code, 0);
});

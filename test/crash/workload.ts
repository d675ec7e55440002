/** Clients of every kind at work on a daemon that comes and goes, and what must be true of its data after each of its lives. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { clientConfig } from '../e2e/daemon.js';
import { Counters } from './counter-lane.js';
import { ItemLane, type WireItem } from './item-lane.js';
import { Violations } from './outcome.js';
import { TableLane } from './table-lane.js';

const TABLES = ['left', 'right'];
const LANES_PER_TABLE = 5;
const COUNTING_CLIENTS = 3;
const CHURNED_TABLES = 2;

/** The port at which the daemon of the moment listens. */
export type PortOfTheMoment = () => number;

/**
 * Each worker has a client, and so connections, of its own, for all the daemon's lives. What fails is not tried again: an
 * outcome is known or it is not.
 * @param thinkMs how long it waits before each request
 */
export function newClient(port: PortOfTheMoment, thinkMs = 0): DynamoDBClient {
  const endpoint = async () => ({ protocol: 'http:', hostname: '127.0.0.1', port: port(), path: '/' });
  const client = new DynamoDBClient(clientConfig('', { endpoint, maxAttempts: 1 }));
  if (thinkMs > 0) {
    client.middlewareStack.add(
      (next) => async (args) => {
        await sleep(thinkMs);
        return next(args);
      },
      { step: 'initialize' },
    );
  }
  return client;
}

export async function createTables(client: DynamoDBClient): Promise<void> {
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

export interface Workers {
  /** Ends when its requests are not answered any more. */
  readonly ended: Promise<unknown>;
  /** No more requests are sent. */
  stop(): void;
}

export class Workload {
  readonly random: SeededRandom;
  readonly violations = new Violations();
  readonly lanes = new Map<string, ItemLane[]>();
  readonly counters: Counters;
  readonly churned: TableLane[] = [];
  private readonly workers: { readonly client: DynamoDBClient; readonly work: Work }[];

  constructor(seed: number, port: PortOfTheMoment, thinkMs = 0) {
    this.random = new SeededRandom(seed);
    this.counters = new Counters('counters', this.random, this.violations);
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
    this.workers = works.map((work) => ({ work, client: newClient(port, thinkMs) }));
  }

  get acknowledged(): number {
    const workers = [...[...this.lanes.values()].flat(), this.counters, ...this.churned];
    return workers.reduce((sum, worker) => sum + worker.acknowledged, 0);
  }

  /** Every worker writes until the daemon is gone, or it is told to stop. */
  start(): Workers {
    let isOver = false;
    const ended = Promise.all(this.workers.map(({ work, client }) => work(client, () => isOver)));
    return {
      ended,
      stop: () => {
        isOver = true;
      },
    };
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

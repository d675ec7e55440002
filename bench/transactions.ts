/**
 * Transactions beside single writes and the bare log, in one process; and over HTTP beside DynamoDB Local. The machine is
 * noisy, so rounds alternate and medians are compared: what slows one slows the others.
 *
 *   npm run bench:transactions -- [--rounds N] [--seconds N] [--dir DIRECTORY] [--json FILE]
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BareLog } from './engine/bare-log.js';
import { type Bench, drive, Rates, settleDisk, withDirectory } from './engine/bench.js';
import { median, type Row, report, round } from './report.js';
import { beside } from './transactions/dynamodb-local.js';
import { type BenchTable, openTable, partitionKeys, putAction, putRequest } from './transactions/store.js';

const CLIENTS = 64;
const ITEMS = 4;
const TARGETS = {
  onePartition: 0.5,
  fourPartitionsSyncs: 2.5,
  fourPartitionsBareRounds: 1.5,
  disjoint: 0.25,
};
/** Sort keys in use: items are replaced, so that the tables stay small. */
const SORT_KEYS = 1000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'string' },
  },
});

const bench: Bench = {
  scale: 1,
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  directory: values.dir,
  details: {},
  wants: () => true,
  progress: (message) => console.error(message),
};

const record = Buffer.alloc(1024, 'x');
let turn = 0;
const nextSort = () => {
  turn += 1;
  return `sort-${turn % SORT_KEYS}`;
};

/** Milliseconds of each call of `step`, one after the other. */
async function latencies(step: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  for (const end = performance.now() + bench.seconds * 1000; performance.now() < end; ) {
    const startMs = performance.now();
    await step();
    found.push(performance.now() - startMs);
  }
  return found;
}

/** One client, all items in one partition: a transaction is one record, and so one sync. */
async function onePartition({ tables, table }: BenchTable): Promise<Row[]> {
  const rates = new Rates(bench, 'one_partition');
  const put = () => table.put(putRequest('single', nextSort()));
  const transact = () =>
    tables.transactWrite(Array.from({ length: ITEMS }, () => putAction(table, 'together', nextSort())));
  for (let index = 0; index < bench.rounds; index += 1) {
    rates.add('puts', await drive(bench.seconds, 1, put));
    rates.add('transactions', await drive(bench.seconds, 1, transact));
  }
  const measured = round(median(rates.all['transactions'] ?? []) / median(rates.all['puts'] ?? []), 2);
  return [
    {
      name: 'transactions.one_partition_of_puts_times_items',
      measured,
      target: TARGETS.onePartition,
      better: 'at-least',
    },
  ];
}

/**
 * One client, an item in each of four partitions: prepares, then the decision. Beside one sync, and beside the least that
 * can be: a write to each of four bare logs at once, then one to a fifth.
 */
async function fourPartitions({ tables, table }: BenchTable, logs: readonly BareLog[]): Promise<Row[]> {
  const [log, ...others] = logs as [BareLog, ...BareLog[]];
  const keys = partitionKeys('spread');
  const p50: Record<string, number[]> = { sync: [], bareRounds: [], transaction: [] };
  bench.details['four_partitions_p50_ms'] = p50;
  for (let index = 0; index < bench.rounds; index += 1) {
    const steps = {
      sync: () => log.append([record]),
      bareRounds: async () => {
        await Promise.all(others.map((each) => each.append([record])));
        await log.append([record]);
      },
      transaction: () => tables.transactWrite(keys.map((pk) => putAction(table, pk, nextSort()))),
    };
    for (const [name, step] of Object.entries(steps)) {
      const ms = median(await latencies(step));
      p50[name]?.push(round(ms, 4));
      bench.progress(`four_partitions: ${name} p50 ${ms.toFixed(3)} ms`);
    }
  }
  const inUnitsOf = (unit: string) => round(median(p50['transaction'] ?? []) / median(p50[unit] ?? []), 2);
  return [
    {
      name: 'transactions.four_partitions_p50_syncs',
      measured: inUnitsOf('sync'),
      target: TARGETS.fourPartitionsSyncs,
      better: 'at-most',
    },
    {
      name: 'transactions.four_partitions_p50_bare_rounds',
      measured: inUnitsOf('bareRounds'),
      target: TARGETS.fourPartitionsBareRounds,
      better: 'at-most',
    },
  ];
}

/** Many clients, each with keys of its own in all partitions. */
async function disjoint({ tables, table }: BenchTable): Promise<Row[]> {
  const rates = new Rates(bench, 'disjoint');
  const keys = Array.from({ length: CLIENTS }, (_, client) => partitionKeys(`client-${client}`));
  let client = 0;
  const next = () => {
    client = (client + 1) % CLIENTS;
    return keys[client] as string[];
  };
  const put = () => table.put(putRequest(next()[turn % ITEMS] as string, nextSort()));
  const transact = () => tables.transactWrite(next().map((pk) => putAction(table, pk, nextSort())));
  for (let index = 0; index < bench.rounds; index += 1) {
    rates.add('puts', await drive(bench.seconds, CLIENTS, put));
    rates.add('items in transactions', ITEMS * (await drive(bench.seconds, CLIENTS, transact)));
  }
  const measured = round(
    median(rates.all['items in transactions'] ?? []) / median(rates.all['puts'] ?? []),
    2,
  );
  return [{ name: 'transactions.items_of_puts', measured, target: TARGETS.disjoint, better: 'at-least' }];
}

const rows = await withDirectory(bench, async (directory) => {
  const opened = await openTable(directory);
  const logs = Array.from(
    { length: 1 + ITEMS },
    (_, index) => new BareLog(join(directory, `bare-${index}.log`)),
  );
  try {
    // Not counted: code gets compiled, and the logs reach their size.
    const warm = partitionKeys('warm');
    await drive(1, CLIENTS, () => opened.table.put(putRequest('warm', nextSort())));
    await drive(1, CLIENTS, () =>
      opened.tables.transactWrite(warm.map((pk) => putAction(opened.table, pk, nextSort()))),
    );
    settleDisk();
    return [
      ...(await onePartition(opened)),
      ...(await fourPartitions(opened, logs)),
      ...(await disjoint(opened)),
    ];
  } finally {
    bench.details['statistics'] = opened.tables.transactionStatistics;
    for (const log of logs) log.close();
    await opened.close();
  }
});
report([...rows, ...(await beside(bench))], bench.details, values.json);

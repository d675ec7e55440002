/** /metrics of a daemon at work: valid, complete, and true. */
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { METRICS } from '../../src/metrics/definitions.js';
import { type Daemon, startDaemon, temporaryDirectory } from '../e2e/daemon.js';
import { type Family, parseExposition } from './exposition.js';

const TABLE = {
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
};

async function scrape({ url }: Daemon): Promise<ReadonlyMap<string, Family>> {
  const response = await fetch(`${url}/metrics`);
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await response.text());
}

function figure(families: ReadonlyMap<string, Family>, name: string, labels: Record<string, string> = {}) {
  const family = [...families].find(([known]) => name === known || name.startsWith(`${known}_`))?.[1];
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return family?.samples.find(
    (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
  )?.value;
}

t.test('before anything happened every metric is there', async (t) => {
  const families = await scrape(await startDaemon(t, ['--in-memory']));
  const own = [...families.keys()].filter((name) => name.startsWith('varve_'));
  t.strictSame(own.sort(), METRICS.map(({ name }) => name).sort());
  const others = [...families.keys()].filter((name) => !/^(varve|process|nodejs)_/.test(name));
  t.strictSame(others, []);
  t.strictSame(
    [...families.keys()].filter((name) => /active_(handles|requests|resources)/.test(name)),
    [],
    'nothing that lists every connection',
  );
  for (const { name, type, help } of METRICS) t.match(families.get(name), { type, help }, name);
});

t.test('what happens is counted', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, [
    '--data',
    data,
    '--memtable',
    '16KiB',
    '--memtables',
    '1MiB',
    '--partitions',
    '4',
  ]);
  const client = daemon.client();
  await client.send(new CreateTableCommand({ ...TABLE, TableName: 'notes' }));
  const text = { S: 'x'.repeat(4000) };
  for (let batch = 0; batch < 8; batch += 1) {
    const puts = Array.from({ length: 25 }, (_, i) => ({
      PutRequest: { Item: { id: { S: `${batch}-${i}` }, text } },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { notes: puts } }));
  }
  for (let i = 0; i < 20; i += 1) {
    await client.send(new GetItemCommand({ TableName: 'notes', Key: { id: { S: `1-${i}` } } }));
    await client.send(new GetItemCommand({ TableName: 'notes', Key: { id: { S: `1-${i}?` } } }));
  }
  const refused = new PutItemCommand({
    TableName: 'notes',
    Item: { id: { S: '1-1' } },
    ConditionExpression: 'attribute_not_exists(id)',
  });
  await t.rejects(client.send(refused), { name: 'ConditionalCheckFailedException' });
  const put = (id: string) => ({ Put: { TableName: 'notes', Item: { id: { S: id } } } });
  await client.send(new TransactWriteItemsCommand({ TransactItems: [put('a'), put('b'), put('c')] }));

  const after = await scrape(daemon);
  const of = (name: string, labels: Record<string, string> = {}) => figure(after, name, labels) ?? Number.NaN;
  const operation = 'BatchWriteItem';
  t.equal(of('varve_operations_total', { operation, outcome: 'Success' }), 8);
  t.equal(of('varve_operation_duration_seconds_count', { operation }), 8);
  const table = 'notes';
  t.equal(of('varve_table_operations_total', { table, operation, outcome: 'Success' }), 8);
  t.equal(of('varve_table_operations_total', { table, operation: 'GetItem', outcome: 'Success' }), 40);
  t.equal(
    of('varve_table_operations_total', {
      table,
      operation: 'PutItem',
      outcome: 'ConditionalCheckFailedException',
    }),
    1,
  );
  t.equal(
    of('varve_table_operations_total', { table, operation: 'TransactWriteItems', outcome: 'Success' }),
    1,
    'once for each table, however many actions it has there',
  );
  t.equal(of('varve_table_operation_duration_seconds_count', { table, operation }), 8);
  t.ok(of('varve_table_operation_duration_seconds_sum', { table, operation }) > 0);
  const seconds = of('varve_operation_duration_seconds_sum', { operation });
  t.ok(seconds > 0.000_1 && seconds < 60, `${seconds} s`);
  const outcome = 'ConditionalCheckFailedException';
  t.equal(of('varve_operations_total', { operation: 'PutItem', outcome }), 1);
  t.equal(
    of('varve_operation_duration_seconds_count', { operation: 'PutItem' }),
    1,
    'failures took time too',
  );
  t.equal(of('varve_tables'), 1);
  t.equal(of('varve_partitions'), 4);
  t.equal(of('varve_transactions_total', { outcome: 'committed' }), 1);
  t.ok(of('varve_locks_acquired_total') >= 1);
  t.ok(of('varve_log_batch_records_count') >= 8);
  t.ok(of('varve_log_batch_records_sum') >= 200);
  t.ok(of('varve_log_write_duration_seconds_count') >= of('varve_log_batch_records_count'));
  t.ok(of('varve_log_written_bytes_total') > 800_000);
  t.ok(of('varve_flushes_total') > 4);
  t.ok(of('varve_flush_written_bytes_total') > 400_000);
  t.ok(of('varve_filter_checks_total') > 0);
  t.ok(of('varve_filter_exclusions_total') > 0);
  t.ok(of('varve_block_cache_hits_total') + of('varve_block_cache_misses_total') > 0);
  t.ok(of('varve_entries_estimate') >= 200);
  t.ok(of('varve_table_entries_estimate', { table: 'notes' }) >= 203);
  t.ok(of('varve_table_bytes', { table: 'notes' }) > 400_000);
  t.ok(of('varve_table_log_records_total', { table: 'notes' }) >= 203);
  t.ok(of('varve_requests_in_flight', { transport: 'http' }) >= 1, 'the one that asks');
  t.ok(of('process_open_fds') > 0 || process.platform !== 'linux');

  await client.send(new DeleteTableCommand({ TableName: 'notes' }));
  const gone = await scrape(daemon);
  t.equal(figure(gone, 'varve_tables'), 0);
  t.equal(
    figure(gone, 'varve_table_bytes', { table: 'notes' }),
    undefined,
    'a table that is gone is not told of',
  );
  for (const name of ['varve_flushes_total', 'varve_flush_written_bytes_total', 'varve_compactions_total']) {
    t.ok((figure(gone, name) ?? 0) >= of(name), `${name}: what was counted stays counted`);
  }
});

t.test('the largest and the busiest of many tables', async (t) => {
  const daemon = await startDaemon(t, ['--in-memory', '--partitions', '1']);
  const client = daemon.client();
  for (let i = 0; i < 101; i += 1) {
    const TableName = `table-${i}`;
    await client.send(new CreateTableCommand({ ...TABLE, TableName }));
    if (i !== 50) await client.send(new PutItemCommand({ TableName, Item: { id: { S: '1' } } }));
  }
  const families = await scrape(daemon);
  for (const name of [
    'varve_table_bytes',
    'varve_table_operations_total',
    'varve_table_operation_duration_seconds',
  ]) {
    const told = new Set(families.get(name)?.samples.map(({ labels }) => labels['table']));
    t.equal(told.size, 100, name);
    t.notOk(told.has('table-50'), `${name}: the one that has nothing, and was asked least, is left out`);
  }
});

t.test('the reader of the format takes nothing that is wrong', async (t) => {
  const head = '# HELP a_total x\n# TYPE a_total counter\n';
  for (const wrong of [
    `${head}a_total 1`,
    `${head}a_total{x="1} 1\n`,
    `${head}a_total{x="1",x="1"} 1\n`,
    `${head}a_total 1\na_total 2\n`,
    `${head}b_total 1\n`,
    `${head}a_total one\n`,
    'a_total 1\n',
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  ]) {
    t.throws(() => parseExposition(wrong), wrong);
  }
});

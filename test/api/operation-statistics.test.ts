/** Which tables an operation is counted for, whatever its input is. */
import t from 'tap';
import { OperationStatistics } from '../../src/api/operation-statistics.js';
import type { OperationCounts } from '../../src/statistics/operation-counts.js';
import type { Tables } from '../../src/table/tables.js';

function tablesOf(...names: readonly string[]) {
  const tables = new Map(names.map((name) => [name, { operations: new Map<string, OperationCounts>() }]));
  const find = (name: string) => tables.get(name);
  return {
    counted: () => [...tables].map(([name, { operations }]) => [name, operations.get('Any')?.count ?? 0]),
    // No more of the tables is needed.
    tables: { find } as unknown as Tables,
    of: (name: string) => tables.get(name)?.operations.get('Any'),
  };
}

t.test('a table, by its name or its ARN', async (t) => {
  const { tables, of } = tablesOf('orders');
  const statistics = new OperationStatistics('Any');
  statistics.ended(tables, { TableName: 'orders' }, undefined, 2);
  const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders';
  statistics.ended(tables, { TableName: arn }, 'ValidationException', 3);
  t.match(of('orders'), { successes: 1, count: 2, durationMs: { sum: 5 } });
  t.strictSame([...(of('orders')?.errors ?? [])], [['ValidationException', 1]]);
  t.equal(statistics.counts.count, 2);
});

t.test('the tables of batches and transactions, each once', async (t) => {
  const { tables, counted } = tablesOf('orders', 'notes');
  const statistics = new OperationStatistics('Any');
  statistics.ended(tables, { RequestItems: { orders: {}, other: {} } }, undefined, 1);
  const TransactItems = [{ Put: { TableName: 'notes' } }, { Delete: { TableName: 'notes' } }];
  statistics.ended(tables, { TransactItems }, undefined, 1);
  t.strictSame(counted(), [
    ['orders', 1],
    ['notes', 1],
  ]);
});

t.test('input that is none', async (t) => {
  const { tables, counted } = tablesOf('orders');
  const statistics = new OperationStatistics('Any');
  const inputs = [
    null,
    undefined,
    7,
    'orders',
    [],
    { TableName: null },
    { TableName: 'constructor' },
    { TableName: 'arn:' },
    { TableName: 'arn:aws:dynamodb:a:b:table/' },
    { RequestItems: null },
    { RequestItems: 'orders' },
    { TransactItems: 'orders' },
    { TransactItems: [null, 1, { Put: null }, { Put: 'x' }, { Put: { TableName: {} } }] },
  ];
  for (const input of inputs) statistics.ended(tables, input, 'SerializationException', 1);
  t.equal(statistics.counts.count, inputs.length);
  t.strictSame(counted(), [['orders', 0]]);
});

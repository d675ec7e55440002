/** BatchGetItem and BatchWriteItem. */
import t from 'tap';
import { LOCK_WAIT_MS } from '../../src/transaction/limits.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { turns } from '../transaction/fixture.js';
import { type Json, n, openFixture, s, tableInput } from './fixture.js';

const { call } = await openFixture();
const indexes = { 'by-x': ['x', 'N', { ProjectionType: 'KEYS_ONLY' }] } as const;
await call('CreateTable', tableInput({ TableName: 'one' }));
await call('CreateTable', tableInput({ TableName: 'two', sk: 'N', indexes }));

const put = (Item: Json) => ({ PutRequest: { Item } });
const del = (Key: Json) => ({ DeleteRequest: { Key } });

t.test('writes and reads over several tables', async (t) => {
  t.same(
    await call('BatchWriteItem', {
      RequestItems: {
        one: [put({ pk: s('a'), v: n(1) }), put({ pk: s('b') }), del({ pk: s('absent') })],
        two: [put({ pk: s('a'), sk: n(1), x: n(1) })],
      },
      ReturnConsumedCapacity: 'INDEXES',
      ReturnItemCollectionMetrics: 'SIZE',
    }),
    {
      UnprocessedItems: {},
      ConsumedCapacity: [
        { TableName: 'one', CapacityUnits: 3, Table: { CapacityUnits: 3 } },
        {
          TableName: 'two',
          CapacityUnits: 2,
          Table: { CapacityUnits: 1 },
          LocalSecondaryIndexes: { 'by-x': { CapacityUnits: 1 } },
        },
      ],
      ItemCollectionMetrics: {
        two: [{ ItemCollectionKey: { pk: s('a') }, SizeEstimateRangeGB: [0, 1] }],
      },
    },
  );
  t.same(
    await call('BatchGetItem', {
      RequestItems: {
        one: { Keys: [{ pk: s('a') }, { pk: s('absent') }, { pk: s('b') }], ConsistentRead: true },
        two: { Keys: [{ pk: s('a'), sk: n(1) }], ProjectionExpression: 'x' },
      },
      ReturnConsumedCapacity: 'TOTAL',
    }),
    {
      Responses: { one: [{ pk: s('a'), v: n(1) }, { pk: s('b') }], two: [{ x: n(1) }] },
      UnprocessedKeys: {},
      ConsumedCapacity: [
        { TableName: 'one', CapacityUnits: 3 },
        { TableName: 'two', CapacityUnits: 0.5 },
      ],
    },
  );
});

t.test('a read of more than 16 MB leaves keys over, which are the rest of the request', async (t) => {
  const Keys = Array.from({ length: 60 }, (_, index) => ({ pk: s(`large ${index}`) }));
  for (const key of Keys) {
    await call('PutItem', { TableName: 'one', Item: { ...key, v: s('x'.repeat(300 * 1024)) } });
  }
  let RequestItems: unknown = {
    one: { Keys, ProjectionExpression: '#p', ExpressionAttributeNames: { '#p': 'pk' } },
  };
  const sizes: number[] = [];
  const found: Json[] = [];
  while (Object.keys(RequestItems as Json).length > 0) {
    const reply = await call('BatchGetItem', { RequestItems });
    const items = (reply.Responses as { one: Json[] }).one;
    sizes.push(items.length);
    found.push(...items);
    RequestItems = reply.UnprocessedKeys;
  }
  t.same(sizes, [52, 8]);
  t.same(found, Keys);
});

const duplicates = 'Provided list of item keys contains duplicates';
const mismatch = 'The provided key element does not match the schema';
const refusals: readonly [name: string, operation: string, RequestItems: Json, message: string][] = [
  ['equal keys', 'BatchGetItem', { one: { Keys: [{ pk: s('a') }, { pk: s('a') }] } }, duplicates],
  [
    'equal keys in another order',
    'BatchGetItem',
    {
      two: {
        Keys: [
          { pk: s('a'), sk: n(1) },
          { sk: { N: '1.0' }, pk: s('a') },
        ],
      },
    },
    duplicates,
  ],
  [
    'a put and a delete of one key',
    'BatchWriteItem',
    { one: [put({ pk: s('a') }), del({ pk: s('a') })] },
    duplicates,
  ],
  ['an item without its key', 'BatchWriteItem', { two: [put({ pk: s('a') })] }, mismatch],
  ['half a key', 'BatchGetItem', { two: { Keys: [{ pk: s('a') }] } }, mismatch],
  [
    'a large item',
    'BatchWriteItem',
    { one: [put({ pk: s('a'), v: s('x'.repeat(400 * 1024)) })] },
    'Item size has exceeded the maximum allowed size',
  ],
];
for (const [name, operation, RequestItems, message] of refusals) {
  t.test(`${operation} refuses ${name}`, async (t) => {
    t.same(await call(operation, { RequestItems }), { error: 'ValidationException', message });
  });
}

t.test('one missing table fails the whole batch before anything is written', async (t) => {
  t.same(
    await call('BatchWriteItem', {
      RequestItems: { one: [put({ pk: s('unwritten') })], absent: [put({ pk: s('a') })] },
    }),
    { error: 'ResourceNotFoundException', message: 'Requested resource not found' },
  );
  t.same(await call('GetItem', { TableName: 'one', Key: { pk: s('unwritten') } }), {});
});

t.test('a table may be named __proto__', async (t) => {
  const TableName = '__proto__';
  await call(
    'CreateTable',
    tableInput({ TableName, sk: 'N', indexes: { __proto: ['x', 'N', { ProjectionType: 'ALL' }] } }),
  );
  const of = (requests: unknown) => JSON.parse(`{"RequestItems":{"__proto__":${JSON.stringify(requests)}}}`);
  const Item = { pk: s('a'), sk: n(1), x: n(1) };
  const written = await call('BatchWriteItem', { ...of([put(Item)]), ReturnItemCollectionMetrics: 'SIZE' });
  t.equal(Object.keys(written.ItemCollectionMetrics as Json).join(), TableName);
  const read = await call('BatchGetItem', of({ Keys: [{ pk: s('a'), sk: n(1) }] }));
  t.same(Object.getOwnPropertyDescriptor(read.Responses, TableName)?.value, [Item]);
});

t.test('what a transaction holds for too long is left over', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const { call } = await openFixture({}, disk, clock);
  await call('CreateTable', tableInput({ TableName: 'held' }));
  await call('CreateTable', tableInput({ TableName: 'free' }));
  const pks = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const delay = { kind: 'delay', delayMs: 10 * LOCK_WAIT_MS } as const;
  disk.plan = ({ kind, path }) => (kind === 'write' && path.includes('/transactions/') ? delay : undefined);
  const transaction = call('TransactWriteItems', {
    TransactItems: pks.map((pk) => ({ Put: { TableName: 'held', Item: { pk: s(pk), v: n(1) } } })),
  });
  await turns(10);
  const free = [put({ pk: s('k0'), v: n(2) }), put({ pk: s('k1') })];
  const blocked = [put({ pk: s('k0'), v: n(2) }), del({ pk: s('k1') })];
  const all = call('BatchWriteItem', { RequestItems: { held: blocked } });
  const some = call('BatchWriteItem', {
    RequestItems: { held: [...blocked, put({ pk: s('other') })], free },
    ReturnConsumedCapacity: 'TOTAL',
  });
  await turns(10);
  clock.advance(LOCK_WAIT_MS);
  t.same(await all, { UnprocessedItems: { held: blocked } });
  t.same(await some, {
    UnprocessedItems: { held: blocked },
    ConsumedCapacity: [
      { TableName: 'held', CapacityUnits: 1 },
      { TableName: 'free', CapacityUnits: 2 },
    ],
  });
  t.match(await call('GetItem', { TableName: 'free', Key: { pk: s('k0') } }), { Item: { v: n(2) } });
  disk.plan = () => undefined;
  clock.advance(delay.delayMs);
  t.same(await transaction, {});
  t.same(await call('BatchWriteItem', { RequestItems: { held: blocked } }), { UnprocessedItems: {} });
  t.match(await call('GetItem', { TableName: 'held', Key: { pk: s('k0') } }), { Item: { v: n(2) } });
});

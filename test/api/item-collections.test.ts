/** Tables with local indexes bound what one partition key holds: its items and their index entries. */
import t from 'tap';
import { itemCollectionMetrics } from '../../src/api/consumed-capacity.js';
import { definitionOf } from '../table/fixture.js';
import { type Json, n, openFixture, s, tableInput } from './fixture.js';

const LIMIT = 2000;
const TEXT = 'x'.repeat(400);
const indexes = { byRank: ['rank', 'N', { ProjectionType: 'ALL' }] } as const;
const indexed = tableInput({ TableName: 'indexed', sk: 'N', indexes });
const FULL = { error: 'ItemCollectionSizeLimitExceededException', message: 'Collection size exceeded.' };

/** About 420 bytes, and as many in the index when it has a rank. */
const item = (pk: string, sk: number, more: Json = {}) => ({ pk: s(pk), sk: n(sk), text: s(TEXT), ...more });

async function openTable() {
  const fixture = await openFixture({ collectionBytesMax: LIMIT, partitionCount: 1 });
  await fixture.call('CreateTable', indexed);
  const put = (Item: Json, TableName = 'indexed') => fixture.call('PutItem', { TableName, Item });
  return { ...fixture, put };
}

t.test('items fill a collection until it is full', async (t) => {
  const { put, call } = await openTable();
  for (const sk of [1, 2, 3, 4]) t.same(await put(item('a', sk)), {});
  t.same(await put(item('a', 5)), FULL);
  t.same(await put(item('b', 5)), {}, 'another collection');
  t.same(await put(item('a', 4)), {}, 'no growth');
  t.same(await put({ pk: s('a'), sk: n(4) }), {}, 'an item may shrink');
  t.same(await put(item('a', 5)), {}, 'there is room again');
  t.same(await put(item('a', 6)), FULL);
  await call('DeleteItem', { TableName: 'indexed', Key: { pk: s('a'), sk: n(1) } });
  t.same(await put(item('a', 6)), {}, 'a deletion makes room');
});

t.test('index entries count', async (t) => {
  const { put } = await openTable();
  for (const sk of [1, 2]) t.same(await put(item('a', sk, { rank: n(1) })), {});
  t.same(await put(item('a', 3, { rank: n(1) })), FULL);
  t.same(await put({ pk: s('a'), sk: n(3) }), {});
});

t.test('updates and batches are refused like puts', async (t) => {
  const { put, call } = await openTable();
  for (const sk of [1, 2, 3, 4]) await put(item('a', sk));
  const update = {
    TableName: 'indexed',
    Key: { pk: s('a'), sk: n(1) },
    UpdateExpression: 'SET more = :t',
    ExpressionAttributeValues: { ':t': s(TEXT) },
  };
  t.same(await call('UpdateItem', update), FULL);
  t.same(await call('UpdateItem', { ...update, Key: { pk: s('a'), sk: n(9) } }), FULL);
  const RequestItems = { indexed: [{ PutRequest: { Item: item('a', 5) } }] };
  t.same(await call('BatchWriteItem', { RequestItems }), FULL);
  t.match(
    await call('Query', {
      TableName: 'indexed',
      Select: 'COUNT',
      KeyConditionExpression: 'pk = :a',
      ExpressionAttributeValues: { ':a': s('a') },
    }),
    { Count: 4 },
  );
});

t.test('without a local index there is no limit', async (t) => {
  const { put, call } = await openTable();
  await call('CreateTable', tableInput({ TableName: 'plain', sk: 'N' }));
  for (const sk of [1, 2, 3, 4, 5, 6]) t.same(await put(item('a', sk), 'plain'), {});
});

t.test('a collection is counted again after a restart', async (t) => {
  const { put, tables, disk } = await openTable();
  for (const sk of [1, 2, 3, 4]) await put(item('a', sk));
  await tables.close();
  const again = await openFixture({ collectionBytesMax: LIMIT, partitionCount: 1 }, disk);
  t.same(await again.call('PutItem', { TableName: 'indexed', Item: item('a', 5) }), FULL);
});

t.test('the estimate is in whole gigabytes', async (t) => {
  const local = {
    name: 'index',
    space: 2,
    sort: { name: 'x', type: 'N' },
    projection: { kind: 'ALL', attributes: [] },
  } as const;
  const definition = definitionOf({ sort: 'N', localIndexes: [local] });
  const key = new Map([['pk', 'a']]);
  for (const [gigabytes, range] of [
    [0, [0, 1]],
    [0.99, [0, 1]],
    [2.5, [2, 3]],
  ] as const) {
    t.match(itemCollectionMetrics('SIZE', definition, key, gigabytes * 1024 ** 3), {
      SizeEstimateRangeGB: range,
    });
  }
});

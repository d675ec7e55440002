/** Query and Scan: pages, directions, segments, indexes. */
import fc from 'fast-check';
import t from 'tap';
import { type Fixture, type Json, n, openFixture, s, tableInput } from './fixture.js';

const TableName = 'table';
const key = (pk: string, sk: number) => ({ pk: s(pk), sk: n(sk) });

async function filled(items: readonly Json[], partitionCount = 4): Promise<Fixture> {
  const fixture = await openFixture({ partitionCount });
  const indexes = {
    'by-x': ['x', 'N', { ProjectionType: 'KEYS_ONLY' }],
    'by-y': ['y', 'S', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['z'] }],
  } as const;
  await fixture.call('CreateTable', tableInput({ sk: 'N', indexes }));
  for (const Item of items) await fixture.call('PutItem', { TableName, Item });
  return fixture;
}

/** All pages, one after the other. */
async function readAll({ call }: Fixture, operation: string, input: Json): Promise<Json[]> {
  const items: Json[] = [];
  let start: unknown;
  do {
    const page = await call(operation, {
      ...input,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    if (page.error !== undefined) throw new Error(String(page.message));
    items.push(...(page.Items as Json[]));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}

const byText = (left: unknown, right: unknown) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);
const query = (pk: string) => ({
  TableName,
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': s(pk) },
});

const arbitraryItems = fc.uniqueArray(
  fc.record({
    pk: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    sk: fc.integer({ min: -20, max: 20 }),
    x: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  }),
  { selector: ({ pk, sk }) => `${pk} ${sk}`, maxLength: 40 },
);
type Drawn = { pk: string; sk: number; x: number | undefined };
const toItem = ({ pk, sk, x }: Drawn): Json => ({ ...key(pk, sk), ...(x !== undefined && { x: n(x) }) });

t.test('pages of any limit join to the whole', async (t) => {
  const property = fc.asyncProperty(
    arbitraryItems,
    fc.integer({ min: 1, max: 7 }),
    fc.integer({ min: 1, max: 5 }),
    async (drawn, Limit, partitionCount) => {
      const fixture = await filled(drawn.map(toItem), partitionCount);
      const whole = await readAll(fixture, 'Scan', { TableName });
      t.same([...whole].sort(byText), drawn.map(toItem).sort(byText));
      t.same(await readAll(fixture, 'Scan', { TableName, Limit }), whole);
      for (const pk of ['a', 'b']) {
        const expected = drawn
          .filter((item) => item.pk === pk)
          .sort((left, right) => left.sk - right.sk)
          .map(toItem);
        t.same(await readAll(fixture, 'Query', { ...query(pk), Limit }), expected);
        t.same(
          await readAll(fixture, 'Query', { ...query(pk), Limit, ScanIndexForward: false }),
          expected.reverse(),
        );
      }
    },
  );
  await fc.assert(property, { seed: 20250101, numRuns: 25 });
});

t.test('segments cover each item once', async (t) => {
  const property = fc.asyncProperty(
    arbitraryItems,
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 5 }),
    async (drawn, TotalSegments, partitionCount) => {
      const fixture = await filled(drawn.map(toItem), partitionCount);
      const found: Json[] = [];
      for (let Segment = 0; Segment < TotalSegments; Segment += 1) {
        found.push(...(await readAll(fixture, 'Scan', { TableName, Segment, TotalSegments, Limit: 2 })));
      }
      t.same(found.sort(byText), drawn.map(toItem).sort(byText));
    },
  );
  await fc.assert(property, { seed: 20250102, numRuns: 25 });
});

t.test('pages of an index join to the whole, ordered by its sort key', async (t) => {
  const property = fc.asyncProperty(arbitraryItems, fc.integer({ min: 1, max: 7 }), async (drawn, Limit) => {
    const fixture = await filled(drawn.map(toItem));
    const indexed = drawn.filter((item) => item.x !== undefined);
    const expected = indexed
      .filter((item) => item.pk === 'a')
      .sort((left, right) => Number(left.x) - Number(right.x) || left.sk - right.sk)
      .map(toItem);
    const input = { ...query('a'), IndexName: 'by-x', Limit };
    t.same(await readAll(fixture, 'Query', input), expected);
    t.same(await readAll(fixture, 'Query', { ...input, ScanIndexForward: false }), [...expected].reverse());
    const scanned = await readAll(fixture, 'Scan', { TableName, IndexName: 'by-x', Limit });
    t.same(scanned.sort(byText), indexed.map(toItem).sort(byText));
  });
  await fc.assert(property, { seed: 20250103, numRuns: 25 });
});

t.test('index entries follow their item', async (t) => {
  const fixture = await filled([{ ...key('a', 1), x: n(1), y: s('y'), z: s('z'), w: s('o') }]);
  const { call } = fixture;
  const entries = (IndexName: string, more: Json = {}) =>
    readAll(fixture, 'Query', { ...query('a'), IndexName, ...more });
  t.same(await entries('by-x'), [{ ...key('a', 1), x: n(1) }]);
  t.same(await entries('by-y'), [{ ...key('a', 1), y: s('y'), z: s('z') }]);
  t.same(await entries('by-y', { Select: 'ALL_ATTRIBUTES' }), [
    { ...key('a', 1), x: n(1), y: s('y'), z: s('z'), w: s('o') },
  ]);
  t.same(await entries('by-y', { ProjectionExpression: 'w' }), [{ w: s('o') }]);
  await call('UpdateItem', {
    TableName,
    Key: key('a', 1),
    UpdateExpression: 'SET x = :x REMOVE y',
    ExpressionAttributeValues: { ':x': n(2) },
  });
  t.same(await entries('by-x'), [{ ...key('a', 1), x: n(2) }]);
  t.same(await entries('by-y'), []);
  await call('DeleteItem', { TableName, Key: key('a', 1) });
  t.same(await entries('by-x'), []);
  t.same(await readAll(fixture, 'Scan', { TableName, IndexName: 'by-x' }), []);
});

t.test('a page ends with the item that reaches 1 MB', async (t) => {
  const items = [1, 2, 3, 4, 5].map((sk) => ({ ...key('a', sk), v: s('x'.repeat(300 * 1024)) }));
  const { call } = await filled(items);
  const page = await call('Query', { ...query('a'), Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL' });
  t.same(page, {
    Count: 4,
    ScannedCount: 4,
    LastEvaluatedKey: key('a', 4),
    ConsumedCapacity: { TableName, CapacityUnits: 150.5 },
  });
});

t.test('a page of exactly Limit items names its last key even at the end', async (t) => {
  const { call } = await filled([{ ...key('a', 1) }, { ...key('a', 2) }]);
  t.same((await call('Query', { ...query('a'), Limit: 2 })).LastEvaluatedKey, key('a', 2));
  t.same((await call('Query', { ...query('a'), Limit: 3 })).LastEvaluatedKey, undefined);
});

t.test('filters come after the limit', async (t) => {
  const { call } = await filled(
    [1, 2, 3, 4].map((sk) => ({ ...key('a', sk), even: { BOOL: sk % 2 === 0 } })),
  );
  const page = await call('Query', {
    TableName,
    KeyConditionExpression: 'pk = :pk',
    FilterExpression: 'even = :true',
    ExpressionAttributeValues: { ':pk': s('a'), ':true': { BOOL: true } },
    Limit: 3,
  });
  t.same(page, {
    Count: 1,
    ScannedCount: 3,
    Items: [{ ...key('a', 2), even: { BOOL: true } }],
    LastEvaluatedKey: key('a', 3),
  });
});

const conditions: readonly [condition: string, values: Json, expected: readonly number[]][] = [
  ['sk = :a', { ':a': n(2) }, [2]],
  ['sk < :a', { ':a': n(2) }, [-1, 1]],
  ['sk <= :a', { ':a': n(2) }, [-1, 1, 2]],
  ['sk > :a', { ':a': n(2) }, [3, 10]],
  ['sk >= :a', { ':a': n(2) }, [2, 3, 10]],
  ['sk BETWEEN :a AND :b', { ':a': n(-5), ':b': n(2) }, [-1, 1, 2]],
];
for (const [condition, values, expected] of conditions) {
  t.test(`Query with ${condition}`, async (t) => {
    const fixture = await filled([-1, 1, 2, 3, 10].map((sk) => key('a', sk)));
    const found = await readAll(fixture, 'Query', {
      TableName,
      KeyConditionExpression: `pk = :pk AND ${condition}`,
      ExpressionAttributeValues: { ':pk': s('a'), ...values },
    });
    t.same(
      found,
      expected.map((sk) => key('a', sk)),
    );
  });
}

t.test('a page of an index ends with the items that are fetched for it', async (t) => {
  const text = 'x'.repeat(300 * 1024);
  const fixture = await filled(
    [1, 2, 3, 4, 5, 6].map((sk) => ({ ...key('a', sk), x: n(sk), payload: s(text) })),
  );
  for (const input of [query('a'), { TableName }]) {
    const operation = 'KeyConditionExpression' in input ? 'Query' : 'Scan';
    const fetching = { ...input, IndexName: 'by-x', ProjectionExpression: 'pk, sk, payload' };
    const page = await fixture.call(operation, fetching);
    t.equal(page.Count, 4, `${operation}: 1 MB is reached by the fourth item of 300 KB`);
    t.ok(page.LastEvaluatedKey);
    t.equal((await readAll(fixture, operation, fetching)).length, 6);
    t.equal(
      (await fixture.call(operation, { ...input, IndexName: 'by-x' })).Count,
      6,
      'entries alone are small',
    );
  }
});

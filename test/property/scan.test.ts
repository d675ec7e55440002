/** Scans and batches of random tables: everything that was written, each item once. */
import fc from 'fast-check';
import t from 'tap';
import type { Json } from '../api/fixture.js';
import { tries } from './arbitraries.js';
import { holds } from './conditions.js';
import { Writer } from './paths.js';
import {
  checkPages,
  fill,
  filterOf,
  itemsIn,
  limit,
  must,
  type Page,
  pagesOf,
  sameSet,
  scannedIn,
  withFilter,
} from './reads.js';
import { INDEX, identityOfKey, itemsOf, KEY_VALUES, keyOf, randomTable, TABLE } from './tables.js';
import { identityOfItem, type WireItem } from './values.js';

const scanned = randomTable.chain((table) =>
  fc.record({
    table: fc.constant(table),
    partitionCount: fc.integer({ min: 1, max: 5 }),
    indexed: table.sk === undefined ? fc.constant(false) : fc.boolean(),
    segments: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(1000, 1_000_000)),
    filter: filterOf(itemsOf(table)),
    limit,
  }),
);

t.test('Scan finds each item once, in any pages and segments', async (t) => {
  const property = fc.asyncProperty(
    scanned,
    async ({ table, partitionCount, indexed, segments, filter, limit }) => {
      const { call, tables } = await fill(table, partitionCount);
      const items = itemsOf(table).filter((item) => !indexed || item.x !== undefined);
      const matching = filter ? items.filter((item) => holds(filter, item)) : items;
      const input = { TableName: TABLE, ...(indexed && { IndexName: INDEX }) };
      const keyNames = indexed ? ['pk', 'sk', 'x'] : ['pk', 'sk'];
      const whole = itemsIn(await pagesOf(call, 'Scan', input));
      must(sameSet(whole, items), 'a scan finds every item');

      const writer = new Writer();
      const filtered: Json = {
        ...input,
        ...withFilter(filter, writer),
        ...writer.definitions(),
        ...(limit && { Limit: limit }),
      };
      checkPages(await pagesOf(call, 'Scan', filtered), whole, { filter, limit, keyNames });
      // Of very many segments most are empty: those that have the items are as good as all.
      const chosen =
        segments > 12 ? [0, segments - 1] : Array.from({ length: segments }, (_, segment) => segment);
      const found: Page[] = [];
      for (const Segment of chosen) {
        found.push(...(await pagesOf(call, 'Scan', { ...filtered, Segment, TotalSegments: segments })));
      }
      if (segments <= 12) {
        must(sameSet(itemsIn(found), matching), 'segments find every item once');
        must(scannedIn(found) === items.length, 'segments scan every item once');
      }
      await tables.close();
    },
  );
  await fc.assert(property, tries(25));
  t.pass();
});

const batched = randomTable.chain((table) =>
  fc.record({
    table: fc.constant(table),
    others: fc.array(
      fc.record({
        pk: KEY_VALUES[table.pk],
        ...(table.sk && { sk: KEY_VALUES[table.sk] }),
      }) as fc.Arbitrary<WireItem>,
      { maxLength: 5 },
    ),
    count: fc.nat(20),
  }),
);

t.test('BatchGetItem gets what GetItem gets, and both what was put', async (t) => {
  const property = fc.asyncProperty(batched, async ({ table, others, count }) => {
    const { call, tables } = await fill(table, 3);
    const items = itemsOf(table);
    const keys = new Map(
      [...items.slice(0, count), ...others].map((item) => [identityOfKey(item), keyOf(item)]),
    );
    if (keys.size === 0) return tables.close();
    const gotten: WireItem[] = [];
    for (const [identity, Key] of keys) {
      const { Item } = (await call('GetItem', { TableName: TABLE, Key })) as { Item?: WireItem };
      const put = items.find((item) => identityOfKey(item) === identity);
      must(
        put === undefined
          ? Item === undefined
          : Item !== undefined && identityOfItem(Item) === identityOfItem(put),
        identity,
      );
      if (Item !== undefined) gotten.push(Item);
    }
    const responses: WireItem[] = [];
    let requested: unknown = { [TABLE]: { Keys: [...keys.values()] } };
    while (Object.keys(requested as object).length > 0) {
      const reply: Json = await call('BatchGetItem', { RequestItems: requested });
      responses.push(...((reply.Responses as Json)[TABLE] as WireItem[]));
      requested = reply.UnprocessedKeys;
    }
    must(sameSet(responses, gotten), 'the batch is the sum of its parts');
    return tables.close();
  });
  await fc.assert(property, tries(15));
  t.pass();
});

/** Queries of random tables: the items of a key, in order, in any pages. */
import fc from 'fast-check';
import t from 'tap';
import type { Fixture, Json } from '../api/fixture.js';
import { tries } from './arbitraries.js';
import { Writer } from './paths.js';
import { checkPages, fill, filterOf, limit, pagesOf, withFilter } from './reads.js';
import { meets, type SortCondition, sortCondition, writeSortCondition } from './sort-conditions.js';
import { INDEX, itemsOf, KEY_VALUES, type RandomTable, randomTable, sortBy, TABLE } from './tables.js';
import { equal, order, type Wire, type WireItem } from './values.js';

/** Mostly one that is there. */
function partitionKey(table: RandomTable, items: readonly WireItem[]): fc.Arbitrary<Wire> {
  const there = items.flatMap(({ pk }) => pk ?? []);
  if (there.length === 0) return KEY_VALUES[table.pk];
  return fc.oneof(KEY_VALUES[table.pk], { weight: 7, arbitrary: fc.constantFrom(...there) });
}

const queried = randomTable
  .filter(({ sk }) => sk !== undefined)
  .chain((table) => {
    const items = itemsOf(table);
    const indexed = fc.boolean();
    return indexed.chain((indexed) => {
      const sortName = indexed ? 'x' : 'sk';
      const sortType = (indexed ? table.x : table.sk) ?? 'S';
      return fc.record({
        table: fc.constant(table),
        indexed: fc.constant(indexed),
        partitionCount: fc.integer({ min: 1, max: 4 }),
        pk: partitionKey(table, items),
        sort: fc.option(sortCondition(sortName, items, KEY_VALUES[sortType]), { nil: undefined }),
        from: KEY_VALUES[sortType],
        filter: filterOf(items),
        limit,
        forward: fc.boolean(),
      });
    });
  });

t.test('Query finds the items of a key, in order, in any pages', async (t) => {
  let found = 0;
  const property = fc.asyncProperty(
    queried,
    async ({ table, indexed, partitionCount, pk, sort, from, filter, limit, forward }) => {
      const { call, tables } = await fill(table, partitionCount);
      const sortName = indexed ? 'x' : 'sk';
      const ofKey = itemsOf(table).filter(
        (item) => item.pk !== undefined && equal(item.pk, pk) && item[sortName] !== undefined,
      );
      const sorted = sortBy(ofKey, [sortName, 'sk']);
      if (!forward) sorted.reverse();
      const request = (sort: SortCondition | undefined): Json => {
        const writer = new Writer();
        const partition = `${writer.path(['pk'])} = ${writer.value(pk)}`;
        const condition =
          sort === undefined ? partition : `${partition} AND ${writeSortCondition(sortName, sort, writer)}`;
        return {
          TableName: TABLE,
          ...(indexed && { IndexName: INDEX }),
          KeyConditionExpression: condition,
          ...withFilter(filter, writer),
          ...writer.definitions(),
          ScanIndexForward: forward,
          ...(limit !== undefined && { Limit: limit }),
        };
      };
      const whole =
        sort === undefined ? sorted : sorted.filter((item) => meets(sort, item[sortName] as Wire));
      const keyNames = ['pk', 'sk', sortName];
      checkPages(await pagesOf(call, 'Query', request(sort)), whole, { filter, limit, keyNames });
      found += whole.length;

      // From a key that need not be there.
      if (indexed) return tables.close();
      const rest = sorted.filter((item) => (order(item.sk as Wire, from) ?? 0) * (forward ? 1 : -1) > 0);
      const pages = await pagesOf(startingAt(call, { pk, sk: from }), 'Query', request(undefined));
      checkPages(pages, rest, { filter, limit, keyNames });
      return tables.close();
    },
  );
  await fc.assert(property, tries(40));
  t.ok(found > 100, `found ${found} items`);
});

/** The first page begins there. */
function startingAt(call: Fixture['call'], key: WireItem): Fixture['call'] {
  return (operation, input) => call(operation, { ExclusiveStartKey: key, ...input });
}

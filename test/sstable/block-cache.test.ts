import t from 'tap';
import { BlockCache, type Cacheable } from '../../src/sstable/block-cache.js';
import { manyEntries, newCache, tableOf } from './fixture.js';

interface Numbered extends Cacheable {
  readonly name: number;
}

function block(name: number, memoryBytes = 10): Numbered {
  return { name, memoryBytes };
}

/** The offsets among `offsets` that are cached. Counts as reads. */
function cached(shelf: { find(offset: number): unknown }, offsets: readonly number[]): number[] {
  return offsets.filter((offset) => shelf.find(offset) !== undefined);
}

t.test('stays within its budget and evicts what was not read', async (t) => {
  const cache = new BlockCache({ budgetBytes: 30 });
  const shelf = cache.openShelf<Numbered>(0);
  for (const offset of [1, 2, 3]) shelf.insert(offset, block(offset));
  shelf.find(1);
  shelf.insert(4, block(4));
  t.same(cached(shelf, [1, 2, 3, 4]), [1, 3, 4], '2 was the oldest that nobody had read');
  t.match(cache.statistics, { usedBytes: 30, blocks: 3, evictions: 1 });
});

t.test('a scan passes through without flushing out what is read often', async (t) => {
  const cache = new BlockCache({ budgetBytes: 100 });
  const shelf = cache.openShelf<Numbered>(0);
  const hot = [1, 2, 3, 4, 5];
  for (const offset of hot) shelf.insert(offset, block(offset));
  for (let offset = 100; offset < 200; offset += 1) {
    shelf.insert(offset, block(offset));
    cached(shelf, hot);
  }
  t.same(cached(shelf, hot), hot);
});

t.test('an evicted block leaves its slot empty', async (t) => {
  const cache = new BlockCache({ budgetBytes: 10 });
  const shelf = cache.openShelf<Numbered>(0);
  shelf.insert(1, block(1));
  const slot = shelf.find(1);
  t.equal(slot?.block?.name, 1);
  shelf.insert(2, block(2));
  t.equal(slot?.block, undefined);
});

t.test('a block larger than the budget is not kept', async (t) => {
  const cache = new BlockCache({ budgetBytes: 100 });
  const shelf = cache.openShelf<Numbered>(0);
  shelf.insert(1, block(1));
  shelf.insert(2, block(2, 101));
  t.same(cached(shelf, [1, 2]), [1]);
});

t.test('what tables keep in memory is charged to the budget', async (t) => {
  const cache = new BlockCache({ budgetBytes: 40 });
  const shelf = cache.openShelf<Numbered>(0);
  for (const offset of [1, 2, 3, 4]) shelf.insert(offset, block(offset));
  const other = cache.openShelf<Numbered>(25);
  t.match(cache.statistics, { usedBytes: 10, pinnedBytes: 25 });
  other.close();
  t.match(cache.statistics, { usedBytes: 10, pinnedBytes: 0 });
});

t.test('closing a shelf evicts its blocks and no others', async (t) => {
  const cache = new BlockCache({ budgetBytes: 1000 });
  const one = cache.openShelf<Numbered>(0);
  const two = cache.openShelf<Numbered>(0);
  for (const offset of [1, 2, 3]) {
    one.insert(offset, block(offset));
    two.insert(offset, block(-offset));
  }
  one.close();
  one.insert(4, block(4));
  t.same(cached(one, [1, 2, 3, 4]), []);
  t.same(cached(two, [1, 2, 3]), [1, 2, 3]);
  t.equal(cache.statistics.usedBytes, 30);
});

t.test('misses of one block share a read', async (t) => {
  const cache = new BlockCache({ budgetBytes: 1000 });
  const shelf = cache.openShelf<Numbered>(0);
  let reads = 0;
  const read = async () => {
    reads += 1;
    return block(reads);
  };
  const loaded = await Promise.all([shelf.load(1, read), shelf.load(1, read), shelf.load(2, read)]);
  t.same(
    loaded.map(({ name }) => name),
    [1, 1, 2],
  );
  t.equal(shelf.find(1)?.block?.name, 1);
});

t.test('a read that fails is not remembered', async (t) => {
  const shelf = new BlockCache({ budgetBytes: 1000 }).openShelf<Numbered>(0);
  await t.rejects(
    shelf.load(1, () => Promise.reject(new Error('unreadable'))),
    /unreadable/,
  );
  t.equal((await shelf.load(1, async () => block(1))).name, 1);
});

t.test('hits and misses of a table', async (t) => {
  const cache = newCache();
  const { table } = await tableOf(manyEntries(100), { cache });
  await table.get('key-00000050');
  t.match(cache.statistics, { hits: 0, misses: 1 });
  await table.get('key-00000050');
  t.match(cache.statistics, { hits: 1, misses: 1 });
});

t.test('random reads under every pressure stay within the budget', async (t) => {
  const cache = newCache(120_000);
  const { table } = await tableOf(manyEntries(3000, 30), { cache, blockBytes: 256 });
  for (let i = 0; i < 3000; i += 1) {
    const key = `key-${String((i * i * 31) % 3000).padStart(8, '0')}`;
    const found = await table.get(key);
    if (found === undefined) t.fail(key);
    const { usedBytes, pinnedBytes } = cache.statistics;
    if (usedBytes + pinnedBytes > 120_000) t.fail(`${usedBytes} + ${pinnedBytes} bytes`);
  }
  t.ok(cache.statistics.evictions > 100);
});

t.test('when it is full a block is worth keeping from its second miss on', async (t) => {
  const cache = new BlockCache({ budgetBytes: 100 });
  const shelf = cache.openShelf<Numbered>(0);
  const other = cache.openShelf<Numbered>(0);
  t.equal(shelf.worthKeeping({ offset: 1, length: 90 }), true, 'there is room');
  shelf.insert(1, block(1, 90));
  t.equal(shelf.worthKeeping({ offset: 2, length: 90 }), false);
  t.equal(other.worthKeeping({ offset: 2, length: 90 }), false, 'another table has another block there');
  t.equal(shelf.worthKeeping({ offset: 2, length: 90 }), true);
});

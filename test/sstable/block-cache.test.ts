import t from 'tap';
import { BlockCache, type BlockShelf, type Cacheable } from '../../src/sstable/block-cache.js';
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
  const cache = new BlockCache({ budgetBytes: 1000 });
  const shelf = cache.openBlockShelf();
  const other = cache.openBlockShelf();
  t.equal(shelf.worthKeeping({ offset: 1, length: 800 }), true, 'there is room');
  shelf.insert(1, Buffer.alloc(800));
  t.equal(shelf.worthKeeping({ offset: 2, length: 800 }), false);
  t.equal(other.worthKeeping({ offset: 2, length: 800 }), false, 'another table has another block there');
  t.equal(shelf.worthKeeping({ offset: 2, length: 800 }), true);
});

/** Of a block that says by all of its bytes which one it is. */
function filled(offset: number, length = 700): Buffer {
  return Buffer.alloc(length, offset % 251);
}

/** Whether what is cached at `offset` is what was put there. */
function holds(shelf: BlockShelf, offset: number, length = 700): boolean {
  const slot = shelf.find(offset);
  if (slot === undefined) return false;
  const { bytes, start } = slot;
  const found = bytes.subarray(start, start + slot.length);
  if (!found.equals(filled(offset, length))) throw new Error(`another block lies at ${offset}`);
  return true;
}

const roomy = 64 * 16 * 1024;

t.test('data blocks: those read often stay, the others make room for what comes', async (t) => {
  const cache = new BlockCache({ budgetBytes: roomy });
  const shelf = cache.openBlockShelf();
  const hot = Array.from({ length: 200 }, (_, index) => index);
  for (const offset of hot) shelf.insert(offset, filled(offset));
  for (let offset = 1000; offset < 9000; offset += 1) {
    shelf.insert(offset, filled(offset));
    if (offset % 100 === 0 && !hot.every((each) => holds(shelf, each))) t.fail(`lost before ${offset}`);
    if (cache.statistics.usedBytes > roomy) t.fail(`${cache.statistics.usedBytes} bytes`);
  }
  t.ok(holds(shelf, 8999));
  t.notOk(holds(shelf, 2000));
  t.ok(cache.statistics.evictions > 6000);
  t.ok(cache.statistics.blocks * (700 + 128) > roomy * 0.9, 'and its memory is made use of');
});

t.test('data blocks: when all are read, it still takes in what comes', async (t) => {
  const cache = new BlockCache({ budgetBytes: roomy });
  const shelf = cache.openBlockShelf();
  for (let offset = 0; offset < 5000; offset += 1) {
    shelf.insert(offset, filled(offset));
    for (let back = 0; back < 20; back += 1) holds(shelf, offset - back * 70);
    if (!holds(shelf, offset)) t.fail(`block ${offset}`);
  }
});

t.test('data blocks: of every length, each with its own bytes', async (t) => {
  const cache = new BlockCache({ budgetBytes: roomy });
  const shelf = cache.openBlockShelf();
  const lengthOf = (offset: number) => 1 + ((offset * offset * 7919) % (offset % 50 === 0 ? 100_000 : 3000));
  for (let offset = 0; offset < 5000; offset += 1) {
    shelf.insert(offset, filled(offset, lengthOf(offset)));
    if (!holds(shelf, offset, lengthOf(offset))) t.fail(`block ${offset}`);
    const before = (offset * 31) % (offset + 1);
    holds(shelf, before, lengthOf(before));
    if (cache.statistics.usedBytes > roomy) t.fail(`${cache.statistics.usedBytes} bytes`);
  }
  t.notOk(cache.hasRoom(roomy));
  shelf.insert(5000, filled(5000, roomy));
  t.notOk(holds(shelf, 5000, roomy), 'one that is larger than the cache is not kept');
});

t.test('data blocks: an evicted block leaves its place empty', async (t) => {
  const cache = new BlockCache({ budgetBytes: 1000 });
  const shelf = cache.openBlockShelf();
  shelf.insert(1, filled(1));
  const slot = shelf.find(1);
  t.equal(slot?.isHeld, true);
  shelf.insert(2, filled(2));
  t.equal(slot?.isHeld, false);
  t.throws(() => slot?.bytes, /not read/);
  t.ok(holds(shelf, 2));
});

t.test('data blocks: closing a shelf evicts its blocks and no others', async (t) => {
  const cache = new BlockCache({ budgetBytes: roomy });
  const [one, two] = [cache.openBlockShelf(), cache.openBlockShelf()];
  for (let offset = 0; offset < 100; offset += 1) {
    one.insert(offset, filled(offset));
    two.insert(offset, filled(offset + 100));
  }
  one.close();
  one.insert(7, filled(7));
  t.equal(one.find(7), undefined);
  t.equal(cache.statistics.blocks, 100);
  t.ok(two.find(99));
  two.close();
  t.match(cache.statistics, { blocks: 0, usedBytes: 0 });
});

t.test('data blocks: blocks of indexes take what they need, up to half', async (t) => {
  const cache = new BlockCache({ budgetBytes: roomy });
  const data = cache.openBlockShelf();
  const index = cache.openShelf<Numbered>(0);
  for (let offset = 0; offset < 2000; offset += 1) data.insert(offset, filled(offset));
  for (let offset = 0; offset < 1000; offset += 1) {
    index.insert(offset, block(offset, 1000));
    if (cache.statistics.usedBytes > roomy) t.fail(`${cache.statistics.usedBytes} bytes`);
  }
  const indexed = Array.from({ length: 1000 }, (_, index) => index).filter((offset) => index.find(offset));
  t.ok(Math.abs(indexed.length * 1000 - roomy / 2) < roomy / 20, `${indexed.length}`);
  t.ok(holds(data, 1999));
});

t.test('tables may keep more than the budget: then nothing else is kept', async (t) => {
  const cache = new BlockCache({ budgetBytes: roomy });
  const data = cache.openBlockShelf();
  for (let offset = 0; offset < 100; offset += 1) data.insert(offset, filled(offset));
  const table = cache.openShelf<Numbered>(roomy + 1);
  t.match(cache.statistics, { blocks: 0, usedBytes: 0 });
  data.insert(1, filled(1));
  table.insert(1, block(1));
  t.equal(cache.statistics.blocks, 0);
});

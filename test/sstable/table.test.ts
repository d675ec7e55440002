import fc from 'fast-check';
import t from 'tap';
import type { VersionedEntry, VersionedRange } from '../../src/memtable/types.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { createTableWriter } from '../../src/sstable/writer.js';
import {
  drain,
  entriesOf,
  fileNumber,
  manyEntries,
  newCache,
  newDisk,
  open,
  path,
  show,
  tableOf,
  writeTable,
} from './fixture.js';

t.test('cursors: bounds and directions', async (t) => {
  const cases: [name: string, range: VersionedRange, expected: string][] = [
    ['everything', {}, 'a=1 b=- c=3 d=4'],
    ['everything, reverse', { reverse: true }, 'd=4 c=3 b=- a=1'],
    ['from is inclusive', { from: 'b' }, 'b=- c=3 d=4'],
    ['to is exclusive', { to: 'c' }, 'a=1 b=-'],
    ['from is inclusive, reverse', { from: 'c', reverse: true }, 'd=4 c=3'],
    ['to is exclusive, reverse', { to: 'c', reverse: true }, 'b=- a=1'],
    ['between keys', { from: 'aa', to: 'cc' }, 'b=- c=3'],
    ['between keys, reverse', { from: 'aa', to: 'cc', reverse: true }, 'c=3 b=-'],
    ['empty', { from: 'c', to: 'c' }, ''],
    ['inverted', { from: 'd', to: 'a' }, ''],
    ['behind the end', { from: 'e' }, ''],
    ['before the start, reverse', { to: 'a', reverse: true }, ''],
  ];
  const { table } = await tableOf(entriesOf('a=1 b=- c=3 d=4'));
  for (const [name, range, expected] of cases) {
    t.equal(show(await drain(table.cursor(range))), expected, name);
    t.equal(
      show(await drain(table.cursor(range, { fillCache: false }))),
      expected,
      `${name}, past the cache`,
    );
  }
});

t.test('gets', async (t) => {
  const { table } = await tableOf(entriesOf('b=1 d=- f=3'));
  t.match(await table.get('b'), { sequence: 1, value: Buffer.from('1') });
  t.match(await table.get('d'), { sequence: 2, value: null });
  t.match(await table.get('f'), { sequence: 3, value: Buffer.from('3') });
  for (const key of ['a', 'c', 'e', 'g', 'bb', '']) t.equal(await table.get(key), undefined, key);
});

t.test('what is cached is answered at once', async (t) => {
  const { table } = await tableOf(manyEntries(3000), { cache: newCache() });
  const first = table.get('key-00001234');
  t.ok(first instanceof Promise, 'a cold block');
  await first;
  t.notOk(table.get('key-00001234') instanceof Promise, 'a cached block');
  t.notOk(table.get('zzz') instanceof Promise, 'beyond the key range');
  t.notOk(table.get('key-00001234x') instanceof Promise, 'denied by the filter');
  await drain(table.cursor({}));
  const cursor = table.cursor({});
  t.notOk(cursor.next() instanceof Promise, 'a cached scan');
});

t.test('properties', async (t) => {
  const disk = await newDisk();
  const written = await writeTable(disk, entriesOf('a=1 bb=- ccc=333'));
  t.match(written, {
    fileNumber,
    entries: 3,
    tombstones: 1,
    keyBytes: 6,
    valueBytes: 4,
    smallestKey: 'a',
    largestKey: 'ccc',
    smallestSequence: 1,
    largestSequence: 3,
  });
  t.equal(written.sizeBytes, (await disk.status(path))?.sizeBytes);
  t.same((await open(disk)).properties, written);
});

t.test('extreme keys, values and sequences', async (t) => {
  const entries: VersionedEntry[] = [
    { key: '\0', sequence: 1, value: Buffer.alloc(0) },
    { key: '\0\0', sequence: Number.MAX_SAFE_INTEGER, value: Buffer.from([0]) },
    { key: 'k'.repeat(65_535), sequence: 2 ** 31, value: Buffer.alloc(1_200_000, 'v') },
    { key: '\xff', sequence: 2 ** 32 + 1, value: null },
    { key: '\xff\xff', sequence: 128, value: Buffer.alloc(600_000, 'w') },
  ];
  for (const compression of ['none', 'deflate'] as const) {
    const { table } = await tableOf(entries, { compression, cache: newCache(1000) });
    const scanned = await drain(table.cursor({}));
    t.ok(
      scanned.every((entry, i) => entry.key === entries[i]?.key && entry.sequence === entries[i]?.sequence),
      compression,
    );
    for (const { key, value } of entries) {
      const found = await table.get(key);
      t.ok(
        found !== undefined &&
          (value === null ? found.value === null : Buffer.compare(value, found.value ?? Buffer.of()) === 0),
      );
    }
    t.equal((await drain(table.cursor({ reverse: true }))).length, entries.length);
    await table.verify();
  }
});

t.test('every size of index, with and without filter and compression', async (t) => {
  const entries = manyEntries(20_000, 8);
  const cases = [
    { blockBytes: 4096 },
    { blockBytes: 64, filterBitsPerKey: 0 },
    { blockBytes: 64, compression: 'deflate' as const },
  ];
  for (const options of cases) {
    const { table } = await tableOf(entries, { ...options, cache: newCache(64 * 1024) });
    const name = JSON.stringify(options);
    t.equal(show(await drain(table.cursor({}))), show(entries), name);
    t.equal(show(await drain(table.cursor({ reverse: true }))), show([...entries].reverse()), name);
    const from = 'key-00011111';
    t.equal((await table.cursor({ from }).next())?.key, from);
    t.equal((await table.cursor({ to: from, reverse: true }).next())?.key, 'key-00011110');
    t.equal((await table.get(from))?.sequence, entries[11_111]?.sequence);
    await table.verify();
  }
});

t.test('the writer refuses what would break the order', async (t) => {
  const disk = await newDisk();
  const writer = await createTableWriter({ disk, path, fileNumber });
  await writer.add('b', 1, null);
  t.throws(() => writer.add('b', 2, null), /ascending/);
  t.throws(() => writer.add('a', 2, null), /ascending/);
  t.throws(() => writer.add('c', 0, null), /positive/);
  t.throws(() => writer.add('\u0100', 2, null), /binary string/);
  await writer.abandon();
  t.equal(await disk.status(path), undefined, 'an abandoned table leaves nothing');
});

t.test('an empty table cannot be finished', async (t) => {
  const disk = await newDisk();
  const writer = await createTableWriter({ disk, path, fileNumber });
  await t.rejects(writer.finish(), /never empty/);
  await writer.abandon();
  t.equal(await disk.status(path), undefined);
});

t.test('an existing file is not overwritten', async (t) => {
  const disk = await newDisk();
  await writeTable(disk, entriesOf('a=1'));
  await t.rejects(createTableWriter({ disk, path, fileNumber }), { code: 'EEXIST' });
});

t.test('long walks over a file of many read-ahead pieces', async (t) => {
  const entries = manyEntries(4000, 900);
  for (const budget of [0, 400_000, 10_000_000]) {
    const cache = newCache(budget);
    const { table } = await tableOf(entries, { cache });
    const hot = 'key-00000777';
    await table.get(hot);
    for (const reverse of [false, true]) {
      for (const fillCache of [false, true]) {
        const expected = reverse ? [...entries].reverse() : entries;
        const seen = await drain(table.cursor({ reverse }, { fillCache }));
        t.ok(
          seen.length === expected.length && seen.every(({ key }, i) => key === expected[i]?.key),
          `budget ${budget}, reverse ${reverse}, fillCache ${fillCache}`,
        );
      }
    }
    t.ok(cache.statistics.evictions < 300, `${cache.statistics.evictions} evictions`);
  }
});

t.test('a closed table', async (t) => {
  const cache = newCache();
  const { table } = await tableOf(manyEntries(1000), { cache });
  const cursor = table.cursor({});
  await cursor.next();
  t.ok(cache.statistics.usedBytes > 0);
  await table.close();
  await table.close();
  t.match(cache.statistics, { usedBytes: 0, pinnedBytes: 0, blocks: 0 });
  t.throws(() => table.get('key-00000001'), { code: 'TABLE_CLOSED' });
  t.throws(() => table.cursor({}), { code: 'TABLE_CLOSED' });
  await t.rejects(table.verify(), { code: 'TABLE_CLOSED' });
});

t.test('many tables through few descriptors', async (t) => {
  const disk = await newDisk();
  const files = new OpenFiles({ limit: 3 });
  const cache = newCache(0);
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
  const tables = await Promise.all(
    numbers.map(async (fileNumber) => {
      const file = { path: `/data/${fileNumber}`, fileNumber };
      await writeTable(disk, entriesOf(`k=${fileNumber}`), {}, file);
      return open(disk, { ...file, cache, files });
    }),
  );
  for (let round = 0; round < 3; round += 1) {
    const values = await Promise.all(tables.map((table) => table.get('k')));
    t.same(
      values.map((version) => Number(String(version?.value))),
      numbers,
    );
    t.ok(files.statistics.open <= 3);
  }
  t.ok(files.statistics.opened > 8);
  await Promise.all(tables.map((table) => table.close()));
  t.equal(files.statistics.open, 0);
});

t.test('against a model', async () => {
  const key = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', 'c', '\xff'), minLength: 1, maxLength: 8 });
  const bound = fc.option(key, { nil: undefined });
  const value = fc.option(fc.uint8Array({ maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(key, fc.record({ value, sequence: fc.integer({ min: 1, max: 2 ** 40 }) }), {
        minKeys: 1,
        maxKeys: 150,
      }),
      fc.array(fc.record({ from: bound, to: bound, reverse: fc.boolean(), fillCache: fc.boolean() }), {
        maxLength: 8,
      }),
      fc.record({
        blockBytes: fc.integer({ min: 64, max: 2048 }),
        filterBitsPerKey: fc.constantFrom(0, 5, 10),
        compression: fc.constantFrom('none' as const, 'deflate' as const),
      }),
      fc.constantFrom(0, 3000, 100_000),
      async (model, ranges, options, budget) => {
        const sorted = Object.entries(model)
          .map(([key, version]) => ({ key, ...version }))
          .sort((left, right) => (left.key < right.key ? -1 : 1));
        const { table } = await tableOf(sorted, { ...options, cache: newCache(budget) });
        for (const { from, to, reverse, fillCache } of ranges) {
          const within = ({ key }: { key: string }) =>
            (from === undefined || key >= from) && (to === undefined || key < to);
          const expected = sorted.filter(within);
          if (reverse) expected.reverse();
          const seen = await drain(table.cursor({ from, to, reverse }, { fillCache }));
          assertSame(seen, expected);
          for (const bound of [from, to]) {
            if (bound === undefined) continue;
            const found = await table.get(bound);
            assertSame(
              found === undefined ? [] : [{ key: bound, ...found }],
              bound in model ? [{ key: bound, ...model[bound]! }] : [],
            );
          }
        }
        await table.verify();
      },
    ),
    { numRuns: 150, seed: 20_240_602 },
  );
});

function assertSame(seen: readonly VersionedEntry[], expected: readonly VersionedEntry[]): void {
  const line = ({ key, sequence, value }: VersionedEntry) =>
    `${key} ${sequence} ${value === null ? '-' : Buffer.from(value).toString('hex')}`;
  const left = seen.map(line).join('\n');
  const right = expected.map(line).join('\n');
  if (left !== right) throw new Error(`seen:\n${left}\nexpected:\n${right}`);
}

/** Walks that use their memory again: each value is right until the next entry is asked for, and pieces do not pile up. */
import t from 'tap';

import type { VersionedEntry } from '../../src/memtable/types.js';
import { readAheadBytesMax } from '../../src/sstable/limits.js';
import { mergeCursors } from '../../src/sstable/merging-cursor.js';
import type { TableCursor } from '../../src/sstable/types.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { tableOf } from './fixture.js';

const random = new SeededRandom(3);

/** Values of many lengths, some longer than what is read at once. */
function entriesFrom(first: number, step: number, count: number): VersionedEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const isLong = index % 97 === 96;
    const length = isLong ? readAheadBytesMax + (random.uint32() % 100_000) : random.uint32() % 9000;
    const key = `key-${String(first + index * step).padStart(8, '0')}`;
    return { key, sequence: 1 + index, value: Buffer.from(random.bytes(length)) };
  });
}

async function check(cursor: TableCursor, expected: readonly VersionedEntry[]): Promise<Set<unknown>> {
  const memory = new Set<unknown>();
  let wrong = 0;
  let count = 0;
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const { key, value } = expected[count] ?? { key: '', value: null };
    if (
      entry.key !== key ||
      entry.value === null ||
      value === null ||
      !Buffer.from(entry.value).equals(value)
    )
      wrong += 1;
    if (entry.value !== null && entry.value.length < readAheadBytesMax) memory.add(entry.value.buffer);
    count += 1;
  }
  t.equal(wrong, 0);
  t.equal(count, expected.length);
  return memory;
}

for (const compression of ['none', 'deflate'] as const) {
  t.test(`one table, compression ${compression}`, async (t) => {
    const entries = entriesFrom(0, 1, 1500);
    const { table } = await tableOf(entries, { compression });
    const memory = await check(table.cursor({}, { fillCache: false, reuseMemory: true }), entries);
    if (compression === 'none') t.ok(memory.size < 40, `${memory.size} pieces of memory`);
    const kept = await check(table.cursor({}, { fillCache: false }), entries);
    t.ok(kept.size > 30, `and ${kept.size} where they are not used again`);
  });
}

t.test('tables that are merged entry by entry', async (t) => {
  const sources = await Promise.all([0, 1, 2].map(async (first) => entriesFrom(first, 3, 500)));
  const tables = await Promise.all(sources.map((entries) => tableOf(entries)));
  const cursors = tables.map(({ table }) => table.cursor({}, { fillCache: false, reuseMemory: true }));
  const expected = sources.flat().sort((left, right) => (left.key < right.key ? -1 : 1));
  await check(mergeCursors(cursors), expected);
  t.equal(expected.length, 1500);
});

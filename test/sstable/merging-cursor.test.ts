import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { VersionedEntry } from '../../src/memtable/types.js';
import { mergeCursors, type SortedSource } from '../../src/sstable/merging-cursor.js';
import { drain, entriesOf, show } from './fixture.js';

/** `slow`: every how many entries the source answers with a promise; 0 never. */
function sourceOf(entries: readonly VersionedEntry[], slow = 0): SortedSource {
  let at = 0;
  return {
    next() {
      const entry = entries[at];
      at += 1;
      return slow > 0 && at % slow === 0 ? Promise.resolve(entry) : entry;
    },
  };
}

/** Older sources have lower sequences. */
function sources(texts: readonly string[], slow = 0): SortedSource[] {
  return texts.map((text, i) => {
    const entries = text === '' ? [] : entriesOf(text);
    return sourceOf(
      entries.map((entry) => ({ ...entry, sequence: entry.sequence + (texts.length - i) * 100 })),
      slow,
    );
  });
}

t.test('the newest version of each key', async (t) => {
  const cases: [name: string, texts: string[], expected: string][] = [
    ['no source', [], ''],
    ['one source', ['a=1 b=2'], 'a=1 b=2'],
    ['empty sources', ['', 'a=1', ''], 'a=1'],
    ['disjoint', ['a=1 b=2', 'c=3 d=4'], 'a=1 b=2 c=3 d=4'],
    ['disjoint, newest last in order', ['c=3 d=4', 'a=1 b=2'], 'a=1 b=2 c=3 d=4'],
    ['interleaved', ['a=1 c=3', 'b=2 d=4'], 'a=1 b=2 c=3 d=4'],
    ['overwritten', ['b=new', 'a=1 b=old c=3'], 'a=1 b=new c=3'],
    ['deleted', ['b=-', 'a=1 b=old c=3'], 'a=1 b=- c=3'],
    ['in every source', ['a=1 b=1', 'a=2 b=2', 'a=3 b=3'], 'a=1 b=1'],
    ['written again after a delete', ['b=3', 'b=-', 'b=1'], 'b=3'],
  ];
  for (const [name, texts, expected] of cases) {
    for (const slow of [0, 1, 2]) {
      t.equal(show(await drain(mergeCursors(sources(texts, slow)))), expected, `${name}, slow ${slow}`);
    }
  }
});

t.test('tombstones are dropped on request', async (t) => {
  const options = { dropTombstones: true };
  t.equal(show(await drain(mergeCursors(sources(['b=-', 'a=1 b=old c=3']), options))), 'a=1 c=3');
  t.equal(show(await drain(mergeCursors(sources(['a=- b=2 c=-']), options))), 'b=2');
});

t.test('the highest sequence wins, wherever it comes from', async (t) => {
  const older = [{ key: 'a', sequence: 1, value: Buffer.from('old') }];
  const newer = [{ key: 'a', sequence: 2, value: Buffer.from('new') }];
  t.equal(show(await drain(mergeCursors([sourceOf(older), sourceOf(newer)]))), 'a=new');
  t.equal(show(await drain(mergeCursors([sourceOf(newer), sourceOf(older)]))), 'a=new');
});

t.test('answers at once while its sources do', async (t) => {
  const cursor = mergeCursors(sources(['a=1', 'b=2']));
  t.match(cursor.next(), { key: 'a' });
  t.match(cursor.next(), { key: 'b' });
  t.equal(cursor.next(), undefined);
  t.equal(cursor.next(), undefined, 'and stays at the end');
});

t.test('a source that fails', async (t) => {
  let failures = 1;
  const entries = sourceOf(entriesOf('b=2 d=4'));
  const failing: SortedSource = {
    next: () => (failures-- > 0 ? Promise.reject(new Error('unreadable')) : entries.next()),
  };
  const cursor = mergeCursors([failing, ...sources(['a=1 c=3'])]);
  await t.rejects(Promise.resolve(cursor.next()), /unreadable/);
  t.equal(show(await drain(cursor)), 'a=1 b=2 c=3 d=4', 'can be asked again');
});

t.test('sources that fail at the same time, one at once and one later, are all asked again', async (t) => {
  const failingFirst = (entry: VersionedEntry, how: 'at once' | 'later'): SortedSource => {
    let calls = 0;
    return {
      next() {
        calls += 1;
        const error = new Error(how);
        if (calls === 1 && how === 'at once') throw error;
        if (calls === 1) return Promise.reject(error);
        return calls === 2 ? entry : undefined;
      },
    };
  };
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  const [a, b] = entriesOf('a=1 b=2') as [VersionedEntry, VersionedEntry];
  const merged = mergeCursors([failingFirst(a, 'at once'), failingFirst(b, 'later')]);
  await t.rejects(async () => merged.next());
  await new Promise((resolve) => setImmediate(resolve));
  t.same(unhandled, [], 'nobody is left with a failure that nobody asked for');
  t.equal(show(await drain(merged)), 'a=1 b=2');
});

t.test('against a model', async () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
  const source = fc.record({
    entries: fc.dictionary(key, fc.boolean(), { maxKeys: 25 }),
    slow: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(source, { maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      async (given, reverse, dropTombstones) => {
        const newest = new Map<string, VersionedEntry>();
        const cursors = given.map(({ entries, slow }, i) => {
          const sorted = Object.entries(entries)
            .map(([key, live], j) => ({
              key,
              sequence: (given.length - i) * 1000 + j,
              value: live ? Buffer.from([i]) : null,
            }))
            .sort((left, right) => (left.key < right.key ? -1 : 1));
          for (const entry of sorted) if (!newest.has(entry.key)) newest.set(entry.key, entry);
          return sourceOf(reverse ? sorted.reverse() : sorted, slow);
        });
        const expected = [...newest.values()]
          .filter(({ value }) => value !== null || !dropTombstones)
          .sort((left, right) => (left.key < right.key ? -1 : 1));
        if (reverse) expected.reverse();
        assert.deepEqual(await drain(mergeCursors(cursors, { reverse, dropTombstones })), expected);
      },
    ),
    { numRuns: 300, seed: 20_240_603 },
  );
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { chunkNodesMax, entryOverheadBytes, versionOverheadBytes } from '../../src/memtable/limits.js';
import { createMemtable } from '../../src/memtable/memtable.js';
import type { Memtable, VersionedCursor, VersionedEntry, VersionedRange } from '../../src/memtable/types.js';

const none = Number.POSITIVE_INFINITY;

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

function drain(cursor: VersionedCursor): VersionedEntry[] {
  const entries: VersionedEntry[] = [];
  for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) entries.push(entry);
  return entries;
}

/** `key=value` (or `key=-` for a tombstone) in the order of the cursor. */
function show(cursor: VersionedCursor): string {
  return drain(cursor)
    .map(
      ({ key, value }) =>
        `${key}=${value === null ? '-' : Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')}`,
    )
    .join(' ');
}

function filled(text: string): Memtable {
  const memtable = createMemtable();
  let sequence = 0;
  for (const pair of text.split(' ')) {
    const [key = '', value = ''] = pair.split('=');
    sequence += 1;
    memtable.put(key, sequence, value === '-' ? null : bytes(value), 0);
  }
  return memtable;
}

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
  const memtable = filled('c=3 a=1 d=4 b=-');
  for (const [name, range, expected] of cases) t.equal(show(memtable.cursor(range)), expected, name);
});

t.test('an empty memtable', async (t) => {
  const memtable = createMemtable();
  t.equal(memtable.get('a'), undefined);
  t.equal(show(memtable.cursor({})), '');
  t.equal(show(memtable.cursor({ reverse: true })), '');
  t.match(memtable, { bytes: 0, count: 0, firstSequence: 0, lastSequence: 0 });
});

t.test('reads at a sequence', async (t) => {
  const memtable = filled('a=1 a=2 b=3 a=-');
  t.equal(memtable.get('a')?.value, null);
  t.equal(memtable.get('a', 3)?.sequence, 2);
  t.equal(memtable.get('a', 1)?.sequence, 1);
  t.equal(memtable.get('b', 2), undefined);
  t.equal(show(memtable.cursor({}, 2)), 'a=2');
  t.equal(show(memtable.cursor({}, 3)), 'a=2 b=3');
  t.equal(show(memtable.cursor({ reverse: true })), 'b=3 a=-');
});

t.test('versions live as long as a snapshot needs them', async (t) => {
  const memtable = createMemtable();
  memtable.put('a', 1, bytes('1'), none);
  memtable.put('a', 2, bytes('2'), 1);
  memtable.put('a', 3, bytes('3'), 1);
  t.equal(memtable.get('a', 1)?.sequence, 1, 'the snapshot at 1');
  memtable.put('a', 4, bytes('4'), 2);
  t.equal(memtable.get('a', 2)?.sequence, 2, 'the snapshot at 2');
  t.equal(memtable.get('a', 1), undefined, 'nobody reads at 1 any more');
  memtable.put('a', 5, bytes('5'), none);
  t.equal(memtable.get('a', 4), undefined);
  t.equal(memtable.bytes, 1 + 1 + entryOverheadBytes);
});

t.test('bytes are accounted', async (t) => {
  const memtable = createMemtable();
  memtable.put('key', 1, bytes('12345'), 0);
  t.equal(memtable.bytes, 3 + 5 + entryOverheadBytes);
  memtable.put('key', 2, null, 1);
  t.equal(memtable.bytes, 3 + 5 + entryOverheadBytes + versionOverheadBytes, 'the old version is kept');
  memtable.put('key', 3, bytes('1'), none);
  t.equal(memtable.bytes, 3 + 1 + entryOverheadBytes);
  t.match(memtable, { count: 1, firstSequence: 1, lastSequence: 3 });
});

t.test('one record that puts a key twice', async (t) => {
  const memtable = createMemtable();
  memtable.put('a', 7, bytes('1'), 0);
  memtable.put('a', 7, bytes('22'), 0);
  t.equal(memtable.get('a', 7)?.value?.length, 2);
  t.equal(memtable.get('a', 6), undefined);
  t.equal(memtable.bytes, 1 + 2 + entryOverheadBytes);
});

t.test('a sequence that goes back is refused', async (t) => {
  const memtable = filled('a=1 b=2');
  t.throws(() => memtable.put('c', 1, null, 0), /sequences never go back/);
});

t.test('cursors stay valid while puts and other cursors go on', async (t) => {
  const memtable = filled('b=1 d=2 f=3');
  const forward = memtable.cursor({});
  const reverse = memtable.cursor({ reverse: true });
  t.equal(forward.next()?.key, 'b');
  t.equal(reverse.next()?.key, 'f');
  memtable.put('a', 4, bytes('x'), 3);
  memtable.put('c', 5, bytes('x'), 3);
  memtable.put('d', 6, null, 3);
  memtable.put('e', 7, bytes('x'), 3);
  t.equal(show(memtable.cursor({})), 'a=x b=1 c=x d=- e=x f=3', 'absorbs the tail and moves places');
  t.equal(show(forward), 'd=2 f=3');
  t.equal(show(reverse), 'd=2 b=1');
});

t.test('many keys: chunks split and merge', async (t) => {
  const memtable = createMemtable();
  const keys = Array.from({ length: chunkNodesMax * 8 }, (_, i) =>
    ((i * 7919) % 10007).toString().padStart(6, '0'),
  );
  keys.forEach((key, i) => {
    memtable.put(key, i + 1, bytes(key), none);
    if (i % 3 === 0 || i < 5) memtable.cursor({});
  });
  const sorted = [...keys].sort();
  t.same(
    drain(memtable.cursor({})).map(({ key }) => key),
    sorted,
  );
  t.same(
    drain(memtable.cursor({ reverse: true })).map(({ key }) => key),
    sorted.reverse(),
  );
});

t.test('against a model: random puts, snapshots and cursors', async () => {
  const key = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', '\xff'), minLength: 1, maxLength: 4 });
  const bound = fc.option(key, { nil: undefined });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ put: key, value: fc.option(fc.string({ maxLength: 3 })) }) },
    { weight: 1, arbitrary: fc.record({ from: bound, to: bound, reverse: fc.boolean(), pull: fc.nat(4) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const memtable = createMemtable();
      const history: { key: string; sequence: number; value: string | null }[] = [];
      const open: { cursor: VersionedCursor; expected: string[]; seen: string[] }[] = [];
      for (const s of steps) {
        const sequence = history.length + 1;
        if ('put' in s) {
          // Every sequence may be read by an open cursor.
          memtable.put(s.put, sequence, s.value === null ? null : bytes(s.value), 0);
          history.push({ key: s.put, sequence, value: s.value });
          continue;
        }
        const latest = new Map(history.map((record) => [record.key, record.sequence]));
        let expected = [...latest].filter(
          ([k]) => (s.from === undefined || k >= s.from) && (s.to === undefined || k < s.to),
        );
        expected = expected.sort(([left], [right]) => (left < right ? -1 : 1));
        if (s.reverse) expected.reverse();
        const walk = { cursor: memtable.cursor(s), expected: expected.map(String), seen: [] as string[] };
        open.push(walk);
        for (const { cursor, seen } of open) {
          for (let i = 0; i < s.pull; i += 1) {
            const entry = cursor.next();
            if (entry !== undefined) seen.push(String([entry.key, entry.sequence]));
          }
        }
      }
      for (const { cursor, expected, seen } of open) {
        for (const entry of drain(cursor)) seen.push(String([entry.key, entry.sequence]));
        assert.deepEqual(seen, expected);
      }
    }),
    { numRuns: 300, seed: 20_240_601 },
  );
});

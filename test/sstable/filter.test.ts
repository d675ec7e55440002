import t from 'tap';
import { Filter, FilterBuilder, hashKey } from '../../src/sstable/filter.js';

const origin = { path: '/data/1.sst', offset: 0 };

function filterOf(keys: readonly string[], bitsPerKey: number): Filter {
  const builder = new FilterBuilder();
  for (const key of keys) builder.add(key);
  return new Filter(builder.finish(bitsPerKey), origin);
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
}

t.test('no key is denied, few others are admitted', async (t) => {
  const cases: [bitsPerKey: number, keys: number, falsePositivesMax: number][] = [
    [5, 20_000, 0.12],
    [10, 20_000, 0.016],
    [10, 1, 0.01],
    [16, 20_000, 0.003],
    [32, 5_000, 0.0005],
  ];
  for (const [bitsPerKey, count, most] of cases) {
    const keys = names('in:', count);
    const filter = filterOf(keys, bitsPerKey);
    t.ok(
      keys.every((key) => filter.mayContain(key)),
      `${bitsPerKey} bits`,
    );
    const admitted = names('out:', 20_000).filter((key) => filter.mayContain(key)).length / 20_000;
    t.ok(admitted <= most, `${bitsPerKey} bits: ${admitted} of the others`);
  }
});

t.test('the hash is part of the format', async (t) => {
  const cases: [key: string, low: number, high: number][] = [
    ['', 1617229585, 640395474],
    ['a', 4182377969, 2435047030],
    ['abcd', 3834085928, 3488611782],
    ['abcdefg', 2051940023, 1831922452],
    ['\x00\xff\x80', 1850015502, 3680609370],
    ['a key of some more characters', 3241820594, 1987468227],
  ];
  for (const [key, low, high] of cases) t.same({ ...hashKey(key) }, { low, high }, JSON.stringify(key));
});

t.test('keys that differ little have different hashes', async (t) => {
  const keys = [
    '',
    '\0',
    '\0\0',
    '\0\0\0\0',
    '\0\0\0\0\0',
    'a',
    'a\0',
    'ab',
    'ba',
    'abcd',
    'abce',
    'abcd\0',
    'abcd\xff',
  ];
  t.equal(new Set(keys.map((key) => hashKey(key).low)).size, keys.length);
  t.equal(new Set(keys.map((key) => hashKey(key).high)).size, keys.length);
});

t.test('what is not a filter is refused', async (t) => {
  const good = new FilterBuilder();
  good.add('a');
  const bytes = good.finish(10);
  const cases: [name: string, bytes: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['a header alone', bytes.subarray(0, 4)],
    ['half a block', bytes.subarray(0, 36)],
    ['another kind', Buffer.concat([Buffer.from([2]), bytes.subarray(1)])],
    ['no probes', Buffer.concat([Buffer.from([1, 0]), bytes.subarray(2)])],
    ['padding that is not zero', Buffer.concat([bytes.subarray(0, 2), Buffer.from([1]), bytes.subarray(3)])],
  ];
  for (const [name, damaged] of cases)
    t.throws(() => new Filter(damaged, origin), { code: 'TABLE_CORRUPT' }, name);
});

/** A search of a block's bytes answers what the decoded block answers. */
import fc from 'fast-check';
import t from 'tap';
import { Block, BlockBuilder } from '../../src/sstable/block.js';
import { searchBlock } from '../../src/sstable/block-search.js';

const origin = { path: '/data/000007.sst', offset: 0 };

/** Few letters, so that keys share prefixes of all lengths. */
const key = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', '\xff'), minLength: 1, maxLength: 6 });
const entry = fc.record({
  key,
  sequence: fc.integer({ min: 1, max: 300 }),
  value: fc.option(fc.uint8Array({ maxLength: 5 })),
});
const entries = fc.uniqueArray(entry, { selector: (made) => made.key, minLength: 1, maxLength: 80 });

t.test('for every key, there or not', async () => {
  fc.assert(
    fc.property(entries, fc.array(key), (made, others) => {
      const builder = new BlockBuilder();
      for (const { key, sequence, value } of made.sort((left, right) => (left.key < right.key ? -1 : 1))) {
        builder.add(key, sequence, value);
      }
      const bytes = Buffer.from(builder.finish());
      const block = new Block(bytes, origin);
      for (const sought of [...others, ...made.map((one) => one.key)]) {
        const expected = block.find(sought);
        const found = searchBlock(bytes, sought, origin);
        if (expected === undefined || found === undefined) {
          if (expected !== found) return false;
        } else if (expected.sequence !== found.sequence || !sameValue(expected.value, found.value)) {
          return false;
        }
      }
      return true;
    }),
    { numRuns: 300 },
  );
});

function sameValue(left: Uint8Array | null, right: Uint8Array | null): boolean {
  return left === null || right === null ? left === right : Buffer.compare(left, right) === 0;
}

t.test('what is no block is damage, with its place', async (t) => {
  const builder = new BlockBuilder();
  builder.add('key', 1, Buffer.from('value'));
  const good = Buffer.from(builder.finish());
  const cases: Record<string, Buffer> = {
    empty: Buffer.alloc(0),
    'no entries': Buffer.alloc(8),
    'an entry longer than the block': Buffer.concat([Buffer.from([0, 3, 200, 1]), good.subarray(4)]),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    t.throws(() => searchBlock(bytes, 'key', origin), { code: 'TABLE_CORRUPT' }, name);
  }
});

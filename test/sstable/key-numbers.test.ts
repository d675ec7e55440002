/** Search by numbers finds what search by strings finds. */
import fc from 'fast-check';
import t from 'tap';
import { KeyNumbers, type SortedKeys } from '../../src/sstable/key-numbers.js';

function sortedKeys(keys: readonly string[]): SortedKeys {
  return {
    count: keys.length,
    keyAt: (entry) => keys[entry] as string,
    floor: (key) => keys.findLastIndex((candidate) => candidate <= key),
  };
}

/** Few characters, the extreme ones among them, so that keys share much and differ late. */
const key = fc
  .array(fc.constantFrom(0, 1, 0x61, 0xff), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));

t.test('every key is found where its string says', async () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { minLength: 1, maxLength: 40 }),
      key,
      key,
      (unsorted, shared, sought) => {
        // As in an index: the first key may be empty, the others have something in common.
        const others = unsorted.map((each) => shared + each).sort((left, right) => (left < right ? -1 : 1));
        for (const keys of [others, ['', ...others.filter((each) => each !== '')]]) {
          const strings = sortedKeys(keys);
          const numbers = new KeyNumbers(strings);
          for (const each of [sought, shared + sought, ...keys]) {
            if (numbers.floor(each) !== strings.floor(each)) return false;
          }
        }
        return true;
      },
    ),
    { numRuns: 500, seed: 20_240_606 },
  );
});

import t from 'tap';
import { crc32 } from '../../src/encoding/checksum.js';
import { findFlippedBit } from '../../src/encoding/flipped-bit.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';

t.test('one flipped bit is found wherever it is', async (t) => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 200; round += 1) {
    const bytes = Buffer.from(random.bytes(1 + randomBelow(random, 3000)));
    const expected = crc32(bytes);
    const byte = randomBelow(random, bytes.length);
    const bit = randomBelow(random, 8);
    bytes[byte] = (bytes[byte] as number) ^ (1 << bit);
    t.same(findFlippedBit(bytes.length, crc32(bytes), expected), { byte, bit }, `of ${bytes.length} bytes`);
  }
});

t.test('other differences are not taken for one', async (t) => {
  const bytes = Buffer.from('what was written');
  const expected = crc32(bytes);
  t.equal(findFlippedBit(bytes.length, expected, expected), undefined, 'no difference');
  t.equal(findFlippedBit(bytes.length, crc32(Buffer.alloc(bytes.length)), expected), undefined, 'zeros');
  t.equal(findFlippedBit(0, 0, 1), undefined, 'nothing');
});

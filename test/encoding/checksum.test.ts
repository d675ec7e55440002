import t from 'tap';
import { crc32, crc32Portable } from '../../src/encoding/checksum.js';

t.test('the check value of the CRC catalogue', (t) => {
  const digits = Buffer.from('123456789');
  t.equal(crc32(digits), 0xcbf43926);
  t.equal(crc32Portable(digits), 0xcbf43926);
  t.end();
});

t.test('a seed continues where the bytes before ended', (t) => {
  const bytes = Buffer.alloc(5000, 'varve');
  for (const at of [0, 1, 7, 4096, 5000]) {
    const whole = crc32(bytes);
    t.equal(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at))), whole);
    t.equal(crc32Portable(bytes.subarray(at), crc32Portable(bytes.subarray(0, at))), whole);
  }
  t.end();
});

t.test('the empty input', (t) => {
  t.equal(crc32(new Uint8Array(0)), 0);
  t.equal(crc32Portable(new Uint8Array(0)), 0);
  t.end();
});

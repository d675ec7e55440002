import fc from 'fast-check';
import t from 'tap';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import { FormatError } from '../../src/encoding/errors.js';
import {
  binaryString,
  decodeKeyValue,
  encodeKeyPrefix,
  encodeKeyValue,
  type KeyType,
  type KeyValue,
  prefixEnd,
} from '../../src/encoding/key.js';
import { valuesEqual } from '../../src/expression/index.js';
import { binary, decimal, scaled, text } from './arbitraries.js';

const zeroRich = fc.uint8Array({ maxLength: 5, max: 2 });
const values: { readonly [T in KeyType]: fc.Arbitrary<KeyValue> } = {
  S: fc.oneof(text(), fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', 'ÿ'), maxLength: 4 })),
  N: decimal().map((number) => new NumberValue(number)),
  B: fc.oneof(binary(), zeroRich),
};

/** The service's order, told without the encoding. */
function order(a: KeyValue, b: KeyValue): number {
  if (a instanceof NumberValue && b instanceof NumberValue) {
    return scaled(a.text) < scaled(b.text) ? -1 : scaled(a.text) > scaled(b.text) ? 1 : 0;
  }
  return Math.sign(Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)));
}

for (const type of ['S', 'N', 'B'] as const) {
  const value = values[type];

  t.test(`${type}: bytes sort as values do`, (t) => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [encodeKeyValue(a), encodeKeyValue(b)];
        return (x < y ? -1 : x > y ? 1 : 0) === order(a, b);
      }),
      { numRuns: 2000 },
    );
    t.end();
  });

  t.test(`${type}: composite keys sort by the first component, then the second`, (t) => {
    fc.assert(
      fc.property(value, values.B, value, values.B, (a, b, c, d) => {
        const [x, y] = [encodeKeyValue(a) + encodeKeyValue(b), encodeKeyValue(c) + encodeKeyValue(d)];
        return (x < y ? -1 : x > y ? 1 : 0) === (order(a, c) || order(b, d));
      }),
      { numRuns: 2000 },
    );
    t.end();
  });

  t.test(`${type}: decodes to the same value, and knows where it ends`, (t) => {
    fc.assert(
      fc.property(value, text(), (given, rest) => {
        const encoded = `xx${encodeKeyValue(given)}`;
        const { value: decoded, end } = decodeKeyValue(encoded + rest, 2, type);
        return end === encoded.length && valuesEqual(decoded, given);
      }),
      { numRuns: 500 },
    );
    t.end();
  });
}

t.test('the range of a prefix holds exactly the strings that begin with it', (t) => {
  fc.assert(
    fc.property(values.S as fc.Arbitrary<string>, values.S as fc.Arbitrary<string>, (prefix, other) => {
      const from = encodeKeyPrefix(prefix);
      const to = prefixEnd(from);
      for (const candidate of [other, prefix + other]) {
        const key = encodeKeyValue(candidate);
        const inside = key >= from && (to === undefined || key < to);
        if (
          inside !==
          Buffer.from(candidate).toString('latin1').startsWith(Buffer.from(prefix).toString('latin1'))
        ) {
          return false;
        }
      }
      return true;
    }),
    { numRuns: 2000 },
  );
  t.equal(prefixEnd('a'), 'b');
  t.equal(prefixEnd('a\xff\xff'), 'b');
  t.equal(prefixEnd('\xff'), undefined);
  t.equal(prefixEnd(''), undefined);
  t.end();
});

t.test('damaged keys are refused', (t) => {
  for (const [key, type] of [
    ['abc', 'S'],
    ['abc\x00\x02', 'B'],
    ['\x41', 'N'],
    ['\xc0\x82\x0b', 'N'],
  ] as const) {
    t.throws(() => decodeKeyValue(key, 0, type), FormatError);
  }
  t.end();
});

t.test('the encoding is on disk: it never changes', (t) => {
  const hex = (value: KeyValue) => Buffer.from(encodeKeyValue(value), 'latin1').toString('hex');
  t.equal(hex('a\0é'), '6100ffc3a90001');
  t.equal(hex(new NumberValue('0')), '80');
  t.equal(hex(new NumberValue('42')), 'c0832b00');
  t.equal(hex(new NumberValue('-1.5')), '407defff');
  t.end();
});

t.test('bytes as a binary string', (t) => {
  t.equal(binaryString(new Uint8Array([0, 127, 128, 255])), '\x00\x7f\x80\xff');
  t.equal(binaryString(Buffer.from([1, 2, 3]).subarray(1)), '\x02\x03');
  t.end();
});

import t from 'tap';
import {
  type AttributeValue,
  BinarySet,
  NumberSet,
  NumberValue,
  StringSet,
} from '../../src/encoding/attribute-value.js';
import { attributeSizeBytes, itemSizeBytes, numberSizeBytes } from '../../src/encoding/item-size.js';

t.test('numbers', (t) => {
  const cases = [
    ['0', 1],
    ['1', 2],
    ['12', 2],
    ['123', 3],
    ['100', 2],
    ['-1', 3],
    ['1.2', 3],
    ['0.01', 2],
    ['-12.345', 5],
    ['12345678901234567890123456789012345678', 20],
  ] as const;
  for (const [text, size] of cases) t.equal(numberSizeBytes(text), size, text);
  t.end();
});

t.test('values', (t) => {
  const cases: readonly (readonly [AttributeValue, number])[] = [
    ['é', 2],
    [new Uint8Array(5), 5],
    [true, 1],
    [null, 1],
    [[], 3],
    [new Map(), 3],
    [['aa', 'aa'], 9],
    [new Map([['key', 'v']]), 8],
    [new StringSet(['a', 'bc']), 3],
    [new NumberSet(['1', '100']), 4],
    [new BinarySet([new Uint8Array(3), new Uint8Array(1)]), 4],
    [[['a']], 9],
  ];
  for (const [value, size] of cases) t.equal(attributeSizeBytes(value), size);
  t.equal(
    itemSizeBytes(
      new Map<string, AttributeValue>([
        ['pk', 'a'],
        ['n', new NumberValue('1')],
      ]),
    ),
    6,
  );
  t.end();
});

/** What a look at an item's bytes tells: the same as its values do. */
import fc from 'fast-check';
import t from 'tap';
import {
  type AttributeValue,
  type Item,
  NumberSet,
  NumberValue,
} from '../../src/encoding/attribute-value.js';
import { encodedItem, encodeItem } from '../../src/encoding/item.js';
import { ItemScanner } from '../../src/encoding/item-scanner.js';
import { itemSizeBytes } from '../../src/encoding/item-size.js';
import { decimal, item } from './arbitraries.js';

const scanner = new ItemScanner(['key', 'sort']);

t.test('the size of any item', async (t) => {
  fc.assert(
    fc.property(item(), (given) => {
      scanner.scan(encodedItem(encodeItem(given), 0));
      t.equal(scanner.sizeBytes, itemSizeBytes(given));
    }),
    { numRuns: 1000 },
  );
});

t.test('the size of any number', async (t) => {
  fc.assert(
    fc.property(decimal(), (text) => {
      const given: Item = new Map<string, AttributeValue>([
        ['n', new NumberValue(text)],
        ['s', new NumberSet([text])],
      ]);
      scanner.scan(encodedItem(encodeItem(given), 0));
      t.equal(scanner.sizeBytes, itemSizeBytes(given), text);
    }),
  );
});

t.test('named attributes, where they can be keys', async (t) => {
  const values: AttributeValue[] = [
    'text',
    'é',
    new NumberValue('-12'),
    new NumberValue('0.5'),
    Uint8Array.of(1, 2, 255),
  ];
  for (const value of values) {
    const given: Item = new Map<string, AttributeValue>([
      ['other', ['x', new Map([['key', 'inner']])]],
      ['sort', value],
      ['keys', 'no'],
      ['key', true],
    ]);
    const stored = encodedItem(encodeItem(given), 0);
    t.strictSame([...scanner.scan(stored)], [['sort', value]]);
    t.equal(scanner.sizeBytes, itemSizeBytes(given));
  }
});

t.test('bytes that are no item', async (t) => {
  const given: Item = new Map<string, AttributeValue>([['key', ['x', new NumberValue('0.5'), 'y']]]);
  const bytes = Buffer.from(encodeItem(given));
  for (let length = 1; length < bytes.length; length += 1) {
    t.throws(() => scanner.scan(encodedItem(bytes.subarray(0, length), 0)), { name: 'FormatError' });
  }
  t.throws(() => scanner.scan(encodedItem(Buffer.concat([bytes, bytes]), 0)), /behind/);
  t.throws(() => scanner.scan(encodedItem(Buffer.from([1, 0x91, 0xa0]), 0)), /name without a value/);
  t.throws(() => scanner.scan(encodedItem(Buffer.from([1, 0x92, 0xa0, 0x91, 9]), 0)), /tag 9/);
  const deep = Buffer.from([1, 0x92, 0xa0, ...Array.from({ length: 50_000 }, () => [0x92, 0]).flat(), 0xc0]);
  t.throws(() => scanner.scan(encodedItem(deep, 0)), /too deep/);
});

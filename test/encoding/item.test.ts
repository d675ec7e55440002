import fc from 'fast-check';
import t from 'tap';
import {
  type AttributeValue,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
} from '../../src/encoding/attribute-value.js';
import { FormatError } from '../../src/encoding/errors.js';
import { decodeItem, encodeItem } from '../../src/encoding/item.js';
import { valuesEqual } from '../../src/expression/index.js';
import { item } from './arbitraries.js';

t.test('every item comes back as it was', (t) => {
  fc.assert(
    fc.property(item(), (given) => {
      const bytes = Uint8Array.from(encodeItem(given));
      const decoded = decodeItem(bytes);
      const sameOrder = [...decoded.keys()].every((name, index) => name === [...given.keys()][index]);
      return sameOrder && valuesEqual(decoded, given) && Buffer.compare(bytes, encodeItem(given)) === 0;
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('numbers keep all their digits', (t) => {
  const texts = ['0', '-7', '999999999999999', '1000000000000000', '4294967296', '0.1', '9'.repeat(38)];
  const given: Item = new Map<string, AttributeValue>([
    ['set', new NumberSet(texts)],
    ...texts.map((text) => [text, new NumberValue(text)] as const),
  ]);
  t.strictSame([...decodeItem(encodeItem(given))], [...given]);
  t.end();
});

t.test('the format is on disk: it never changes', (t) => {
  const given: Item = new Map<string, AttributeValue>([
    ['pk', 'a'],
    ['n', new NumberValue('1.5')],
    ['s', new StringSet(['x'])],
    ['l', [true, null, new Map([['k', new NumberValue('-2')]])]],
  ]);
  const hex = '0198a2706ba161a16e9205a3312e35a1739202a178a16c9400c3c09301a16bfe';
  t.equal(Buffer.from(encodeItem(given)).toString('hex'), hex);
  t.strictSame([...decodeItem(Buffer.from(hex, 'hex'))], [...given]);
  t.end();
});

t.test('other bytes are refused', (t) => {
  const good = Uint8Array.from(encodeItem(new Map([['a', 'b']])));
  const cases = {
    empty: new Uint8Array(0),
    'unknown format': Uint8Array.from([2, ...good.subarray(1)]),
    truncated: good.subarray(0, good.length - 1),
    'no list': Uint8Array.from([1, 0xc0]),
    'unknown tag': Uint8Array.from([1, 0x92, 0xa1, 0x61, 0x91, 0x63]),
    'name without value': Uint8Array.from([1, 0x91, 0xa1, 0x61]),
  };
  for (const [name, bytes] of Object.entries(cases)) t.throws(() => decodeItem(bytes), FormatError, name);
  t.end();
});

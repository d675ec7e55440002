/** Items as JSON straight from their bytes: the same text as by way of values. */
import fc from 'fast-check';
import t from 'tap';
import { encodeItemJson } from '../../src/encoding/attribute-json.js';
import {
  type AttributeValue,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
} from '../../src/encoding/attribute-value.js';
import { EncodedItem } from '../../src/encoding/encoded-item.js';
import { encodedItem, encodeItem } from '../../src/encoding/item.js';
import { ItemJsonWriter } from '../../src/encoding/item-json-writer.js';
import { item } from './arbitraries.js';

function textOf(given: Item, capacityBytes = 1): string {
  const writer = new ItemJsonWriter(Buffer.alloc(capacityBytes));
  writer.item(encodedItem(encodeItem(given), 0));
  return writer.bytes.toString('utf8', 0, writer.length);
}

t.test('any item gives the text that its values give', async (t) => {
  fc.assert(
    fc.property(item(), fc.integer({ min: 1, max: 64 }), (given, capacityBytes) => {
      t.equal(textOf(given, capacityBytes), encodeItemJson(given));
    }),
  );
});

t.test('every character that JSON escapes, and long values that outgrow the buffer', async (t) => {
  const all = Array.from({ length: 0x180 }, (_, code) => String.fromCharCode(code)).join('');
  const full: Item = new Map<string, AttributeValue>([
    ['escapes', `${all}\u2028\u{1f600}`],
    ['controls', '\u0001'.repeat(1000)],
    ['binary', new Uint8Array(100_001).fill(0xfb)],
    ['long', 'x'.repeat(100_000)],
    ['numbers', new NumberSet(['0', '-1', '1234567890123456', '0.5'])],
    ['large', new NumberValue('-99999999999999999999999999999999999999')],
    ['strings', new StringSet(['', '"', '\\'])],
  ]);
  const text = textOf(full, 16);
  t.equal(text, encodeItemJson(full));
  t.same(Object.keys(JSON.parse(text) as object), [...full.keys()]);
});

t.test('every byte at every place of a string', async (t) => {
  for (let code = 0; code < 0x100; code += 1) {
    for (let before = 0; before < 24; before += 1) {
      const text = `${'x'.repeat(before)}${String.fromCharCode(code)}${'y'.repeat(24 - before)}`;
      const given: Item = new Map([['text', text]]);
      if (textOf(given, 256) !== encodeItemJson(given)) t.fail(`character ${code} after ${before}`);
    }
  }
  // Neighbours of the escaped ones in one word, where a borrow of one byte reaches the next.
  const near = ['\0', '\x1f', ' ', '!', '"', '#', '[', '\\', ']', '\x7f', '\u0080'];
  for (const first of near)
    for (const second of near)
      for (const third of near) {
        const given: Item = new Map([['text', `0123456789abcdef${first}${second}${third}`.padEnd(40, 'z')]]);
        if (textOf(given, 256) !== encodeItemJson(given)) t.fail(JSON.stringify([first, second, third]));
      }
});

t.test('an empty item, and bytes that are none', async (t) => {
  t.equal(textOf(new Map()), '{}');
  const broken = Buffer.from([0x92, 0xa1, 0x61, 0xa5, 0x61]);
  t.throws(
    () => new ItemJsonWriter(Buffer.alloc(16)).item(new EncodedItem(broken, 0, broken.length)),
    /do not decode/,
  );
});

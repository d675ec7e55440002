/** Items from JSON straight to their bytes: the same bytes and size as by way of values, or a refusal to read them. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { decodeItemJson, encodeItemJson } from '../../src/encoding/attribute-json.js';
import { type AttributeValue, type Item, NumberValue } from '../../src/encoding/attribute-value.js';
import { EncodingError } from '../../src/encoding/errors.js';
import { encodeItem } from '../../src/encoding/item.js';
import { ITEM_GROWTH_BYTES_MAX, ItemJsonReader } from '../../src/encoding/item-json-reader.js';
import { itemSizeBytes } from '../../src/encoding/item-size.js';
import { wellFormed } from '../../src/encoding/well-formed.js';
import { decimal, item } from './arbitraries.js';

const reader = new ItemJsonReader();
const BEFORE = 3;

interface Read {
  readonly bytes: string;
  readonly sizeBytes: number;
}

/** Undefined: not in the plain form. */
function read(text: string): Read | undefined {
  // Something before and behind, which is not to be touched.
  const source = Buffer.from(`{"a${text}"}{`);
  const length = source.length - 6;
  const target = Buffer.alloc(BEFORE + length + ITEM_GROWTH_BYTES_MAX + 1, 0xee);
  const end = reader.read(source, 3, 3 + length, target, BEFORE);
  t.equal(target[BEFORE - 1], 0xee);
  t.equal(target.at(-1), 0xee, 'it has room');
  if (end === undefined) return undefined;
  return { bytes: target.toString('hex', BEFORE, end), sizeBytes: reader.sizeBytes };
}

/** With all rules; undefined when they refuse it. */
function readWithRules(text: string): Read | undefined {
  try {
    const given = decodeItemJson(JSON.parse(text));
    return { bytes: Buffer.from(encodeItem(given)).toString('hex'), sizeBytes: itemSizeBytes(given) };
  } catch (error) {
    if (error instanceof EncodingError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isPlain(t: Test, text: string): void {
  const expected = readWithRules(text);
  t.ok(expected, text.slice(0, 100));
  t.same(read(text), expected, text.slice(0, 100));
}

t.test('any item that is read is what the rules make of it', async (t) => {
  fc.assert(
    fc.property(item(), (given) => {
      const text = encodeItemJson(given);
      const found = read(text);
      if (found !== undefined) t.same(found, readWithRules(text));
    }),
    { numRuns: 1000 },
  );
});

t.test('a text with a byte changed, added or left out is read as the rules read it, or not', async (t) => {
  const characters = fc.constantFrom(...'{}[]":,\\=\n0123456789.-+eSNBLMu/A \u0001\u00e9');
  const change = fc.tuple(fc.nat(), characters, fc.constantFrom('change', 'add', 'remove'));
  let readCount = 0;
  fc.assert(
    fc.property(item(), change, (given, [at, character, kind]) => {
      const text = encodeItemJson(given);
      const index = at % text.length;
      const changed = wellFormed(
        `${text.slice(0, index)}${kind === 'remove' ? '' : character}${text.slice(kind === 'add' ? index : index + 1)}`,
      );
      const found = read(changed);
      if (found === undefined) return;
      readCount += 1;
      t.same(found, readWithRules(changed), changed);
    }),
    { numRuns: 5000 },
  );
  t.ok(readCount > 50, `${readCount} of them were read`);
});

t.test('numbers in their canonical text', async (t) => {
  const numbers =
    '0 1 -1 9 10 127 128 255 256 65535 65536 4294967295 4294967296 999999999999999 1000000000000000';
  const negatives =
    '-32 -33 -128 -129 -32768 -32769 -2147483648 -2147483649 -999999999999999 -1000000000000000';
  for (const number of `${numbers} ${negatives} 0.5 -0.05 12.001 1200 -70 100.5`.split(' ')) {
    isPlain(t, `{"n":{"N":"${number}"}}`);
  }
  for (const number of '-0 00 01 1. .5 1.0 0.0 1e3 +1 -'.split(' ')) {
    t.equal(read(`{"n":{"N":"${number}"}}`), undefined, number);
  }
  t.equal(read(`{"n":{"N":"${'1'.repeat(39)}"}}`), undefined);
  fc.assert(
    fc.property(decimal(), (number) => {
      const text = `{"n":{"N":"${number}"}}`;
      const found = read(text);
      if (found !== undefined) t.same(found, readWithRules(text), number);
    }),
  );
});

t.test('strings, names, binaries, lists and maps of every length of header', async (t) => {
  isPlain(t, '{}');
  for (const length of [0, 1, 31, 32, 63, 64, 255, 256, 65535, 65536, 100_000]) {
    isPlain(t, `{"s":{"S":"${'x'.repeat(length)}"}}`);
    isPlain(t, `{"s":{"S":"${'\\"'.repeat(length)}"}}`);
    isPlain(t, `{"${'x'.repeat(length)}":{"S":"é\\n€\\\\😀\\/"}}`);
    isPlain(t, `{"b":{"B":"${Buffer.alloc(length, 0xfb).toString('base64')}"}}`);
    isPlain(
      t,
      `{"l":{"L":[${Array.from({ length }, () => '{"NULL":true}').join(',')}]},"after":{"BOOL":false}}`,
    );
  }
  for (const length of [1, 7, 8, 15, 16, 100, 128]) {
    const entries = Array.from({ length }, (_, index) => `"n${index}":{"BOOL":true}`).join(',');
    isPlain(t, `{${entries}}`);
    isPlain(t, `{"m":{"M":{${entries}}}}`);
  }
  const items: Item = new Map<string, AttributeValue>([['m', [new Map([['x', new NumberValue('1')]])]]]);
  isPlain(t, encodeItemJson(items));
});

t.test('what is not in the plain form is left to the rules', async (t) => {
  const nested = (levels: number) => `{"a":${'{"L":['.repeat(levels)}{"NULL":true}${']}'.repeat(levels)}}`;
  isPlain(t, nested(31));
  for (const text of [
    nested(32),
    '{"a":{"S":"1"},"a":{"S":"2"}}',
    '{"m":{"M":{"a":{"S":"1"},"b":{"S":"1"},"a":{"S":"2"}}}}',
    '{"b":{"S":"1"},"1":{"S":"2"}}',
    '{"a":{"S":"\\u0041"}}',
    '{"a":{"S":"\u0001"}}',
    '{"a":{"SS":["x"]}}',
    '{"a":{"S":"x","N":"1"}}',
    '{"a":{"X":"x"}}',
    '{"a":{"NULL":false}}',
    '{"a":{"BOOL":"true"}}',
    '{"a":{"B":"AB=="}}',
    '{"a":{"B":"AAB="}}',
    '{"a":{"B":"A"}}',
    '{"a":{"B":"AA=A"}}',
    '{"a":{"B":"===="}}',
    '{"a":{"B":"AAA"}}',
    '{ "a":{"S":"x"}}',
    '{"a":{"L":[{"S":"x"},]}}',
    '{"a":{"S":"x"},}',
    '{"a":{"S":"x"}',
    '{"a":{"S":"x"}}}',
    '[]',
    '',
  ]) {
    t.equal(read(text), undefined, text.slice(0, 100));
  }
});

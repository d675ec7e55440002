/** Attribute values as JavaScript's own, there and back. */
import t from 'tap';
import { fromAttributes, type Item, toAttribute, toAttributes } from '../../src/client/native-value.js';
import { decodeOutput, encodeInput } from '../../src/client/operation-input.js';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import { EncodedItem, EncodedValue } from '../../src/encoding/encoded-item.js';

t.test('there and back', async (t) => {
  const values: Item = {
    text: 'é\u0000😀',
    integer: 42,
    negative: -0.000001,
    large: 12345678901234567890n,
    largest: Number.MAX_SAFE_INTEGER,
    third: 1 / 3,
    exact: new NumberValue('0.12345678901234567890123456789'),
    huge: 1e25,
    yes: true,
    nothing: null,
    bytes: new Uint8Array([0, 255]),
    list: ['a', 1, [], {}],
    map: { a: { b: null } },
    strings: new Set(['a', 'b']),
    numbers: new Set<number | bigint>([1, 2.5, 10n ** 30n]),
    binaries: new Set([new Uint8Array([1]), new Uint8Array([2])]),
  };
  Object.defineProperty(values, '__proto__', { value: 'a name', enumerable: true });
  const back = fromAttributes(toAttributes(values));
  t.same(back, { ...values, huge: 10n ** 25n });
  t.equal(Object.getOwnPropertyDescriptor(back, '__proto__')?.value, 'a name');
  t.equal(fromAttributes(toAttributes({ n: -0 }))['n'], 0);
});

t.test('what is left out, mended or refused', async (t) => {
  t.same(fromAttributes(toAttributes({ a: undefined, b: { c: undefined } })), { b: {} });
  t.equal(toAttribute('a\ud800b'), 'a\ufffdb');
  const refused: readonly [unknown, RegExp][] = [
    [undefined, /undefined is no attribute value/],
    [() => 1, /function/],
    [Symbol.iterator, /symbol/],
    [new Date(0), /Date/],
    [new Map(), /Map/],
    [new Set(), /empty set/],
    [new Set([1, 'a']), /all of one kind/],
    [Number.NaN, /numeric value/],
    [1e200, /overflow/i],
    [[undefined], /undefined/],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    [[, 1], /undefined/],
  ];
  for (const [value, message] of refused) t.throws(() => toAttribute(value), { message }, String(message));
});

t.test('which members have attributes', async (t) => {
  const input = encodeInput({
    TableName: 'Key',
    Item: { a: 1 },
    RequestItems: { Key: { Keys: [{ a: 1 }] }, Item: [{ PutRequest: { Item: { a: 1 } } }] },
    Expected: { Item: { Value: 'x', AttributeValueList: [1] } },
    Tags: [{ Key: 'a', Value: 'b' }],
    TransactItems: [{ Put: { Item: { a: 1 }, ExpressionAttributeValues: { ':v': 1 } } }],
    Limit: undefined,
  });
  t.equal(input['TableName'], 'Key');
  t.notOk('Limit' in input);
  t.same(input['Tags'], [{ Key: 'a', Value: 'b' }]);
  const at = (...path: string[]) =>
    path.reduce((value: unknown, name) => (value as Record<string, unknown>)[name], input);
  for (const path of [
    ['Item'],
    ['RequestItems', 'Key', 'Keys', '0'],
    ['RequestItems', 'Item', '0', 'PutRequest', 'Item'],
    ['TransactItems', '0', 'Put', 'Item'],
    ['TransactItems', '0', 'Put', 'ExpressionAttributeValues'],
  ]) {
    t.type(at(...path), EncodedItem, path.join('.'));
  }
  t.type(at('Expected', 'Item', 'Value'), EncodedValue);
  t.type(at('Expected', 'Item', 'AttributeValueList', '0'), EncodedValue);
  t.same(decodeOutput(input)['Item'], { a: 1 });
});

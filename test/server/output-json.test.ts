import t from 'tap';
import type { Output } from '../../src/api/types.js';
import { BinarySet, NumberSet, NumberValue, StringSet } from '../../src/encoding/attribute-value.js';
import { outputToJson } from '../../src/server/output-json.js';

const item = new Map([['n', new NumberValue('1')]]);

const cases: [name: string, output: Output, json: string][] = [
  ['nothing', {}, '{}'],
  ['only what is undefined', { Item: undefined }, '{}'],
  [
    'plain values',
    { a: 'x"y\n', b: 1.5, c: true, d: null, e: undefined },
    '{"a":"x\\"y\\n","b":1.5,"c":true,"d":null}',
  ],
  ['lists and objects', { a: [1, { b: [] }, {}], c: { d: undefined } }, '{"a":[1,{"b":[]},{}],"c":{}}'],
  ['an item', { Item: item }, '{"Item":{"n":{"N":"1"}}}'],
  ['items', { Items: [item, new Map()], Count: 2 }, '{"Items":[{"n":{"N":"1"}},{}],"Count":2}'],
  ['items by table', { Responses: { t: [item] } }, '{"Responses":{"t":[{"n":{"N":"1"}}]}}'],
  ['names that callers chose', { '#"': { '\u2028\\': 'a' } }, '{"#\\"":{"\u2028\\\\":"a"}}'],
];

for (const [name, output, json] of cases) {
  t.test(name, async (t) => {
    t.equal(outputToJson(output), json);
    t.doesNotThrow(() => JSON.parse(json));
  });
}

t.test('every type of attribute value', async (t) => {
  const Item = new Map<string, NonNullable<unknown> | null>([
    ['S', 'é'],
    ['N', new NumberValue('-0.5')],
    ['B', Uint8Array.of(255)],
    ['BOOL', false],
    ['NULL', null],
    ['L', ['a', []]],
    ['M', new Map([['__proto__', 'a']])],
    ['SS', new StringSet(['a'])],
    ['NS', new NumberSet(['1', '2'])],
    ['BS', new BinarySet([Uint8Array.of(0)])],
  ]);
  t.equal(
    outputToJson({ Item } as Output),
    '{"Item":{"S":{"S":"é"},"N":{"N":"-0.5"},"B":{"B":"/w=="},"BOOL":{"BOOL":false},"NULL":{"NULL":true},' +
      '"L":{"L":[{"S":"a"},{"L":[]}]},"M":{"M":{"__proto__":{"S":"a"}}},"SS":{"SS":["a"]},"NS":{"NS":["1","2"]},' +
      '"BS":{"BS":["AA=="]}}}',
  );
});

/** Expressions that are nearly right, and token soup, against an item with every type: evaluated or refused, at once. */
import fc from 'fast-check';
import { campaign } from './campaign.js';
import { mustServe, openTable } from './operations.js';
import { ITEM, TABLE } from './requests.js';

const { pk, sk } = ITEM;
const Key = { pk, sk };

const NAMES = 'pk sk lsi word amount binary yes nothing strings numbers binaries'.split(' ');
const VALUES: readonly object[] = [
  ...Object.values(ITEM),
  { S: '' },
  { N: '9.9999999999999999999999999999999999999E+125' },
  { N: '-1E-130' },
  { N: '0' },
  { L: [] },
  { M: {} },
  { S: 'SS' },
];
/** `:v0` is `VALUES[0]`, and so on. */
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(':v0', ':v2', ':v3') },
  { weight: 1, arbitrary: fc.nat(VALUES.length - 1).map((index) => `:v${index}`) },
);
const name = fc.oneof(
  fc.constantFrom(...NAMES, 'steps', 'absent', 'steps[0]', 'steps[2].a', 'steps[99]'),
  fc.constantFrom(
    '#proto',
    '#ctor',
    '#map',
    '#map.a',
    '#map.b.c[0]',
    '#map.#proto',
    'pk.a',
    'steps[2147483647]',
  ),
);
const PLACEHOLDER_NAMES: Readonly<Record<string, string>> = {
  '#proto': '__proto__',
  '#ctor': 'constructor',
  '#map': 'tree',
};

const { operand, condition } = fc.letrec<{ operand: string; condition: string }>((tie) => ({
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name,
    value,
    tie('operand').map((operand) => `size(${operand})`),
    tie('operand').map((operand) => `(${operand})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('operand'), fc.constantFrom('=', '<>', '<', '<=', '>', '>='), tie('operand'))
      .map((parts) => parts.join(' ')),
    fc.tuple(tie('operand'), tie('operand'), tie('operand')).map(([a, b, c]) => `${a} BETWEEN ${b} AND ${c}`),
    fc
      .tuple(tie('operand'), fc.array(tie('operand'), { minLength: 1, maxLength: 5 }))
      .map(([a, candidates]) => `${a} IN (${candidates.join(', ')})`),
    fc.tuple(fc.constantFrom('attribute_exists', 'attribute_not_exists'), name).map(([f, a]) => `${f}(${a})`),
    fc
      .tuple(fc.constantFrom('contains', 'begins_with', 'attribute_type'), tie('operand'), tie('operand'))
      .map(([f, a, b]) => `${f}(${a}, ${b})`),
    tie('condition').map((condition) => `NOT ${condition}`),
    tie('condition').map((condition) => `(${condition})`),
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
      .map((parts) => parts.join(' ')),
  ),
}));
/** Mostly what an update allows. */
const term = fc.oneof({ weight: 6, arbitrary: fc.oneof(name, value) }, { weight: 1, arbitrary: operand });
const newValue = fc.oneof(
  term,
  fc.tuple(term, fc.constantFrom(' + ', ' - '), term).map((parts) => parts.join('')),
  fc.tuple(name, term).map(([a, b]) => `if_not_exists(${a}, ${b})`),
  fc.tuple(term, term).map(([a, b]) => `list_append(${a}, ${b})`),
);
const actions = (action: fc.Arbitrary<string>) =>
  fc.array(action, { minLength: 1, maxLength: 3 }).map((list) => list.join(', '));
const section = fc.oneof(
  actions(fc.tuple(name, newValue).map(([path, value]) => `${path} = ${value}`)).map((list) => `SET ${list}`),
  actions(name).map((list) => `REMOVE ${list}`),
  actions(fc.tuple(name, value).map((pair) => pair.join(' '))).map((list) => `ADD ${list}`),
  actions(fc.tuple(name, value).map((pair) => pair.join(' '))).map((list) => `DELETE ${list}`),
);
const update = fc.array(section, { minLength: 1, maxLength: 3 }).map((sections) => sections.join(' '));
const projection = actions(name);
const keyCondition = fc.oneof(
  fc.constantFrom(
    ...['pk = :v0', 'pk = :v0 AND sk > :v1', ':v1 <= sk AND pk = :v0', 'pk = :v0 AND sk BETWEEN :v1 AND :v1'],
  ),
  fc.tuple(value, condition).map(([a, b]) => `pk = ${a} AND ${b}`),
  fc
    .tuple(fc.constantFrom('=', '<', '>=', '<>'), value, fc.constantFrom('sk', 'lsi', 'amount'))
    .map(([operator, b, sort]) => `pk = :v0 AND ${sort} ${operator} ${b}`),
  fc
    .tuple(fc.constantFrom('sk', 'lsi'), value, value)
    .map(([sort, a, b]) => `${sort} BETWEEN ${a} AND ${b} AND pk = :v0`),
  fc.tuple(fc.constantFrom('sk', 'lsi'), value).map(([sort, a]) => `pk = :v0 AND begins_with(${sort}, ${a})`),
);

const TOKENS = [
  ...'( ) [ ] , . + - = <> <= :v1 :v #map # pk steps 0 [0] [-1]'.split(' '),
  ...'AND or NOT BETWEEN IN SET REMOVE add DELETE size contains( list_append('.split(' '),
  ...'é \0 \ud800 " \' 99999999999999999999 \t -- /*'.split(' '),
  'x'.repeat(300),
  '('.repeat(100),
  '('.repeat(2000),
  'NOT '.repeat(500),
  '[0]'.repeat(40),
  'size('.repeat(400),
  'pk = :v0 AND '.repeat(100),
  ' OR '.repeat(10),
  '.a'.repeat(500),
  ', steps[0]'.repeat(50),
];
const soup = fc.array(fc.constantFrom(...TOKENS), { maxLength: 20 }).map((tokens) => tokens.join(' '));

/** Cuts `text` at a random place and puts a token there, or drops what follows. */
const broken = (source: fc.Arbitrary<string>) =>
  fc
    .tuple(source, fc.nat(100), fc.nat(6), fc.constantFrom('', ...TOKENS))
    .map(([text, percent, drop, token]) => {
      const at = Math.floor((text.length * percent) / 100);
      return text.slice(0, at) + token + text.slice(at + drop);
    });
const variants = (source: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 4, arbitrary: source },
    { weight: 3, arbitrary: broken(source) },
    { weight: 1, arbitrary: soup },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  );

const requests = fc.oneof(
  fc
    .record(
      { UpdateExpression: variants(update), ConditionExpression: variants(condition) },
      { requiredKeys: ['UpdateExpression'] },
    )
    .map((expressions) => ['UpdateItem', { Key, ReturnValues: 'UPDATED_NEW', ...expressions }] as const),
  variants(condition).map((ConditionExpression) => ['PutItem', { Item: ITEM, ConditionExpression }] as const),
  fc
    .record(
      {
        KeyConditionExpression: variants(keyCondition),
        FilterExpression: variants(condition),
        ProjectionExpression: variants(projection),
      },
      { requiredKeys: ['KeyConditionExpression'] },
    )
    .chain((expressions) =>
      fc
        .constantFrom({}, { IndexName: 'local' })
        .map((index) => ['Query', { ...expressions, ...index }] as const),
    ),
  fc
    .record({ FilterExpression: variants(condition), ProjectionExpression: variants(projection) })
    .map((expressions) => ['Scan', expressions] as const),
);

/** Defines exactly the placeholders that are used: one more or less would be refused before anything else. */
function placeholders(expressions: object): object {
  const texts = Object.entries(expressions).flatMap(([member, text]) =>
    member.endsWith('Expression') ? [String(text)] : [],
  );
  const used = new Set(texts.join(' ').match(/[#:][A-Za-z0-9_]+/g) ?? []);
  const names = [...used].filter((each) => each.startsWith('#'));
  const values = [...used].filter((each) => each.startsWith(':'));
  return {
    ...(names.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(
        names.map((each) => [each, PLACEHOLDER_NAMES[each] ?? 'amount']),
      ),
    }),
    ...(values.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(
        values.map((each) => [each, VALUES[Number(each.slice(2)) % VALUES.length] ?? { S: 's' }]),
      ),
    }),
  };
}

export const expressions = campaign<readonly [operation: string, input: object]>({
  name: 'expressions',
  runs: 1000,
  inputs: requests,
  examples: ['', '('].flatMap((wrong) => [
    ['UpdateItem', { Key, UpdateExpression: `SET amount = amount + :v4${wrong}` }] as const,
    ['PutItem', { Item: ITEM, ConditionExpression: `size(word) < :v4${wrong}` }] as const,
    ['Query', { KeyConditionExpression: `pk = :v0 AND sk >= :v1${wrong}` }] as const,
    ['Scan', { FilterExpression: `begins_with(word, :v3)${wrong}` }] as const,
  ]),
  async open() {
    const { call, tables } = await openTable();
    const outcomes = new Set<string>();
    return {
      async attempt([operation, input]) {
        await call('PutItem', { TableName: TABLE, Item: ITEM });
        const reply = await call(operation, { TableName: TABLE, ...input, ...placeholders(input) });
        outcomes.add(`${operation} ${'error' in reply ? reply.error : 'answered'}`);
        const got = await call('GetItem', { TableName: TABLE, Key });
        if (got.Item === undefined) throw new Error('the item is gone');
      },
      async finish() {
        for (const operation of ['UpdateItem', 'PutItem', 'Query', 'Scan']) {
          for (const outcome of ['answered', 'ValidationException']) {
            if (!outcomes.has(`${operation} ${outcome}`)) throw new Error(`no ${operation} was ${outcome}`);
          }
        }
        await mustServe(call);
      },
      close: () => tables.close(),
    };
  },
});

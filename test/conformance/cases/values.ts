/** Attribute values: what each datatype may hold, and that it comes back as it went in. */
import { type Case, type Json, type JsonObject, refusals, type Suite } from '../case.js';
import { get, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('values');
const PREFIX = 'One or more parameter values were invalid: ';
const EMPTY = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const SEVERAL =
  'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
const NOT_A_NUMBER = 'The parameter cannot be converted to a numeric value';
const NESTING =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';

function nested(depth: number): JsonObject {
  let value: JsonObject = s('x');
  for (let level = 0; level < depth; level++) value = { M: { a: value } };
  return value;
}

const stored: readonly (readonly [string, JsonObject])[] = [
  ['a string', s('hello')],
  ['an empty string', s('')],
  ['a string of several planes', s('aé€😀\u0000')],
  ['binary', { B: 'AQID/w==' }],
  ['empty binary', { B: '' }],
  ['true', { BOOL: true }],
  ['false', { BOOL: false }],
  ['null', { NULL: true }],
  ['a string set', { SS: ['a', 'b', ''] }],
  ['a number set', { NS: ['1', '2.5', '-3'] }],
  ['a binary set', { BS: ['AQ==', 'Ag=='] }],
  ['an empty list', { L: [] }],
  ['an empty map', { M: {} }],
  [
    'a list of all types',
    { L: [s('a'), { N: '1' }, { B: 'AQ==' }, { BOOL: true }, { NULL: true }, { SS: ['a'] }] },
  ],
  ['a map of maps', { M: { a: { M: { b: { L: [s('c')] } } }, '': s('empty name') } }],
  ['a map with odd names', { M: { __proto: s('a'), constructor: s('b'), 'a.b': s('c'), 'a[0]': s('d') } }],
  ['32 levels', nested(31)],
];

const refused: readonly (readonly [string, Json, string | RegExp])[] = [
  ['no datatype', {}, EMPTY],
  ['an unknown datatype', { X: 'a' }, EMPTY],
  ['two datatypes', { S: 'a', N: '1' }, SEVERAL],
  ['NULL false', { NULL: false }, `${PREFIX}Null attribute value types must have the value of true`],
  ['an empty string set', { SS: [] }, `${PREFIX}An string set  may not be empty`],
  [
    'a null in a string set',
    { SS: ['a', null] },
    `${PREFIX}An string set may not have a null string as a member`,
  ],
  ['an empty number set', { NS: [] }, `${PREFIX}An number set  may not be empty`],
  ['an empty binary set', { BS: [] }, `${PREFIX}Binary sets should not be empty`],
  ['a string twice in a set', { SS: ['a', 'a'] }, `${PREFIX}Input collection [a, a] contains duplicates.`],
  ['a number twice in a set', { NS: ['1', '1.0'] }, 'Input collection contains duplicates'],
  ['an empty number', { N: '' }, NOT_A_NUMBER],
  ['a word as a number', { N: 'abc' }, `${NOT_A_NUMBER}: abc`],
  ['an infinite number', { N: 'Infinity' }, `${NOT_A_NUMBER}: Infinity`],
  ['a hexadecimal number', { N: '0x10' }, `${NOT_A_NUMBER}: 0x10`],
  ['an empty number in a set', { NS: ['1', ''] }, NOT_A_NUMBER],
  ['a word in a number set', { NS: ['1', 'b'] }, `${NOT_A_NUMBER}: b`],
  ['no datatype in a list', { L: [{}] }, EMPTY],
  ['no datatype in a map', { M: { a: {} } }, EMPTY],
  ['an empty set in a list', { L: [{ SS: [] }] }, `${PREFIX}An string set  may not be empty`],
  ['33 levels', nested(32), NESTING],
];

/** The SDK sends none of these. */
const rawOnly: readonly string[] = [
  'no datatype',
  'an unknown datatype',
  'two datatypes',
  'no datatype in a list',
  'no datatype in a map',
  'a null in a string set',
];

function refusedIn([name, value, message]: (typeof refused)[number], place: 'Item' | ':v'): Case[] {
  const input: JsonObject =
    place === 'Item'
      ? { TableName, Item: { pk: s('a'), v: value } }
      : {
          TableName,
          Key: { pk: s('a') },
          UpdateExpression: 'SET v = :v',
          ExpressionAttributeValues: { ':v': value },
        };
  const words =
    place === 'Item' ? message : `ExpressionAttributeValues contains invalid value: ${message} for key :v`;
  const operation = place === 'Item' ? 'PutItem' : 'UpdateItem';
  return refusals([[`${name} in ${place}`, operation, input, words]]).map((each) =>
    rawOnly.includes(name) ? { ...each, rawOnly: true } : each,
  );
}

export const values: Suite = {
  name: 'values',
  tables: [table(TableName, 'S')],
  cases: [
    ...stored.map(
      ([name, v], index): Case => ({
        name: `${name} comes back`,
        given: [put(TableName, { pk: s(`stored ${index}`), v })],
        request: get(TableName, { pk: s(`stored ${index}`) }),
        expect: { output: { Item: { pk: s(`stored ${index}`), v } } },
      }),
    ),
    ...refused.flatMap((each) => [...refusedIn(each, 'Item'), ...refusedIn(each, ':v')]),
  ],
};

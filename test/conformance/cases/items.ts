/** PutItem, GetItem and DeleteItem: what they keep and what they return. */
import type { Case, JsonObject, Suite } from '../case.js';
import { get, n, put, s, table, tableOf } from '../tables.js';

const simple = tableOf('items-simple');
const composite = tableOf('items-composite');
const binary = tableOf('items-binary');
const item = { pk: s('item'), v: n(1), m: { M: { a: s('b'), l: { L: [s('x'), s('y'), s('z')] } } } };
const Key = { pk: s('item') };

/** Of `item`: the projection and what it leaves. */
const projections: readonly (readonly [string, JsonObject, JsonObject?])[] = [
  ['v', { v: n(1) }],
  ['pk, v', { pk: s('item'), v: n(1) }],
  ['m.a', { m: { M: { a: s('b') } } }],
  ['m.l[1]', { m: { M: { l: { L: [s('y')] } } } }],
  ['m.l[2], m.l[0]', { m: { M: { l: { L: [s('x'), s('z')] } } } }],
  ['m.l[9]', {}],
  ['nothing', {}],
  ['m.a.b', {}],
  ['#m.#a', { m: { M: { a: s('b') } } }, { '#m': 'm', '#a': 'a' }],
];

const replies: Case[] = [
  {
    name: 'get of nothing',
    request: get(simple, { pk: s('absent') }),
    expect: { output: { Item: undefined } },
  },
  {
    name: 'put returns nothing',
    request: put(simple, { pk: s('put') }),
    expect: { output: { Attributes: undefined } },
  },
  {
    name: 'put returns the old item',
    given: [put(simple, { pk: s('old'), v: n(1) })],
    request: ['PutItem', { TableName: simple, Item: { pk: s('old'), w: n(2) }, ReturnValues: 'ALL_OLD' }],
    expect: { output: { Attributes: { pk: s('old'), v: n(1) } } },
    afterwards: [[get(simple, { pk: s('old') }), { output: { Item: { pk: s('old'), w: n(2) } } }]],
  },
  {
    name: 'put of a new item returns no old one',
    request: [
      'PutItem',
      { TableName: composite, Item: { pk: s('new'), sk: n(Date.now()) }, ReturnValues: 'ALL_OLD' },
    ],
    expect: { output: { Attributes: undefined } },
  },
  {
    name: 'delete returns the old item',
    given: [put(simple, { pk: s('gone'), v: n(1) })],
    request: ['DeleteItem', { TableName: simple, Key: { pk: s('gone') }, ReturnValues: 'ALL_OLD' }],
    expect: { output: { Attributes: { pk: s('gone'), v: n(1) } } },
    afterwards: [[get(simple, { pk: s('gone') }), { output: { Item: undefined } }]],
  },
  {
    name: 'delete of nothing succeeds',
    request: ['DeleteItem', { TableName: simple, Key: { pk: s('absent') }, ReturnValues: 'ALL_OLD' }],
    expect: { output: { Attributes: undefined } },
  },
  {
    name: 'a refused condition changes nothing',
    given: [put(simple, { pk: s('kept'), v: n(1) })],
    request: [
      'PutItem',
      { TableName: simple, Item: { pk: s('kept') }, ConditionExpression: 'attribute_not_exists(pk)' },
    ],
    expect: {
      type: 'ConditionalCheckFailedException',
      message: 'The conditional request failed',
      fields: { Item: undefined },
    },
    afterwards: [[get(simple, { pk: s('kept') }), { output: { Item: { pk: s('kept'), v: n(1) } } }]],
  },
  {
    name: 'a refused condition returns the item that is there',
    given: [put(simple, { pk: s('shown'), v: n(1) })],
    request: [
      'DeleteItem',
      {
        TableName: simple,
        Key: { pk: s('shown') },
        ConditionExpression: 'v = :v',
        ExpressionAttributeValues: { ':v': n(2) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ],
    expect: { type: 'ConditionalCheckFailedException', fields: { Item: { pk: s('shown'), v: n(1) } } },
  },
  ...['AQ==', '/w==', 'AAAA'].map(
    (B): Case => ({
      name: `a binary key ${B}`,
      given: [put(binary, { pk: { B }, v: s(B) })],
      request: get(binary, { pk: { B } }),
      expect: { output: { Item: { pk: { B }, v: s(B) } } },
    }),
  ),
  ...projections.map(
    ([ProjectionExpression, projected, names]): Case => ({
      name: `projection ${ProjectionExpression}`,
      request: [
        'GetItem',
        { TableName: simple, Key, ProjectionExpression, ...(names && { ExpressionAttributeNames: names }) },
      ],
      expect: { output: { Item: projected } },
    }),
  ),
  {
    name: 'AttributesToGet',
    request: ['GetItem', { TableName: simple, Key, AttributesToGet: ['v', 'absent'] }],
    expect: { output: { Item: { v: n(1) } } },
  },
];

export const items: Suite = {
  name: 'items',
  tables: [table(simple, 'S'), table(composite, 'S', 'N'), table(binary, 'B')],
  given: [put(simple, item)],
  cases: replies,
};

/** ConsumedCapacity: what reads and writes cost, by size, consistency and index. */
import type { Case, Json, JsonObject, Request, Suite } from '../case.js';
import { localIndex, n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('capacity');
const indexed = tableOf('capacity-indexed');
const ARN = `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`;
const KB = 1024;

/** An item of exactly `size` bytes: names count. */
function sized(id: string, size: number): JsonObject {
  const fixed = 'pk'.length + id.length + 'v'.length;
  return { pk: s(id), v: s('x'.repeat(size - fixed)) };
}

const total = (units: number): JsonObject => ({ TableName, CapacityUnits: units });
const costs = (name: string, request: Request, units: number, given: readonly Request[] = []): Case => ({
  name: `${name} costs ${units}`,
  given,
  request: [request[0], { ...request[1], ReturnConsumedCapacity: 'TOTAL' }],
  expect: { output: { ConsumedCapacity: total(units) as Json } },
});

const reads: readonly (readonly [size: number, consistent: boolean, units: number])[] = [
  [100, false, 0.5],
  [100, true, 1],
  [4 * KB, false, 0.5],
  [4 * KB, true, 1],
  [4 * KB + 1, false, 1],
  [4 * KB + 1, true, 2],
  [9 * KB, true, 3],
];

const writes: readonly (readonly [size: number, units: number])[] = [
  [100, 1],
  [KB, 1],
  [KB + 1, 2],
  [5 * KB, 5],
];

/** Writes of one item of the table with indexes: what it was before, what is done, and what each index takes. */
const ENTRY = { pk: s('entry'), sk: n(1), x: n(1) };
const Key = { pk: s('entry'), sk: n(1) };
const LARGE = { v: s('x'.repeat(3 * KB)) };
const replace = (Item: JsonObject): Request => ['PutItem', { TableName: indexed, Item }];
const update = (UpdateExpression: string): Request => [
  'UpdateItem',
  {
    TableName: indexed,
    Key,
    UpdateExpression,
    ...(UpdateExpression.includes(':two') && { ExpressionAttributeValues: { ':two': n(2) } }),
  },
];
const remove: Request = ['DeleteItem', { TableName: indexed, Key }];

const indexWrites: readonly Case[] = (
  [
    ['a new entry', undefined, replace(ENTRY), 1, { 'by-x': 1, 'keys-only': 1 }],
    ['the same again', ENTRY, replace(ENTRY), 1, {}],
    ['the same in another order', ENTRY, replace({ x: n('1.0'), sk: n(1), pk: s('entry') }), 1, {}],
    ['another key', ENTRY, replace({ ...ENTRY, x: n(2) }), 1, { 'by-x': 2, 'keys-only': 2 }],
    ['an attribute that one index holds', ENTRY, replace({ ...ENTRY, v: n(1) }), 1, { 'by-x': 1 }],
    ['an entry that goes', ENTRY, replace(Key), 1, { 'by-x': 1, 'keys-only': 1 }],
    ['no entry before and after', Key, replace({ ...Key, v: n(1) }), 1, {}],
    ['a large entry', undefined, replace({ ...ENTRY, ...LARGE }), 4, { 'by-x': 4, 'keys-only': 1 }],
    ['a large entry that shrinks', { ...ENTRY, ...LARGE }, replace({ ...ENTRY, v: n(1) }), 4, { 'by-x': 4 }],
    ['an update of the key', ENTRY, update('SET x = :two'), 1, { 'by-x': 2, 'keys-only': 2 }],
    ['an update of the rest', ENTRY, update('SET v = :two'), 1, { 'by-x': 1 }],
    ['an update that takes the key away', ENTRY, update('REMOVE x'), 1, { 'by-x': 1, 'keys-only': 1 }],
    ['a delete', ENTRY, remove, 1, { 'by-x': 1, 'keys-only': 1 }],
    ['a delete without an entry', Key, remove, 1, {}],
    ['a delete of nothing', undefined, remove, 1, {}],
  ] as const
).map(([name, before, [operation, input], tableUnits, indexUnits]) => ({
  name: `${name} in indexes`,
  given: [remove, ...(before === undefined ? [] : [replace(before)])],
  request: [operation, { ...input, ReturnConsumedCapacity: 'INDEXES' }],
  expect: {
    output: {
      ConsumedCapacity: {
        TableName: indexed,
        CapacityUnits: Object.values<number>(indexUnits).reduce((sum, units) => sum + units, tableUnits),
        Table: { CapacityUnits: tableUnits },
        ...(Object.keys(indexUnits).length > 0 && {
          LocalSecondaryIndexes: Object.fromEntries(
            Object.entries(indexUnits).map(([index, CapacityUnits]) => [index, { CapacityUnits }]),
          ),
        }),
      },
    },
  },
}));

export const capacity: Suite = {
  name: 'capacity',
  tables: [
    table(TableName, 'S'),
    table(indexed, 'S', 'N', {
      AttributeDefinitions: [{ AttributeName: 'x', AttributeType: 'N' }],
      LocalSecondaryIndexes: [
        localIndex('by-x', 'x'),
        localIndex('keys-only', 'x', { ProjectionType: 'KEYS_ONLY' }),
      ],
    }),
  ],
  cases: [
    ...reads.map(([size, ConsistentRead, units], index) =>
      costs(
        `a ${ConsistentRead ? 'consistent ' : ''}read of ${size} bytes`,
        ['GetItem', { TableName, Key: { pk: s(`read ${index}`) }, ConsistentRead }],
        units,
        [put(TableName, sized(`read ${index}`, size))],
      ),
    ),
    {
      name: 'a table that is named by its ARN',
      request: ['Scan', { TableName: ARN, ReturnConsumedCapacity: 'TOTAL', Limit: 1 }],
      expect: { output: { ConsumedCapacity: { TableName: ARN, CapacityUnits: 0.5 } } },
      afterwards: [
        [
          [
            'TransactWriteItems',
            {
              TransactItems: [{ Put: { TableName: ARN, Item: { pk: s('arn') } } }],
              ReturnConsumedCapacity: 'TOTAL',
            },
          ],
          { output: { ConsumedCapacity: [{ TableName: ARN, CapacityUnits: 2, WriteCapacityUnits: 2 }] } },
        ],
      ],
    },
    costs('a read of nothing', ['GetItem', { TableName, Key: { pk: s('absent') } }], 0.5),
    costs(
      'a consistent read of nothing',
      ['GetItem', { TableName, Key: { pk: s('absent') }, ConsistentRead: true }],
      1,
    ),
    ...writes.flatMap(([size, units], index) => [
      costs(`a put of ${size} bytes`, put(TableName, sized(`write ${index}`, size)), units),
      costs(`a smaller put over ${size} bytes`, put(TableName, { pk: s(`write ${index}`) }), units, [
        put(TableName, sized(`write ${index}`, size)),
      ]),
      costs(
        `a delete of ${size} bytes`,
        ['DeleteItem', { TableName, Key: { pk: s(`write ${index}`) } }],
        units,
        [put(TableName, sized(`write ${index}`, size))],
      ),
    ]),
    costs('a delete of nothing', ['DeleteItem', { TableName, Key: { pk: s('absent') } }], 1),
    {
      name: 'no capacity unless asked for',
      request: put(TableName, { pk: s('a') }),
      expect: { output: { ConsumedCapacity: undefined } },
    },
    {
      name: 'NONE is not to ask',
      request: ['PutItem', { TableName, Item: { pk: s('a') }, ReturnConsumedCapacity: 'NONE' }],
      expect: { output: { ConsumedCapacity: undefined } },
    },
    {
      name: 'by table',
      request: ['PutItem', { TableName, Item: { pk: s('a') }, ReturnConsumedCapacity: 'INDEXES' }],
      expect: { output: { ConsumedCapacity: { TableName, CapacityUnits: 1, Table: { CapacityUnits: 1 } } } },
    },
    ...indexWrites,
    {
      name: 'a put without an index entry',
      request: [
        'PutItem',
        { TableName: indexed, Item: { pk: s('sparse'), sk: n(1) }, ReturnConsumedCapacity: 'TOTAL' },
      ],
      expect: { output: { ConsumedCapacity: { TableName: indexed, CapacityUnits: 1 } } },
    },
    {
      name: 'the collection of an item',
      request: [
        'PutItem',
        { TableName: indexed, Item: { pk: s('c'), sk: n(1), x: n(1) }, ReturnItemCollectionMetrics: 'SIZE' },
      ],
      expect: {
        output: {
          ItemCollectionMetrics: { ItemCollectionKey: { pk: s('c') }, SizeEstimateRangeGB: [0, 1] },
        },
      },
    },
    {
      name: 'no collection without a local index',
      request: ['PutItem', { TableName, Item: { pk: s('c') }, ReturnItemCollectionMetrics: 'SIZE' }],
      expect: { output: { ItemCollectionMetrics: undefined } },
    },
  ],
};

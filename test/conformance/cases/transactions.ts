/** TransactWriteItems and TransactGetItems. */
import { type Case, type Json, type JsonObject, refusals, type Suite, typeErrors } from '../case.js';
import { get, localIndex, n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('transactions');
const indexed = tableOf('transactions-indexed');

const key = (id: string): JsonObject => ({ pk: s(id) });
const Put = (Item: JsonObject, more: JsonObject = {}): JsonObject => ({ Put: { TableName, Item, ...more } });
const Delete = (id: string, more: JsonObject = {}): JsonObject => ({
  Delete: { TableName, Key: key(id), ...more },
});
const Update = (id: string, UpdateExpression: string, more: JsonObject = {}): JsonObject => ({
  Update: { TableName, Key: key(id), UpdateExpression, ...more },
});
const Check = (id: string, ConditionExpression: string, more: JsonObject = {}): JsonObject => ({
  ConditionCheck: { TableName, Key: key(id), ConditionExpression, ...more },
});
const Get = (id: string, more: JsonObject = {}): JsonObject => ({
  Get: { TableName, Key: key(id), ...more },
});

const write = (...TransactItems: JsonObject[]) => ['TransactWriteItems', { TransactItems }] as const;
const read = (...TransactItems: JsonObject[]) => ['TransactGetItems', { TransactItems }] as const;
const expectItem = (id: string, Item: JsonObject | undefined) =>
  [get(TableName, key(id)), { output: { Item } }] as const;

function cancelled(...reasons: JsonObject[]): Case['expect'] {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return {
    type: 'TransactionCanceledException',
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    fields: { CancellationReasons: reasons },
  };
}

const none: JsonObject = { Code: 'None' };
const failed = (Item?: JsonObject): JsonObject => ({
  Code: 'ConditionalCheckFailed',
  Message: 'The conditional request failed',
  ...(Item === undefined ? {} : { Item }),
});
const invalid = (Message: string): JsonObject => ({ Code: 'ValidationError', Message });
const INVALID_VALUE = 'One or more parameter values are not valid. ';
const NOT_EMPTY = 'The AttributeValue for a key attribute cannot contain an empty string value.';
const KEY = `${INVALID_VALUE}${NOT_EMPTY} Key: pk`;
const INDEX_KEY =
  `${INVALID_VALUE}A value specified for a secondary index key is not supported. ` +
  `${NOT_EMPTY} IndexName: by-y, IndexKey: y`;
const UPDATED_INDEX_KEY =
  `${INVALID_VALUE}The update expression attempted to update a secondary index key to a value that is not supported. ` +
  NOT_EMPTY;
const ALL_OLD = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
const one = { ':one': n(1) };
const many = (count: number): Json[] =>
  Array.from({ length: count }, (_, index) => Put(key(`many ${index}`)));

/** A value of so many maps, one in the other; the service takes 31 around a scalar. */
const nested = (maps: number): JsonObject => (maps === 0 ? s('x') : { M: { a: nested(maps - 1) } });
const NESTED =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';

const writes: Case[] = [
  {
    name: 'an update with a value that is nested too deep',
    request: write(
      Put(key('never')),
      Update('deep', 'SET v = :v', { ExpressionAttributeValues: { ':v': nested(32) } }),
    ),
    expect: cancelled(none, invalid(NESTED)),
    afterwards: [expectItem('never', undefined), expectItem('deep', undefined)],
  },
  {
    name: 'an update with a value that is nested as deep as may be',
    request: write(Update('deep', 'SET v = :v', { ExpressionAttributeValues: { ':v': nested(31) } })),
    expect: { output: {} },
    afterwards: [expectItem('deep', { ...key('deep'), v: nested(31) })],
  },
  {
    name: 'a condition with a value that is nested too deep is only not met',
    given: [put(TableName, { ...key('shallow'), v: nested(31) })],
    request: write(
      Check('shallow', 'v = :v', { ExpressionAttributeValues: { ':v': nested(32) } }),
      Check('shallow and more', 'attribute_not_exists(pk)'),
    ),
    expect: cancelled(failed(), none),
    afterwards: [
      [
        write(Check('shallow', 'v <> :v', { ExpressionAttributeValues: { ':v': nested(40) } })),
        { output: {} },
      ],
    ],
  },
  {
    name: 'all four actions',
    given: [put(TableName, { ...key('updated'), v: n(1) }), put(TableName, key('deleted'))],
    request: write(
      Put({ ...key('put'), v: s('new') }),
      Update('updated', 'ADD v :one', { ExpressionAttributeValues: one }),
      Delete('deleted'),
      Check('absent', 'attribute_not_exists(pk)'),
    ),
    expect: { output: { ConsumedCapacity: undefined, ItemCollectionMetrics: undefined } },
    afterwards: [
      expectItem('put', { ...key('put'), v: s('new') }),
      expectItem('updated', { ...key('updated'), v: n(2) }),
      expectItem('deleted', undefined),
    ],
  },
  {
    name: 'a condition that does not hold keeps everything as it was',
    given: [put(TableName, { ...key('kept'), v: n(1) })],
    request: write(
      Put(key('never')),
      Update('kept', 'SET v = :one', {
        ConditionExpression: 'v > :one',
        ExpressionAttributeValues: one,
        ...ALL_OLD,
      }),
      Delete('absent', { ConditionExpression: 'attribute_exists(pk)', ...ALL_OLD }),
      Check('kept and more', 'attribute_exists(pk)'),
    ),
    expect: cancelled(none, failed({ ...key('kept'), v: n(1) }), failed(), failed()),
    afterwards: [expectItem('never', undefined)],
  },
  {
    name: 'an update that does not fit its item',
    given: [put(TableName, { ...key('text'), v: s('text') })],
    request: write(Update('text', 'ADD v :one', { ExpressionAttributeValues: one }), Put(key('never'))),
    expect: cancelled(invalid('An operand in the update expression has an incorrect data type'), none),
  },
  {
    name: 'a key that does not fit its table',
    request: write(Put(key('never')), { Delete: { TableName, Key: { other: s('k') } } }),
    expect: cancelled(none, invalid('The provided key element does not match the schema')),
  },
  {
    name: 'two keys that do not fit: the first is told',
    request: write(Put(key('never')), { Put: { TableName, Item: { pk: n(1) } } }, Put({ other: s('k') })),
    expect: cancelled(
      none,
      invalid('One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N'),
      none,
    ),
  },
  {
    name: 'a key that does not fit, beside an item that comes up twice',
    request: write(Put(key('k')), Delete('k'), { Delete: { TableName, Key: { other: s('k') } } }),
    expect: cancelled(none, none, invalid('The provided key element does not match the schema')),
  },
  ...refusals(
    (
      [
        ['put', Put({ pk: s('') }), KEY],
        ['updated', Update('', 'SET v = :one', { ExpressionAttributeValues: one }), KEY],
        ['deleted', Delete(''), KEY],
        ['checked', Check('', 'attribute_exists(pk)'), KEY],
        [
          'put into an index',
          { Put: { TableName: indexed, Item: { ...key('k'), sk: n(1), y: s('') } } },
          INDEX_KEY,
        ],
        [
          'updated in an index',
          {
            Update: {
              TableName: indexed,
              Key: { ...key('k'), sk: n(1) },
              UpdateExpression: 'SET y = :y',
              ExpressionAttributeValues: { ':y': s('') },
            },
          },
          UPDATED_INDEX_KEY,
        ],
      ] as const
    ).map(([how, action, message]) => [
      `an empty key that is ${how}`,
      'TransactWriteItems',
      { TransactItems: [Put(key('never')), action] },
      message,
    ]),
  ),
  {
    name: 'units for reading and writing, by table and index',
    request: [
      'TransactWriteItems',
      {
        TransactItems: [
          Put({ ...key('units'), v: s('x'.repeat(1024)) }),
          { Put: { TableName: indexed, Item: { ...key('units'), sk: n(1), x: n(1) } } },
        ],
        ReturnConsumedCapacity: 'INDEXES',
        ReturnItemCollectionMetrics: 'SIZE',
      },
    ],
    expect: {
      output: {
        ConsumedCapacity: [
          {
            TableName,
            CapacityUnits: 4,
            WriteCapacityUnits: 4,
            Table: { CapacityUnits: 4, WriteCapacityUnits: 4 },
          },
          {
            TableName: indexed,
            CapacityUnits: 3,
            WriteCapacityUnits: 3,
            Table: { CapacityUnits: 2, WriteCapacityUnits: 2 },
            LocalSecondaryIndexes: { 'by-x': { CapacityUnits: 1 } },
          },
        ],
        ItemCollectionMetrics: {
          [indexed]: [{ ItemCollectionKey: key('units'), SizeEstimateRangeGB: [0, 1] }],
        },
      },
    },
  },
  {
    name: 'a request that comes again with its token',
    given: [
      [
        'TransactWriteItems',
        {
          ClientRequestToken: 'again',
          TransactItems: [Update('again', 'ADD v :one', { ExpressionAttributeValues: one })],
        },
      ],
    ],
    request: [
      'TransactWriteItems',
      {
        ClientRequestToken: 'again',
        TransactItems: [Update('again', 'ADD v :one', { ExpressionAttributeValues: one })],
        ReturnConsumedCapacity: 'TOTAL',
      },
    ],
    expect: { output: { ConsumedCapacity: [{ TableName, CapacityUnits: 2, ReadCapacityUnits: 2 }] } },
    afterwards: [
      [
        ['TransactWriteItems', { ClientRequestToken: 'again', TransactItems: [Put(key('again'))] }],
        { type: 'IdempotentParameterMismatchException' },
      ],
    ],
  },
];

const reads: Case[] = [
  {
    name: 'items in the order of the request',
    given: [put(TableName, { ...key('r1'), v: n(1), w: n(2) }), put(TableName, key('r2'))],
    request: read(
      Get('r2'),
      Get('absent'),
      Get('r1', { ProjectionExpression: '#v', ExpressionAttributeNames: { '#v': 'v' } }),
      Get('r2 and more'),
    ),
    expect: { output: { Responses: [{ Item: key('r2') }, {}, { Item: { v: n(1) } }, {}] } },
  },
  {
    name: 'a projection of nothing that is there',
    given: [put(TableName, key('r4'))],
    request: read(Get('r4', { ProjectionExpression: 'v' }), Get('r4 and more')),
    expect: { output: { Responses: [{}, {}] } },
  },
  {
    name: 'units of a read',
    given: [put(TableName, { ...key('r3'), v: s('x'.repeat(4096)) })],
    request: [
      'TransactGetItems',
      { TransactItems: [Get('r3'), Get('absent')], ReturnConsumedCapacity: 'TOTAL' },
    ],
    expect: { output: { ConsumedCapacity: [{ TableName, CapacityUnits: 6, ReadCapacityUnits: 6 }] } },
  },
  {
    name: 'a key of another shape in a read',
    request: read(Get('r1'), { Get: { TableName, Key: { other: s('k') } } }),
    expect: cancelled(none, invalid('The provided key element does not match the schema')),
  },
  {
    name: 'a key of another shape beside two reads of one item',
    request: read(Get('r1'), Get('r1'), { Get: { TableName, Key: { other: s('k') } } }),
    expect: cancelled(none, none, invalid('The provided key element does not match the schema')),
  },
];

const refused: Case[] = [
  ...refusals([
    [
      'no items',
      'TransactWriteItems',
      { TransactItems: [] },
      /Member must have length greater than or equal to 1/,
    ],
    [
      'too many items',
      'TransactWriteItems',
      { TransactItems: many(101) },
      /length less than or equal to 100/,
    ],
    [
      'a token that is too long',
      'TransactWriteItems',
      { TransactItems: [Put(key('k'))], ClientRequestToken: 'x'.repeat(37) },
      /clientRequestToken.*length less than or equal to 36/,
    ],
    [
      'an action with two parts',
      'TransactWriteItems',
      { TransactItems: [{ ...Put(key('k')), ...Delete('l') }] },
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    [
      'two actions on one item',
      'TransactWriteItems',
      { TransactItems: [Put(key('k')), Check('k', 'attribute_exists(pk)')] },
      'Transaction request cannot include multiple operations on one item',
    ],
    [
      'an expression that does not parse',
      'TransactWriteItems',
      { TransactItems: [Update('k', 'SET')] },
      /^Invalid UpdateExpression: Syntax error/,
    ],
    [
      'values that no condition can use',
      'TransactWriteItems',
      { TransactItems: [Put(key('k'), { ExpressionAttributeValues: one })] },
      'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
    ],
    [
      'an item that is nested too deep',
      'TransactWriteItems',
      { TransactItems: [Put({ ...key('k'), v: nested(32) })] },
      NESTED,
    ],
    [
      'a value of an expression that is none',
      'TransactWriteItems',
      { TransactItems: [Update('k', 'SET v = :v', { ExpressionAttributeValues: { ':v': n('x') } })] },
      'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :v',
    ],
    [
      'a value of an item that is none',
      'TransactWriteItems',
      { TransactItems: [Put({ ...key('k'), v: n('x') })] },
      'The parameter cannot be converted to a numeric value: x',
    ],
    [
      'an item that is too large',
      'TransactWriteItems',
      { TransactItems: [Put({ ...key('k'), v: s('x'.repeat(400 * 1024)) })] },
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'two reads of one item',
      'TransactGetItems',
      { TransactItems: [Get('k'), Get('k')] },
      'Transaction request cannot include multiple operations on one item',
    ],
  ]),
  ...refusals(
    [
      [
        'an unknown table',
        'TransactWriteItems',
        { TransactItems: [{ Put: { TableName: tableOf('unknown'), Item: key('k') } }] },
        'Requested resource not found',
      ],
    ],
    'ResourceNotFoundException',
  ),
  ...typeErrors([['items that are no list', 'TransactWriteItems', { TransactItems: 'x' }, /./]]),
];

export const transactions: Suite = {
  name: 'transactions',
  tables: [
    table(TableName, 'S'),
    table(indexed, 'S', 'N', {
      AttributeDefinitions: [
        { AttributeName: 'x', AttributeType: 'N' },
        { AttributeName: 'y', AttributeType: 'S' },
      ],
      LocalSecondaryIndexes: [localIndex('by-x', 'x'), localIndex('by-y', 'y')],
    }),
  ],
  cases: [...writes, ...reads, ...refused],
};

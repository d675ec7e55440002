/** PutItem, GetItem, DeleteItem and UpdateItem: keys that do not fit the table, parameters that exclude each other. */
import { type Case, refusals, type Suite } from '../case.js';
import { localIndex, n, s, table, tableOf } from '../tables.js';

const simple = tableOf('refused-items-simple');
const composite = tableOf('refused-items-composite');
const binary = tableOf('refused-items-binary');
const indexed = tableOf('refused-items-indexed');
const PREFIX = 'One or more parameter values were invalid: ';
const SCHEMA = 'The provided key element does not match the schema';
const NOT_FOUND = 'Requested resource not found';
const OLD_ONLY = 'ReturnValues can only be ALL_OLD or NONE';
const mixed = (legacy: string, expressions: string) =>
  'Can not use both expression and non-expression parameters in the same request: ' +
  `Non-expression parameters: {${legacy}} Expression parameters: {${expressions}}`;
const Key = { pk: s('item') };

const keyCases: readonly Case[] = [
  ...refusals([
    [
      'put without a key',
      'PutItem',
      { TableName: simple, Item: { v: n(1) } },
      `${PREFIX}Missing the key pk in the item`,
    ],
    [
      'put without a sort key',
      'PutItem',
      { TableName: composite, Item: { pk: s('a') } },
      `${PREFIX}Missing the key sk in the item`,
    ],
    [
      'put with a key of another type',
      'PutItem',
      { TableName: simple, Item: { pk: n(1) } },
      `${PREFIX}Type mismatch for key pk expected: S actual: N`,
    ],
    [
      'put with a sort key of another type',
      'PutItem',
      { TableName: composite, Item: { pk: s('a'), sk: s('b') } },
      `${PREFIX}Type mismatch for key sk expected: N actual: S`,
    ],
    [
      'put with a set as a key',
      'PutItem',
      { TableName: simple, Item: { pk: { SS: ['a'] } } },
      `${PREFIX}Type mismatch for key pk expected: S actual: SS`,
    ],
    [
      'put with an empty key',
      'PutItem',
      { TableName: simple, Item: { pk: s('') } },
      /The AttributeValue for a key attribute cannot contain an empty string value\. Key: pk$/,
    ],
    [
      'put with an empty binary key',
      'PutItem',
      { TableName: binary, Item: { pk: { B: '' } } },
      /The AttributeValue for a key attribute cannot contain an empty binary value\. Key: pk$/,
    ],
    [
      'put with a long key',
      'PutItem',
      { TableName: simple, Item: { pk: s('a'.repeat(2049)) } },
      `${PREFIX}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
    ],
    [
      'put of a large item',
      'PutItem',
      { TableName: simple, Item: { pk: s('a'), v: s('a'.repeat(409_600)) } },
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'put of an item that is too large together with its index entry',
      'PutItem',
      { TableName: indexed, Item: { ...Key, sk: n(1), x: n(1), v: s('a'.repeat(205_000)) } },
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'update to an item that is too large together with its index entry',
      'UpdateItem',
      {
        TableName: indexed,
        Key: { ...Key, sk: n(1) },
        UpdateExpression: 'SET x = :x, v = :v',
        ExpressionAttributeValues: { ':x': n(1), ':v': s('a'.repeat(205_000)) },
      },
      'Item size to update has exceeded the maximum allowed size',
    ],
  ]),
  {
    name: 'put of a large item that is in no index',
    request: ['PutItem', { TableName: indexed, Item: { ...Key, sk: n(1), v: s('a'.repeat(205_000)) } }],
    expect: { output: {} },
  },
  ...refusals(
    [
      ['put into no table', 'PutItem', { TableName: 'no-such-table', Item: Key }, NOT_FOUND],
      ['get from no table', 'GetItem', { TableName: 'no-such-table', Key }, NOT_FOUND],
      ['delete from no table', 'DeleteItem', { TableName: 'no-such-table', Key }, NOT_FOUND],
      ['update in no table', 'UpdateItem', { TableName: 'no-such-table', Key }, NOT_FOUND],
      [
        'query no table',
        'Query',
        {
          TableName: 'no-such-table',
          KeyConditionExpression: 'pk = :a',
          ExpressionAttributeValues: { ':a': s('a') },
        },
        NOT_FOUND,
      ],
      ['scan no table', 'Scan', { TableName: 'no-such-table' }, NOT_FOUND],
    ],
    'ResourceNotFoundException',
  ),
  ...['GetItem', 'DeleteItem', 'UpdateItem'].flatMap((operation) =>
    refusals([
      [`${operation} by an empty key`, operation, { TableName: simple, Key: {} }, SCHEMA],
      [`${operation} by another attribute`, operation, { TableName: simple, Key: { x: s('a') } }, SCHEMA],
      [
        `${operation} by too many attributes`,
        operation,
        { TableName: simple, Key: { pk: s('a'), x: s('b') } },
        SCHEMA,
      ],
      [`${operation} by half a key`, operation, { TableName: composite, Key: { pk: s('a') } }, SCHEMA],
      [`${operation} by a key of another type`, operation, { TableName: simple, Key: { pk: n(1) } }, SCHEMA],
    ]),
  ),
];

const scalars = (kind: string) =>
  `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}`;

const keyPathCases = refusals([
  [
    'put on a condition inside a key',
    'PutItem',
    { TableName: simple, Item: Key, ConditionExpression: 'attribute_exists(pk.a)' },
    scalars('Key: pk'),
  ],
  [
    'delete on a condition inside a key',
    'DeleteItem',
    { TableName: composite, Key: { ...Key, sk: n(1) }, ConditionExpression: 'attribute_exists(sk[0])' },
    scalars('Key: sk'),
  ],
  [
    'update on a condition inside a key of an index',
    'UpdateItem',
    { TableName: indexed, Key: { ...Key, sk: n(1) }, ConditionExpression: 'attribute_exists(x.a)' },
    scalars('IndexKey: x'),
  ],
  [
    'get of what is inside a key',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'pk[0]' },
    scalars('Key: pk'),
  ],
]);

const parameterCases = refusals([
  [
    'get with a name without a placeholder',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a', ExpressionAttributeNames: { '': 'b' } },
    'ExpressionAttributeNames contains invalid key: The expression attribute map contains an empty key;',
  ],
  [
    'put with a value without a placeholder',
    'PutItem',
    {
      TableName: simple,
      Item: Key,
      ConditionExpression: 'a = :a',
      ExpressionAttributeValues: { ':a': s('a'), '': s('b') },
    },
    'ExpressionAttributeValues contains invalid key: The expression attribute map contains an empty key;',
  ],
  [
    'put with a placeholder that is none after a value that is none',
    'PutItem',
    {
      TableName: simple,
      Item: Key,
      ConditionExpression: 'a = :a',
      ExpressionAttributeValues: { ':a': { N: 'x' }, b: s('b') },
    },
    'ExpressionAttributeValues contains invalid key: Syntax error; key: "b"',
  ],
  [
    'put that returns new values',
    'PutItem',
    { TableName: simple, Item: Key, ReturnValues: 'ALL_NEW' },
    OLD_ONLY,
  ],
  [
    'put that returns updated values',
    'PutItem',
    { TableName: simple, Item: Key, ReturnValues: 'UPDATED_OLD' },
    OLD_ONLY,
  ],
  [
    'delete that returns new values',
    'DeleteItem',
    { TableName: simple, Key, ReturnValues: 'UPDATED_NEW' },
    OLD_ONLY,
  ],
  [
    'put with both kinds of condition',
    'PutItem',
    { TableName: simple, Item: Key, Expected: {}, ConditionExpression: 'attribute_exists(a)' },
    mixed('Expected', 'ConditionExpression'),
  ],
  [
    'delete with both kinds of condition',
    'DeleteItem',
    { TableName: simple, Key, Expected: {}, ConditionExpression: 'attribute_exists(a)' },
    mixed('Expected', 'ConditionExpression'),
  ],
  [
    'get with both kinds of projection',
    'GetItem',
    { TableName: simple, Key, AttributesToGet: ['a'], ProjectionExpression: 'a' },
    mixed('AttributesToGet', 'ProjectionExpression'),
  ],
  [
    'update with both kinds',
    'UpdateItem',
    {
      TableName: simple,
      Key,
      AttributeUpdates: {},
      Expected: {},
      UpdateExpression: 'REMOVE a',
      ConditionExpression: 'attribute_exists(a)',
    },
    mixed('AttributeUpdates, Expected', 'UpdateExpression, ConditionExpression'),
  ],
  [
    'put with names alone',
    'PutItem',
    { TableName: simple, Item: Key, ExpressionAttributeNames: { '#a': 'a' } },
    'ExpressionAttributeNames can only be specified when using expressions',
  ],
  [
    'put with values alone',
    'PutItem',
    { TableName: simple, Item: Key, ExpressionAttributeValues: { ':a': s('a') } },
    'ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null',
  ],
  [
    'update with values alone',
    'UpdateItem',
    { TableName: simple, Key, ExpressionAttributeValues: { ':a': s('a') } },
    'ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null',
  ],
  [
    'get with no names',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a', ExpressionAttributeNames: {} },
    'ExpressionAttributeNames must not be empty',
  ],
  [
    'get with a bad name',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a', ExpressionAttributeNames: { a: 'b' } },
    'ExpressionAttributeNames contains invalid key: Syntax error; key: "a"',
  ],
  [
    'get with an unused name',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a', ExpressionAttributeNames: { '#b': 'b' } },
    'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}',
  ],
  [
    'get with an undefined name',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: '#a' },
    'Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; attribute name: #a',
  ],
  [
    'get with an empty projection',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: '' },
    'Invalid ProjectionExpression: The expression can not be empty;',
  ],
  [
    'get with a reserved word',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a, name' },
    'Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: name',
  ],
  [
    'get with overlapping paths',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a.b, a' },
    'Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]',
  ],
  [
    'get with conflicting paths',
    'GetItem',
    { TableName: simple, Key, ProjectionExpression: 'a.b, a[1]' },
    'Invalid ProjectionExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [1]]',
  ],
  [
    'get of an attribute twice',
    'GetItem',
    { TableName: simple, Key, AttributesToGet: ['a', 'a'] },
    `${PREFIX}Duplicate value in attribute name: a`,
  ],
]);

export const itemRefusals: Suite = {
  name: 'item refusals',
  tables: [
    table(simple, 'S'),
    table(composite, 'S', 'N'),
    table(binary, 'B'),
    table(indexed, 'S', 'N', {
      AttributeDefinitions: [{ AttributeName: 'x', AttributeType: 'N' }],
      LocalSecondaryIndexes: [localIndex('by-x', 'x')],
    }),
  ],
  cases: [...keyCases, ...keyPathCases, ...parameterCases],
};

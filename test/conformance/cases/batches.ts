/** BatchGetItem and BatchWriteItem. */
import { type JsonObject, refusals, type Suite } from '../case.js';
import { get, n, put, s, table, tableOf } from '../tables.js';

const first = tableOf('batch-first');
const second = tableOf('batch-second');
const SCHEMA = 'The provided key element does not match the schema';

const key = (id: string): JsonObject => ({ pk: s(id) });
const putRequest = (Item: JsonObject): JsonObject => ({ PutRequest: { Item } });
const deleteRequest = (Key: JsonObject): JsonObject => ({ DeleteRequest: { Key } });
const many = (count: number, prefix = 'many') =>
  Array.from({ length: count }, (_, index) => putRequest(key(`${prefix} ${index}`)));
const keys = (count: number) => Array.from({ length: count }, (_, index) => key(`key ${index}`));

export const batches: Suite = {
  name: 'batches',
  tables: [table(first, 'S'), table(second, 'S')],
  given: [
    put(first, { ...key('a'), v: n(1) }),
    put(first, { ...key('b'), v: n(2) }),
    put(second, { ...key('a'), v: n(3) }),
  ],
  cases: [
    {
      name: 'get from two tables',
      request: [
        'BatchGetItem',
        {
          RequestItems: {
            [first]: { Keys: [key('a'), key('b'), key('absent')] },
            [second]: { Keys: [key('a')] },
          },
        },
      ],
      expect: {
        output: {
          Responses: {
            [first]: [
              { ...key('a'), v: n(1) },
              { ...key('b'), v: n(2) },
            ],
            [second]: [{ ...key('a'), v: n(3) }],
          },
          UnprocessedKeys: {},
        },
        unordered: true,
      },
    },
    {
      name: 'get nothing',
      request: ['BatchGetItem', { RequestItems: { [first]: { Keys: [key('absent')] } } }],
      expect: { output: { Responses: { [first]: [] }, UnprocessedKeys: {} } },
    },
    {
      name: 'get a projection',
      request: [
        'BatchGetItem',
        {
          RequestItems: {
            [first]: {
              Keys: [key('a')],
              ProjectionExpression: '#v',
              ExpressionAttributeNames: { '#v': 'v' },
            },
          },
        },
      ],
      expect: { output: { Responses: { [first]: [{ v: n(1) }] } } },
    },
    {
      name: 'get with AttributesToGet',
      request: ['BatchGetItem', { RequestItems: { [first]: { Keys: [key('a')], AttributesToGet: ['v'] } } }],
      expect: { output: { Responses: { [first]: [{ v: n(1) }] } } },
    },
    {
      name: 'put and delete',
      given: [put(first, key('going'))],
      request: [
        'BatchWriteItem',
        {
          RequestItems: { [first]: [putRequest({ ...key('coming'), v: n(1) }), deleteRequest(key('going'))] },
        },
      ],
      expect: { output: { UnprocessedItems: {} } },
      afterwards: [
        [get(first, key('coming')), { output: { Item: { ...key('coming'), v: n(1) } } }],
        [get(first, key('going')), { output: { Item: undefined } }],
      ],
    },
    {
      name: 'put 25',
      request: ['BatchWriteItem', { RequestItems: { [second]: many(25) } }],
      expect: { output: { UnprocessedItems: {} } },
      afterwards: [[get(second, key('many 24')), { output: { Item: key('many 24') } }]],
    },
    ...refusals([
      [
        'writes to no table',
        'BatchWriteItem',
        { RequestItems: {} },
        'The requestItems parameter is required for BatchWriteItem',
      ],
      [
        'reads from no table',
        'BatchGetItem',
        { RequestItems: {} },
        "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ],
      [
        '26 in two tables',
        'BatchWriteItem',
        { RequestItems: { [first]: many(13), [second]: many(13) } },
        'Too many items requested for the BatchWriteItem call',
      ],
      [
        '26 in one table',
        'BatchWriteItem',
        { RequestItems: { [first]: many(26) } },
        /at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/,
      ],
      [
        '101 keys in two tables',
        'BatchGetItem',
        { RequestItems: { [first]: { Keys: keys(51) }, [second]: { Keys: keys(50) } } },
        'Too many items requested for the BatchGetItem call',
      ],
      [
        '101 keys in one table',
        'BatchGetItem',
        { RequestItems: { [first]: { Keys: keys(101) } } },
        /failed to satisfy constraint: Member must have length less than or equal to 100$/,
      ],
      [
        'a key twice',
        'BatchGetItem',
        { RequestItems: { [first]: { Keys: [key('a'), key('a')] } } },
        'Provided list of item keys contains duplicates',
      ],
      [
        'an item twice',
        'BatchWriteItem',
        { RequestItems: { [first]: [putRequest(key('a')), putRequest(key('a'))] } },
        'Provided list of item keys contains duplicates',
      ],
      [
        'an item put and deleted',
        'BatchWriteItem',
        { RequestItems: { [first]: [putRequest(key('a')), deleteRequest(key('a'))] } },
        'Provided list of item keys contains duplicates',
      ],
      ['a put of no key', 'BatchWriteItem', { RequestItems: { [first]: [putRequest({ v: n(1) })] } }, SCHEMA],
      [
        'a put of another type',
        'BatchWriteItem',
        { RequestItems: { [first]: [putRequest({ pk: n(1) })] } },
        SCHEMA,
      ],
      [
        'a delete of another type',
        'BatchWriteItem',
        { RequestItems: { [first]: [deleteRequest({ pk: n(1) })] } },
        SCHEMA,
      ],
      [
        'a get of another type',
        'BatchGetItem',
        { RequestItems: { [first]: { Keys: [{ pk: n(1) }] } } },
        SCHEMA,
      ],
      [
        'a bad number',
        'BatchWriteItem',
        { RequestItems: { [first]: [putRequest({ ...key('a'), v: n('x') })] } },
        'The parameter cannot be converted to a numeric value: x',
      ],
      [
        'a large item',
        'BatchWriteItem',
        { RequestItems: { [first]: [putRequest({ ...key('a'), v: s('x'.repeat(409_600)) })] } },
        'Item size has exceeded the maximum allowed size',
      ],
      [
        'an attribute twice',
        'BatchGetItem',
        { RequestItems: { [first]: { Keys: [key('a')], AttributesToGet: ['v', 'v'] } } },
        'One or more parameter values were invalid: Duplicate value in attribute name: v',
      ],
      [
        'both kinds of projection',
        'BatchGetItem',
        {
          RequestItems: { [first]: { Keys: [key('a')], AttributesToGet: ['v'], ProjectionExpression: 'v' } },
        },
        'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
      ],
      [
        'a projection of each kind for two tables',
        'BatchGetItem',
        {
          RequestItems: {
            [first]: { Keys: [key('a')], AttributesToGet: ['v'] },
            [second]: { Keys: [key('a')], ProjectionExpression: 'v' },
          },
        },
        'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}',
      ],
      [
        'names alone',
        'BatchGetItem',
        { RequestItems: { [first]: { Keys: [key('a')], ExpressionAttributeNames: { '#v': 'v' } } } },
        'ExpressionAttributeNames can only be specified when using expressions',
      ],
    ]),
    ...refusals(
      [
        [
          'a get from no table',
          'BatchGetItem',
          { RequestItems: { 'no-such-table': { Keys: [key('a')] } } },
          'Requested resource not found',
        ],
        [
          'a write to no table',
          'BatchWriteItem',
          { RequestItems: { 'no-such-table': [putRequest(key('a'))] } },
          'Requested resource not found',
        ],
      ],
      'ResourceNotFoundException',
    ),
  ],
};

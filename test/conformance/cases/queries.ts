/** Query: key conditions, order, pages, filters, counts, projections, local indexes. */
import { type Case, type Json, type JsonObject, refusals, type Suite } from '../case.js';
import { localIndex, n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('queries');
const texts = tableOf('query-texts');
const INVALID = 'Invalid KeyConditionExpression: ';
const PREFIX = 'One or more parameter values were invalid: ';

/** Sort keys 1 to 9; `x` is the same backwards and missing from 9; `even` on the even ones. */
const rows: readonly JsonObject[] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((sk) => ({
  pk: s('p'),
  sk: n(sk),
  ...(sk < 9 && { x: n(10 - sk) }),
  ...(sk % 2 === 0 && { even: { BOOL: true } }),
}));
const numbersOf = (...keys: readonly number[]): JsonObject[] => keys.map((sk) => rows[sk - 1] as JsonObject);
const key = (sk: number): JsonObject => ({ pk: s('p'), sk: n(sk) });

const words = ['a', 'aa', 'ab', 'abc', 'b', 'é', '😀'];

function query(KeyConditionExpression: string, values: JsonObject, more: JsonObject = {}): JsonObject {
  return { TableName, KeyConditionExpression, ExpressionAttributeValues: values, ...more };
}

const P = { ':p': s('p') };

const keyConditions: readonly (readonly [expression: string, values: JsonObject, keys: readonly number[]])[] =
  [
    ['pk = :p', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['pk = :p AND sk = :v', { ':v': n(4) }, [4]],
    ['pk = :p AND sk < :v', { ':v': n(3) }, [1, 2]],
    ['pk = :p AND sk <= :v', { ':v': n(3) }, [1, 2, 3]],
    ['pk = :p AND sk > :v', { ':v': n('7.5') }, [8, 9]],
    ['pk = :p AND sk >= :v', { ':v': n(8) }, [8, 9]],
    ['pk = :p AND sk BETWEEN :v AND :w', { ':v': n(3), ':w': n(5) }, [3, 4, 5]],
    ['sk = :v AND pk = :p', { ':v': n(4) }, [4]],
    ['(pk = :p) AND (sk = :v)', { ':v': n(4) }, [4]],
    [':p = pk', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['pk = :p AND sk > :v', { ':v': n(100) }, []],
  ];

type Row = readonly [name: string, more: JsonObject, output: { readonly [member: string]: Json | undefined }];

const pages: readonly Row[] = [
  ['everything', {}, { Count: 9, ScannedCount: 9, LastEvaluatedKey: undefined }],
  ['backwards', { ScanIndexForward: false, Limit: 2 }, { Items: numbersOf(9, 8), LastEvaluatedKey: key(8) }],
  ['a first page', { Limit: 3 }, { Items: numbersOf(1, 2, 3), Count: 3, LastEvaluatedKey: key(3) }],
  [
    'a next page',
    { Limit: 3, ExclusiveStartKey: key(3) },
    { Items: numbersOf(4, 5, 6), LastEvaluatedKey: key(6) },
  ],
  [
    'a last page',
    { Limit: 3, ExclusiveStartKey: key(7) },
    { Items: numbersOf(8, 9), LastEvaluatedKey: undefined },
  ],
  [
    'a full last page',
    { Limit: 2, ExclusiveStartKey: key(7) },
    { Items: numbersOf(8, 9), LastEvaluatedKey: key(9) },
  ],
  ['after the last', { ExclusiveStartKey: key(9) }, { Items: [], Count: 0, LastEvaluatedKey: undefined }],
  [
    'from a key that is not there',
    { ExclusiveStartKey: { pk: s('p'), sk: n('6.5') } },
    { Items: numbersOf(7, 8, 9) },
  ],
  [
    'backwards from a key',
    { ScanIndexForward: false, ExclusiveStartKey: key(3) },
    { Items: numbersOf(2, 1) },
  ],
  [
    'a filter',
    { FilterExpression: 'attribute_exists(even)' },
    { Items: numbersOf(2, 4, 6, 8), Count: 4, ScannedCount: 9 },
  ],
  [
    'a filter after the limit',
    { FilterExpression: 'attribute_exists(even)', Limit: 3 },
    { Items: numbersOf(2), Count: 1, ScannedCount: 3, LastEvaluatedKey: key(3) },
  ],
  ['a count', { Select: 'COUNT' }, { Items: undefined, Count: 9, ScannedCount: 9 }],
  [
    'a filtered count',
    { Select: 'COUNT', FilterExpression: 'attribute_exists(even)' },
    { Items: undefined, Count: 4, ScannedCount: 9 },
  ],
  ['a projection', { ProjectionExpression: 'sk', Limit: 2 }, { Items: [{ sk: n(1) }, { sk: n(2) }] }],
  [
    'a projection of what is filtered by another',
    {
      ProjectionExpression: 'sk',
      FilterExpression: 'even = :t',
      ExpressionAttributeValues: { ...P, ':t': { BOOL: true } },
    },
    { Items: [2, 4, 6, 8].map((sk) => ({ sk: n(sk) })) },
  ],
];

const indexed: readonly Row[] = [
  ['an index in its order', { IndexName: 'by-x' }, { Items: numbersOf(8, 7, 6, 5, 4, 3, 2, 1), Count: 8 }],
  [
    'an index backwards',
    { IndexName: 'by-x', ScanIndexForward: false, Limit: 1 },
    { Items: numbersOf(1), LastEvaluatedKey: { ...key(1), x: n(9) } },
  ],
  [
    'an index by page',
    { IndexName: 'by-x', ExclusiveStartKey: { ...key(8), x: n(2) }, Limit: 1 },
    { Items: numbersOf(7), LastEvaluatedKey: { ...key(7), x: n(3) } },
  ],
  [
    'an index of keys',
    { IndexName: 'keys-only', Limit: 2 },
    {
      Items: [
        { ...key(8), x: n(2) },
        { ...key(7), x: n(3) },
      ],
    },
  ],
  [
    'an index that fetches the rest',
    { IndexName: 'keys-only', Select: 'ALL_ATTRIBUTES', Limit: 2 },
    { Items: numbersOf(8, 7) },
  ],
  ['an index of chosen attributes', { IndexName: 'include', Limit: 1 }, { Items: numbersOf(8) }],
  [
    'an index read consistently',
    { IndexName: 'by-x', ConsistentRead: true, Limit: 1 },
    { Items: numbersOf(8) },
  ],
];

const bad: readonly (readonly [
  expression: string,
  values: JsonObject | undefined,
  message: string | RegExp,
])[] = [
  ['', undefined, `${INVALID}The expression can not be empty;`],
  ['pk', undefined, `${INVALID}Syntax error; token: "<EOF>", near: "pk"`],
  ['sk = :v', { ':v': n(1) }, 'Query condition missed key schema element: pk'],
  ['pk = :v AND x = :v', { ':v': s('p') }, 'Query condition missed key schema element: sk'],
  ['pk < :v', { ':v': s('p') }, 'Query key condition not supported'],
  ['begins_with(pk, :v)', { ':v': s('p') }, 'Query key condition not supported'],
  ['pk = :v OR sk = :v', { ':v': s('p') }, `Invalid operator used in KeyConditionExpression: OR`],
  ['NOT pk = :v', { ':v': s('p') }, `Invalid operator used in KeyConditionExpression: NOT`],
  ['pk = :v AND sk <> :v', { ':v': s('p') }, `Invalid operator used in KeyConditionExpression: <>`],
  ['pk IN (:v)', { ':v': s('p') }, `Invalid operator used in KeyConditionExpression: IN`],
  ['attribute_exists(pk)', undefined, `Invalid operator used in KeyConditionExpression: attribute_exists`],
  ['contains(pk, :v)', { ':v': s('p') }, `Invalid operator used in KeyConditionExpression: contains`],
  [
    'pk = :v AND pk = :v',
    { ':v': s('p') },
    /^(Invalid KeyConditionExpression: )?KeyConditionExpressions must only contain one condition per key$/,
  ],
  ['pk = :v', { ':v': n(1) }, `${PREFIX}Condition parameter type does not match schema type`],
  ['pk = :v', { ':v': s('') }, /cannot contain an empty string value\. Key: pk$/],
];

export const queries: Suite = {
  name: 'queries',
  tables: [
    table(TableName, 'S', 'N', {
      AttributeDefinitions: [{ AttributeName: 'x', AttributeType: 'N' }],
      LocalSecondaryIndexes: [
        localIndex('by-x', 'x'),
        localIndex('keys-only', 'x', { ProjectionType: 'KEYS_ONLY' }),
        localIndex('include', 'x', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['even'] }),
      ],
    }),
    table(texts, 'S', 'S'),
  ],
  given: [
    ...rows.map((row) => put(TableName, row)),
    put(TableName, { pk: s('other'), sk: n(1) }),
    ...words.map((word) => put(texts, { pk: s('p'), sk: s(word) })),
  ],
  cases: [
    ...keyConditions.map(
      ([expression, values, keys]): Case => ({
        name: `${expression} with ${JSON.stringify(values)}`,
        request: ['Query', query(expression, { ...P, ...values })],
        expect: { output: { Items: numbersOf(...keys), Count: keys.length } },
      }),
    ),
    ...[...pages, ...indexed].map(
      ([name, more, output]): Case => ({
        name,
        request: ['Query', query('pk = :p', P, more)],
        expect: { output },
      }),
    ),
    ...(
      [
        ['a', ['a', 'aa', 'ab', 'abc']],
        ['ab', ['ab', 'abc']],
        ['é', ['é']],
        ['z', []],
      ] as const
    ).map(
      ([prefix, found]): Case => ({
        name: `begins_with ${prefix}`,
        request: [
          'Query',
          { ...query('pk = :p AND begins_with(sk, :v)', { ...P, ':v': s(prefix) }), TableName: texts },
        ],
        expect: { output: { Items: found.map((word) => ({ pk: s('p'), sk: s(word) })) } },
      }),
    ),
    {
      name: 'strings sort by their bytes',
      request: ['Query', { ...query('pk = :p', P), TableName: texts }],
      expect: { output: { Items: words.map((word) => ({ pk: s('p'), sk: s(word) })) } },
    },
    ...bad.map(
      ([expression, values, message]): Case => ({
        name: `${expression} with ${JSON.stringify(values ?? {})} is refused`,
        request: [
          'Query',
          {
            TableName,
            KeyConditionExpression: expression,
            ...(values && { ExpressionAttributeValues: values }),
          },
        ],
        expect: { type: 'ValidationException', message },
      }),
    ),
    ...refusals([
      [
        'no key condition',
        'Query',
        { TableName },
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      ],
      [
        'no such index',
        'Query',
        query('pk = :p', P, { IndexName: 'absent' }),
        'The table does not have the specified index: absent',
      ],
      [
        'a filter on a key',
        'Query',
        query('pk = :p', P, { FilterExpression: 'attribute_exists(sk)' }),
        'Filter Expression can only contain non-primary key attributes: Primary key attribute: sk',
      ],
      [
        'a start key of another partition',
        'Query',
        query('pk = :p', P, { ExclusiveStartKey: { pk: s('q'), sk: n(1) } }),
        'The provided starting key is outside query boundaries based on provided conditions',
      ],
      [
        'a start key of another partition than the range',
        'Query',
        query('pk = :p AND sk > :v', { ...P, ':v': n(3) }, { ExclusiveStartKey: { pk: s('q'), sk: n(5) } }),
        'The provided starting key is outside query boundaries based on provided conditions',
      ],
      [
        'a start key without its sort key',
        'Query',
        query('pk = :p', P, { ExclusiveStartKey: { pk: s('p') } }),
        'The provided starting key is invalid',
      ],
      [
        'a start key of another type',
        'Query',
        query('pk = :p', P, { ExclusiveStartKey: { pk: s('p'), sk: s('1') } }),
        'The provided starting key is invalid',
      ],
      [
        'a start key outside the range',
        'Query',
        query('pk = :p AND sk < :v', { ...P, ':v': n(3) }, { ExclusiveStartKey: key(5) }),
        'The provided starting key does not match the range key predicate',
      ],
      [
        'both kinds of condition',
        'Query',
        query('pk = :p', P, { KeyConditions: {} }),
        'Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {KeyConditions} Expression parameters: {KeyConditionExpression}',
      ],
      ...(
        [
          ['pk = :p OR sk = :p', 'Invalid operator used in KeyConditionExpression: OR'],
          ['size(pk) = :p', 'KeyConditionExpressions cannot contain nested operations'],
          ['pk = :p AND pk = :p', 'KeyConditionExpressions must only contain one condition per key'],
          ['pk = :p AND sk = :p AND x = :p', 'Conditions can be of length 1 or 2 only'],
        ] as const
      ).map(
        ([KeyConditionExpression, message]) =>
          [
            `${KeyConditionExpression} of a table that is not there`,
            'Query',
            { TableName: 'absent', KeyConditionExpression, ExpressionAttributeValues: P },
            message,
          ] as const,
      ),
      [
        'no key conditions of a table that is not there',
        'Query',
        { TableName: 'absent', KeyConditions: {} },
        'Conditions can be of length 1 or 2 only',
      ],
      [
        'specific attributes that are not named',
        'Query',
        query('pk = :p', P, { Select: 'SPECIFIC_ATTRIBUTES' }),
        '1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
      ],
      [
        'all projected of a table',
        'Query',
        query('pk = :p', P, { Select: 'ALL_PROJECTED_ATTRIBUTES' }),
        `ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
      ],
    ]),
  ],
};

/** The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter. */
import { type Case, type JsonObject, refusals, type Suite } from '../case.js';
import { get, n, put, s, table, tableOf } from '../tables.js';

const TableName = tableOf('legacy');
const rangeTable = tableOf('legacy-range');
const PREFIX = 'One or more parameter values were invalid: ';
const before: JsonObject = { a: n(5), b: s('text'), ss: { SS: ['x', 'y'] }, l: { L: [n(1)] } };
const item = { pk: s('item'), ...before };

const compare = (ComparisonOperator: string, ...AttributeValueList: readonly JsonObject[]): JsonObject => ({
  ComparisonOperator,
  ...(AttributeValueList.length > 0 && { AttributeValueList }),
});
const within = (conditions: JsonObject, more: JsonObject = {}): JsonObject => ({
  TableName,
  Item: item,
  Expected: conditions,
  ...more,
});

type Row = readonly [name: string, expected: JsonObject, operator?: 'AND' | 'OR'];

const met: readonly Row[] = [
  ['a value', { a: { Value: n(5) } }],
  ['absence', { absent: { Exists: false } }],
  ['existence with a value', { a: { Exists: true, Value: n(5) } }],
  ['EQ', { a: compare('EQ', n(5)) }],
  ['EQ of a set', { ss: compare('EQ', { SS: ['y', 'x'] }) }],
  ['NE', { a: compare('NE', n(6)) }],
  ['LT', { a: compare('LT', n(6)) }],
  ['LE', { a: compare('LE', n(5)) }],
  ['GT', { a: compare('GT', n(4)) }],
  ['GE', { a: compare('GE', n(5)) }],
  ['BETWEEN', { a: compare('BETWEEN', n(1), n(9)) }],
  ['IN', { a: compare('IN', n(1), n(5)) }],
  ['NULL', { absent: compare('NULL') }],
  ['NOT_NULL', { a: compare('NOT_NULL') }],
  ['BEGINS_WITH', { b: compare('BEGINS_WITH', s('te')) }],
  ['CONTAINS in a string', { b: compare('CONTAINS', s('ex')) }],
  ['CONTAINS in a set', { ss: compare('CONTAINS', s('x')) }],
  ['NOT_CONTAINS', { ss: compare('NOT_CONTAINS', s('z')) }],
  ['two by AND', { a: compare('EQ', n(5)), b: compare('NOT_NULL') }, 'AND'],
  ['one of two by OR', { a: compare('EQ', n(6)), b: compare('NOT_NULL') }, 'OR'],
];

const unmet: readonly Row[] = [
  ['another value', { a: { Value: n(6) } }],
  ['absence of what is there', { a: { Exists: false } }],
  ['EQ of another type', { a: compare('EQ', s('5')) }],
  ['LT of what is absent', { absent: compare('LT', n(1)) }],
  ['NULL of what is there', { a: compare('NULL') }],
  ['NOT_NULL of what is absent', { absent: compare('NOT_NULL') }],
  ['one of two by AND', { a: compare('EQ', n(6)), b: compare('NOT_NULL') }],
];

const BACKWARDS =
  'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound';
const operands = (operator: string) =>
  `${PREFIX}Invalid number of argument(s) for the ${operator} ComparisonOperator`;
const badExpectations: readonly (readonly [string, JsonObject, string])[] = [
  ['no value', { a: {} }, `${PREFIX}Value must be provided when Exists is null for Attribute: a`],
  [
    'existence without a value',
    { a: { Exists: true } },
    `${PREFIX}Value must be provided when Exists is true for Attribute: a`,
  ],
  [
    'absence with a value',
    { a: { Exists: false, Value: n(1) } },
    `${PREFIX}Value cannot be used when Exists is false for Attribute: a`,
  ],
  [
    'Exists and an operator',
    { a: { Exists: true, ComparisonOperator: 'NULL' } },
    `${PREFIX}Exists and ComparisonOperator cannot be used together for Attribute: a`,
  ],
  [
    'a value and a list',
    { a: { Value: n(1), ...compare('EQ', n(1)) } },
    `${PREFIX}Value and AttributeValueList cannot be used together for Attribute: a`,
  ],
  [
    'a list without an operator',
    { a: { AttributeValueList: [n(1)] } },
    `${PREFIX}AttributeValueList can only be used with a ComparisonOperator for Attribute: a`,
  ],
  ...['EQ', 'NE', 'LT', 'LE', 'GT', 'GE', 'IN', 'BETWEEN', 'BEGINS_WITH', 'CONTAINS', 'NOT_CONTAINS'].map(
    (operator) =>
      [
        `${operator} without a value or a list`,
        { a: { ComparisonOperator: operator } },
        `${PREFIX}Value or AttributeValueList must be used with ComparisonOperator: ${operator} for Attribute: a`,
      ] as const,
  ),
  ['EQ with an empty list', { a: { ComparisonOperator: 'EQ', AttributeValueList: [] } }, operands('EQ')],
  ['IN with an empty list', { a: { ComparisonOperator: 'IN', AttributeValueList: [] } }, operands('IN')],
  [
    'a value, a list and no operator',
    { a: { Value: n(1), AttributeValueList: [n(1)] } },
    `${PREFIX}Value and AttributeValueList cannot be used together for Attribute: a`,
  ],
  [
    'IN of two types, of which one is not for it',
    { a: compare('IN', { SS: ['x'] }, n(1)) },
    `${PREFIX}AttributeValues inside AttributeValueList must be of same type`,
  ],
  ['BETWEEN backwards', { a: compare('BETWEEN', n(2), n(1)) }, BACKWARDS],
  ['NULL with an operand', { a: compare('NULL', n(1)) }, operands('NULL')],
  ['EQ with two operands', { a: compare('EQ', n(1), n(2)) }, operands('EQ')],
  ['BETWEEN with three operands', { a: compare('BETWEEN', n(1), n(2), n(3)) }, operands('BETWEEN')],
  [
    'LT of a set',
    { a: compare('LT', { SS: ['a'] }) },
    `${PREFIX}ComparisonOperator LT is not valid for SS AttributeValue type`,
  ],
  [
    'BEGINS_WITH of a number',
    { a: compare('BEGINS_WITH', n(1)) },
    `${PREFIX}ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type`,
  ],
  [
    'BETWEEN of two types',
    { a: compare('BETWEEN', n(1), s('a')) },
    `${PREFIX}AttributeValues inside AttributeValueList must be of same type`,
  ],
];

const updates: readonly (readonly [
  name: string,
  updates: JsonObject,
  changes: { readonly [name: string]: JsonObject | undefined },
])[] = [
  ['PUT by default', { a: { Value: n(9) } }, { a: n(9) }],
  ['PUT of a new attribute', { c: { Action: 'PUT', Value: s('new') } }, { c: s('new') }],
  ['DELETE of an attribute', { a: { Action: 'DELETE' } }, { a: undefined }],
  ['DELETE from a set', { ss: { Action: 'DELETE', Value: { SS: ['x'] } } }, { ss: { SS: ['y'] } }],
  ['DELETE of the whole set', { ss: { Action: 'DELETE', Value: { SS: ['x', 'y'] } } }, { ss: undefined }],
  ['ADD to a number', { a: { Action: 'ADD', Value: n(-2) } }, { a: n(3) }],
  ['ADD of a number', { c: { Action: 'ADD', Value: n(2) } }, { c: n(2) }],
  ['ADD to a set', { ss: { Action: 'ADD', Value: { SS: ['z'] } } }, { ss: { SS: ['x', 'y', 'z'] } }],
  ['ADD to a list', { l: { Action: 'ADD', Value: { L: [n(2)] } } }, { l: { L: [n(1), n(2)] } }],
  ['an attribute named like a path', { 'a.b': { Value: n(1) } }, { 'a.b': n(1) }],
];

const Key = { pk: s('item') };
const badUpdates: readonly (readonly [string, JsonObject, string])[] = [
  [
    'PUT without a value',
    { a: { Action: 'PUT' } },
    `${PREFIX}Only DELETE action is allowed when no attribute value is specified`,
  ],
  [
    'no action and no value',
    { a: {} },
    `${PREFIX}Only DELETE action is allowed when no attribute value is specified`,
  ],
  [
    'ADD of a string',
    { a: { Action: 'ADD', Value: s('a') } },
    `${PREFIX}ADD action is not supported for the type S`,
  ],
  [
    'ADD of a map',
    { a: { Action: 'ADD', Value: { M: {} } } },
    `${PREFIX}ADD action is not supported for the type M`,
  ],
  [
    'DELETE of a string',
    { a: { Action: 'DELETE', Value: s('a') } },
    `${PREFIX}DELETE action with value is not supported for the type S`,
  ],
  [
    'DELETE of a number',
    { a: { Action: 'DELETE', Value: n(1) } },
    `${PREFIX}DELETE action with value is not supported for the type N`,
  ],
  [
    'a change of the key',
    { pk: { Value: s('a') } },
    `${PREFIX}Cannot update attribute pk. This attribute is part of the key`,
  ],
];

const P = { pk: compare('EQ', s('p')) };
const found = (...keys: readonly number[]) => keys.map((sk) => ({ pk: s('p'), sk: n(sk) }));
const legacyQueries: readonly (readonly [string, JsonObject, JsonObject[]])[] = [
  ['the partition', { KeyConditions: P }, found(1, 2, 3, 4)],
  ['EQ', { KeyConditions: { ...P, sk: compare('EQ', n(2)) } }, found(2)],
  ['LT', { KeyConditions: { ...P, sk: compare('LT', n(3)) } }, found(1, 2)],
  ['GE', { KeyConditions: { ...P, sk: compare('GE', n(3)) } }, found(3, 4)],
  ['BETWEEN', { KeyConditions: { ...P, sk: compare('BETWEEN', n(2), n(3)) } }, found(2, 3)],
  ['a filter', { KeyConditions: P, QueryFilter: { x: compare('NULL') }, Limit: 2 }, found(1, 2)],
];

const mismatches: readonly (readonly [string, JsonObject])[] = [
  ['ADD of a number to a string', { b: { Action: 'ADD', Value: n(1) } }],
  ['ADD of a set to a number', { a: { Action: 'ADD', Value: { SS: ['x'] } } }],
  ['ADD of a list to a set', { ss: { Action: 'ADD', Value: { L: [n(1)] } } }],
  ['DELETE of numbers from a set of strings', { ss: { Action: 'DELETE', Value: { NS: ['1'] } } }],
  ['DELETE of a set from a number', { a: { Action: 'DELETE', Value: { SS: ['x'] } } }],
];

const CONDITIONAL = 'ConditionalOperator can only be used when Filter or Expected has two or more elements';

export const legacy: Suite = {
  name: 'legacy parameters',
  tables: [table(TableName, 'S'), table(rangeTable, 'S', 'N')],
  given: [put(TableName, item), ...found(1, 2, 3, 4).map((row) => put(rangeTable, row))],
  cases: [
    ...met.map(
      ([name, expected, operator]): Case => ({
        name: `${name} is met`,
        request: ['PutItem', within(expected, operator && { ConditionalOperator: operator })],
        expect: { output: {} },
      }),
    ),
    ...unmet.map(
      ([name, expected]): Case => ({
        name: `${name} is not met`,
        request: ['PutItem', within(expected)],
        expect: { type: 'ConditionalCheckFailedException', message: 'The conditional request failed' },
      }),
    ),
    ...refusals(
      badExpectations.map(([name, expected, message]) => [name, 'PutItem', within(expected), message]),
    ),
    ...updates.map(([name, AttributeUpdates, changes], index): Case => {
      const pk = s(`update ${index}`);
      const after = Object.entries({ pk, ...before, ...changes }).filter(([, value]) => value !== undefined);
      return {
        name,
        given: [put(TableName, { pk, ...before })],
        request: ['UpdateItem', { TableName, Key: { pk }, AttributeUpdates, ReturnValues: 'ALL_NEW' }],
        expect: { output: { Attributes: Object.fromEntries(after) as JsonObject } },
        afterwards: [[get(TableName, { pk }), { output: { Item: Object.fromEntries(after) as JsonObject } }]],
      };
    }),
    ...refusals(
      badUpdates.map(([name, AttributeUpdates, message]) => [
        name,
        'UpdateItem',
        { TableName, Key, AttributeUpdates },
        message,
      ]),
    ),
    ...refusals(
      mismatches.map(([name, AttributeUpdates]) => [
        name,
        'UpdateItem',
        { TableName, Key, AttributeUpdates },
        'Type mismatch for attribute to update',
      ]),
    ),
    {
      name: 'ADD of a list to what is not there',
      given: [['DeleteItem', { TableName, Key: { pk: s('list') } }]],
      request: [
        'UpdateItem',
        {
          TableName,
          Key: { pk: s('list') },
          AttributeUpdates: { l: { Action: 'ADD', Value: { L: [n(1)] } } },
          ReturnValues: 'ALL_NEW',
        },
      ],
      expect: { output: { Attributes: { pk: s('list'), l: { L: [n(1)] } } } },
    },
    {
      name: 'DELETE of an attribute makes no item',
      given: [['DeleteItem', { TableName, Key: { pk: s('unmade') } }]],
      request: [
        'UpdateItem',
        { TableName, Key: { pk: s('unmade') }, AttributeUpdates: { a: { Action: 'DELETE' } } },
      ],
      expect: { output: {} },
      afterwards: [[get(TableName, { pk: s('unmade') }), { output: { Item: undefined } }]],
    },
    {
      name: 'key conditions go with other expressions',
      request: [
        'Query',
        {
          TableName: rangeTable,
          KeyConditions: P,
          FilterExpression: 'attribute_not_exists(x)',
          ProjectionExpression: 'sk',
          Limit: 1,
        },
      ],
      expect: { output: { Items: [{ sk: n(1) }] } },
    },
    ...legacyQueries.map(
      ([name, input, Items]): Case => ({
        name: `query by ${name}`,
        request: ['Query', { TableName: rangeTable, ...input }],
        expect: { output: { Items } },
      }),
    ),
    ...refusals([
      [
        'an operator without conditions',
        'PutItem',
        { TableName, Item: item, ConditionalOperator: 'OR' },
        'ConditionalOperator cannot be used without Filter or Expected',
      ],
      [
        'an operator for one condition',
        'PutItem',
        within({ a: { Value: n(5) } }, { ConditionalOperator: 'OR' }),
        CONDITIONAL,
      ],
      [
        'an operator for one filter',
        'Scan',
        { TableName, ScanFilter: { a: compare('NULL') }, ConditionalOperator: 'OR' },
        CONDITIONAL,
      ],
      [
        'three key conditions',
        'Query',
        { TableName: rangeTable, KeyConditions: { ...P, sk: compare('EQ', n(1)), x: compare('EQ', n(1)) } },
        'Conditions can be of length 1 or 2 only',
      ],
      [
        'no key condition',
        'Query',
        { TableName: rangeTable, KeyConditions: {} },
        'Conditions can be of length 1 or 2 only',
      ],
      [
        'a key condition on another attribute',
        'Query',
        { TableName: rangeTable, KeyConditions: { x: compare('EQ', s('a')) } },
        'Query condition missed key schema element: pk',
      ],
      [
        'a partition key compared otherwise',
        'Query',
        { TableName: rangeTable, KeyConditions: { pk: compare('LT', s('a')) } },
        'Query key condition not supported',
      ],
      [
        'a sort key of another type',
        'Query',
        { TableName: rangeTable, KeyConditions: { ...P, sk: compare('EQ', s('a')) } },
        `${PREFIX}Condition parameter type does not match schema type`,
      ],
      [
        'a filter backwards',
        'Query',
        { TableName: rangeTable, KeyConditions: P, QueryFilter: { x: compare('BETWEEN', n(2), n(1)) } },
        BACKWARDS,
      ],
      [
        'an old filter beside key conditions and a new one',
        'Query',
        { TableName: rangeTable, KeyConditions: P, QueryFilter: {}, FilterExpression: 'x' },
        'Can not use both expression and non-expression parameters in the same request: ' +
          'Non-expression parameters: {QueryFilter} Expression parameters: {FilterExpression}',
      ],
      [
        'a filter on a key',
        'Query',
        { TableName: rangeTable, KeyConditions: P, QueryFilter: { sk: compare('EQ', n(1)) } },
        'QueryFilter can only contain non-primary key attributes: Primary key attribute: sk',
      ],
      [
        'an expectation with a bad value',
        'PutItem',
        within({ a: { Value: n('x') } }),
        'The parameter cannot be converted to a numeric value: x',
      ],
      [
        'an update with a bad value',
        'UpdateItem',
        { TableName, Key, AttributeUpdates: { a: { Value: n('x') } } },
        'The parameter cannot be converted to a numeric value: x',
      ],
      [
        'a key condition with a bad value',
        'Query',
        { TableName: rangeTable, KeyConditions: { ...P, sk: compare('EQ', n('x')) } },
        'The parameter cannot be converted to a numeric value: x',
      ],
      [
        'a filter with a bad value',
        'Scan',
        { TableName, ScanFilter: { a: compare('EQ', n('x')) } },
        'The parameter cannot be converted to a numeric value: x',
      ],
    ]),
    {
      name: 'a scan filter',
      request: ['Scan', { TableName: rangeTable, ScanFilter: { sk: compare('GT', n(2)) } }],
      expect: { output: { Items: found(3, 4), Count: 2, ScannedCount: 4 }, unordered: true },
    },
    {
      name: 'a scan filter by OR',
      request: [
        'Scan',
        {
          TableName: rangeTable,
          ConditionalOperator: 'OR',
          ScanFilter: { sk: compare('EQ', n(2)), x: compare('NOT_NULL') },
        },
      ],
      expect: { output: { Items: found(2) } },
    },
  ],
};

/** Constraints of members: presence, lengths, ranges, patterns, enumerations; and how many are reported at once. */
import { type JsonObject, refusals, type Suite } from '../case.js';
import { s } from '../tables.js';

const NULL = 'Member must not be null';
const PATTERN = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
const TABLE_LENGTH = 'TableName must be at least 3 characters long and at most 255 characters long';
const TABLE_REQUIRED = "The parameter 'TableName' is required but was not present in the request";
const RETURN_VALUES = 'ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW';
const OPERATORS = 'IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS';

const atLeast = (length: number) => `Member must have length greater than or equal to ${length}`;
const atMost = (length: number) => `Member must have length less than or equal to ${length}`;
const valueAtLeast = (value: number) => `Member must have value greater than or equal to ${value}`;
const valueAtMost = (value: number) => `Member must have value less than or equal to ${value}`;
const oneOf = (values: string) => `Member must satisfy enum value set: [${values}]`;

type Violation = readonly [value: string | null, place: string, words: string];

function detected(...violations: readonly Violation[]): string {
  const texts = violations.map(
    ([value, place, words]) =>
      `Value ${value === null ? 'null' : `'${value}'`} at '${place}' failed to satisfy constraint: ${words}`,
  );
  return `${texts.length} validation error${texts.length === 1 ? '' : 's'} detected: ${texts.join('; ')}`;
}

const Key = { pk: s('a') };
const noName: Violation = [null, 'tableName', NULL];
const badName: Violation = ['abc;', 'tableName', PATTERN];
const CAPACITY: Violation = ['hi', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')];
const METRICS: Violation = ['hi', 'returnItemCollectionMetrics', oneOf('SIZE, NONE')];
const VALUES: Violation = ['hi', 'returnValues', oneOf(RETURN_VALUES)];
const OPERATOR: Violation = ['hi', 'conditionalOperator', oneOf('OR, AND')];
const SELECT: Violation = [
  'hi',
  'select',
  oneOf('SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES'),
];

const everyEnumeration: JsonObject = {
  TableName: 'abc;',
  ReturnConsumedCapacity: 'hi',
  ReturnItemCollectionMetrics: 'hi',
  ReturnValues: 'hi',
  ConditionalOperator: 'hi',
};

const TABLE_OPERATIONS = ['CreateTable', 'UpdateTable', 'DescribeTable', 'DeleteTable', 'DescribeTimeToLive'];
const ITEM_OPERATIONS: readonly (readonly [string, JsonObject])[] = [
  ['GetItem', { Key }],
  ['PutItem', { Item: Key }],
  ['DeleteItem', { Key }],
  ['UpdateItem', { Key }],
  ['Query', {}],
  ['Scan', {}],
];

export const constraints: Suite = {
  name: 'constraints',
  cases: [
    ...TABLE_OPERATIONS.flatMap((operation) =>
      refusals([
        [`${operation} of no table`, operation, {}, TABLE_REQUIRED],
        [`${operation} of an empty name`, operation, { TableName: '' }, TABLE_LENGTH],
        [`${operation} of a short name`, operation, { TableName: 'ab' }, TABLE_LENGTH],
        [`${operation} of a long name`, operation, { TableName: 'a'.repeat(256) }, TABLE_LENGTH],
      ]),
    ),
    ...['DescribeTable', 'DeleteTable', 'DescribeTimeToLive'].flatMap((operation) =>
      refusals([[`${operation} of a bad name`, operation, { TableName: 'abc;' }, detected(badName)]]),
    ),
    ...ITEM_OPERATIONS.flatMap(([operation, input]) =>
      refusals([
        [`${operation} of no table`, operation, input, detected(noName)],
        [`${operation} of a bad name`, operation, { ...input, TableName: 'abc;' }, detected(badName)],
        [`${operation} of a short name`, operation, { ...input, TableName: 'ab' }, TABLE_LENGTH],
        [
          `${operation} with an unknown ReturnConsumedCapacity`,
          operation,
          { ...input, TableName: 'abc', ReturnConsumedCapacity: 'hi' },
          detected(CAPACITY),
        ],
      ]),
    ),
    ...refusals([
      ['PutItem of nothing', 'PutItem', {}, detected(noName, [null, 'item', NULL])],
      ['GetItem of nothing', 'GetItem', {}, detected(noName, [null, 'key', NULL])],
      ['DeleteItem of nothing', 'DeleteItem', {}, detected(noName, [null, 'key', NULL])],
      ['UpdateItem of nothing', 'UpdateItem', {}, detected(noName, [null, 'key', NULL])],
      [
        'PutItem with every enumeration wrong',
        'PutItem',
        everyEnumeration,
        detected(CAPACITY, badName, [null, 'item', NULL], OPERATOR, VALUES, METRICS),
      ],
      [
        'DeleteItem with every enumeration wrong',
        'DeleteItem',
        everyEnumeration,
        detected(CAPACITY, badName, VALUES, METRICS, [null, 'key', NULL], OPERATOR),
      ],
      [
        'UpdateItem with every enumeration wrong',
        'UpdateItem',
        everyEnumeration,
        detected(CAPACITY, badName, METRICS, VALUES, [null, 'key', NULL], OPERATOR),
      ],
      [
        'Query with many constraints broken',
        'Query',
        {
          TableName: 'abc;',
          IndexName: 'a;',
          Limit: -1,
          Select: 'hi',
          ReturnConsumedCapacity: 'hi',
          ConditionalOperator: 'hi',
          AttributesToGet: [],
        },
        detected(
          ['-1', 'limit', valueAtLeast(1)],
          CAPACITY,
          ['[]', 'attributesToGet', atLeast(1)],
          SELECT,
          OPERATOR,
          badName,
          ['a;', 'indexName', PATTERN],
          ['a;', 'indexName', atLeast(3)],
        ),
      ],
      [
        'Scan with many constraints broken',
        'Scan',
        {
          TableName: 'abc;',
          Limit: 0,
          Segment: -1,
          TotalSegments: 0,
          Select: 'hi',
          ReturnConsumedCapacity: 'hi',
          ConditionalOperator: 'hi',
        },
        detected(
          ['0', 'limit', valueAtLeast(1)],
          CAPACITY,
          ['-1', 'segment', valueAtLeast(0)],
          SELECT,
          OPERATOR,
          ['0', 'totalSegments', valueAtLeast(1)],
          badName,
        ),
      ],
      [
        'Scan of too many segments',
        'Scan',
        { TableName: 'abc', Segment: 1, TotalSegments: 1_000_001 },
        detected(['1000001', 'totalSegments', valueAtMost(1_000_000)]),
      ],
      [
        'GetItem of no attributes',
        'GetItem',
        { TableName: 'abc', Key, AttributesToGet: [] },
        detected(['[]', 'attributesToGet', atLeast(1)]),
      ],
      [
        'a condition without operator',
        'Scan',
        { TableName: 'abc', ScanFilter: { a: {} } },
        detected([null, 'scanFilter.a.member.comparisonOperator', NULL]),
      ],
      [
        'a condition with an unknown operator',
        'Query',
        { TableName: 'abc', KeyConditions: { a: { ComparisonOperator: 'LIKE' } } },
        detected(['LIKE', 'keyConditions.a.member.comparisonOperator', oneOf(OPERATORS)]),
      ],
      [
        'an expectation with an unknown operator',
        'PutItem',
        { TableName: 'abc', Item: Key, Expected: { a: { ComparisonOperator: 'LIKE' } } },
        detected(['LIKE', 'expected.a.member.comparisonOperator', oneOf(OPERATORS)]),
      ],
      ['a limit of no tables', 'ListTables', { Limit: 0 }, detected(['0', 'limit', valueAtLeast(1)])],
      [
        'a limit of too many tables',
        'ListTables',
        { Limit: 101 },
        detected(['101', 'limit', valueAtMost(100)]),
      ],
      [
        'a short name to start after',
        'ListTables',
        { ExclusiveStartTableName: 'a;' },
        detected(['a;', 'exclusiveStartTableName', PATTERN], ['a;', 'exclusiveStartTableName', atLeast(3)]),
      ],
      [
        'a long name to start after',
        'ListTables',
        { ExclusiveStartTableName: 'a'.repeat(256) },
        detected(['a'.repeat(256), 'exclusiveStartTableName', atMost(255)]),
      ],
      ['BatchGetItem of nothing', 'BatchGetItem', {}, detected([null, 'requestItems', NULL])],
      ['BatchWriteItem of nothing', 'BatchWriteItem', {}, detected([null, 'requestItems', NULL])],
      [
        'BatchGetItem of no tables',
        'BatchGetItem',
        { RequestItems: {}, ReturnConsumedCapacity: 'hi' },
        detected(CAPACITY, ['{}', 'requestItems', atLeast(1)]),
      ],
      [
        'BatchWriteItem of no tables',
        'BatchWriteItem',
        { RequestItems: {}, ReturnConsumedCapacity: 'hi', ReturnItemCollectionMetrics: 'hi' },
        detected(CAPACITY, METRICS),
      ],
      [
        'BatchGetItem without keys',
        'BatchGetItem',
        { RequestItems: { abc: {} } },
        detected([null, 'requestItems.abc.member.keys', NULL]),
      ],
      [
        'BatchGetItem of no keys',
        'BatchGetItem',
        { RequestItems: { abc: { Keys: [] } } },
        detected(['[]', 'requestItems.abc.member.keys', atLeast(1)]),
      ],
      [
        'BatchWriteItem of no requests',
        'BatchWriteItem',
        { RequestItems: { abc: [] } },
        detected([
          '{abc=[]}',
          'requestItems',
          `Map value must satisfy constraint: [${atMost(25)}, ${atLeast(1)}]`,
        ]),
      ],
      [
        'BatchWriteItem without an item',
        'BatchWriteItem',
        { RequestItems: { abc: [{ PutRequest: {} }] } },
        detected([null, 'requestItems.abc.member.1.member.putRequest.item', NULL]),
      ],
      [
        'BatchWriteItem without a key',
        'BatchWriteItem',
        { RequestItems: { abc: [{ DeleteRequest: {} }] } },
        detected([null, 'requestItems.abc.member.1.member.deleteRequest.key', NULL]),
      ],
    ]),
  ],
};

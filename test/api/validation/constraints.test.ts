/** Second phase: violations of constraints, their words and their order. */
import t from 'tap';
import { ServiceError } from '../../../src/api/service-error.js';
import type { OperationName } from '../../../src/api/validation/input-types.js';
import { validateInput } from '../../../src/api/validation/validate.js';

const NULL = 'Member must not be null';
const PATTERN = 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
const LENGTH = 'TableName must be at least 3 characters long and at most 255 characters long';
const atLeast = (length: number) => `Member must have length greater than or equal to ${length}`;
const atMost = (length: number) => `Member must have length less than or equal to ${length}`;
const oneOf = (values: string) => `Member must satisfy enum value set: [${values}]`;

function failed(value: string | null, place: string, words: string): string {
  return `Value ${value === null ? 'null' : `'${value}'`} at '${place}' failed to satisfy constraint: ${words}`;
}

const RETURN_VALUES = 'ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW';
const item = { a: { S: 'a' } };

const violations: readonly [string, OperationName, unknown, readonly string[]][] = [
  ['PutItem of nothing', 'PutItem', {}, [failed(null, 'tableName', NULL), failed(null, 'item', NULL)]],
  ['GetItem of nothing', 'GetItem', {}, [failed(null, 'tableName', NULL), failed(null, 'key', NULL)]],
  ['an empty table name', 'GetItem', { TableName: '', Key: item }, [failed('', 'tableName', atLeast(1))]],
  [
    'a table name with a bad character',
    'GetItem',
    { TableName: 'abc;', Key: item },
    [failed('abc;', 'tableName', PATTERN)],
  ],
  [
    'a table name that is far too long',
    'GetItem',
    { TableName: 'a'.repeat(1025), Key: item },
    [failed('a'.repeat(1025), 'tableName', atMost(1024))],
  ],
  [
    'every enumeration of PutItem',
    'PutItem',
    {
      TableName: 'abc;',
      ReturnConsumedCapacity: 'hi',
      ReturnItemCollectionMetrics: 'hi',
      ReturnValues: 'hi',
      ConditionalOperator: 'hi',
    },
    [
      failed('hi', 'returnConsumedCapacity', oneOf('INDEXES, TOTAL, NONE')),
      failed('abc;', 'tableName', PATTERN),
      failed(null, 'item', NULL),
      failed('hi', 'conditionalOperator', oneOf('OR, AND')),
      failed('hi', 'returnValues', oneOf(RETURN_VALUES)),
      failed('hi', 'returnItemCollectionMetrics', oneOf('SIZE, NONE')),
    ],
  ],
  [
    'a limit below one',
    'Query',
    { TableName: 'abc', Limit: 0 },
    [failed('0', 'limit', 'Member must have value greater than or equal to 1')],
  ],
  [
    'a limit above a hundred',
    'ListTables',
    { Limit: 101 },
    [failed('101', 'limit', 'Member must have value less than or equal to 100')],
  ],
  [
    'no attributes to get',
    'GetItem',
    { TableName: 'abc', Key: item, AttributesToGet: [] },
    [failed('[]', 'attributesToGet', atLeast(1))],
  ],
  [
    'a key schema of three',
    'CreateTable',
    {
      TableName: 'abc',
      AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }, { AttributeName: 'b' }, {}],
    },
    [
      failed(
        '[KeySchemaElement(attributeName=a, keyType=HASH), KeySchemaElement(attributeName=b, keyType=null), ' +
          'KeySchemaElement(attributeName=null, keyType=null)]',
        'keySchema',
        atMost(2),
      ),
      failed(null, 'keySchema.2.member.keyType', NULL),
      failed(null, 'keySchema.3.member.attributeName', NULL),
      failed(null, 'keySchema.3.member.keyType', NULL),
    ],
  ],
  [
    'a table without definition, schema and units',
    'CreateTable',
    { TableName: 'abc', ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: -1 } },
    [
      failed(null, 'attributeDefinitions', NULL),
      failed(
        '-1',
        'provisionedThroughput.writeCapacityUnits',
        'Member must have value greater than or equal to 1',
      ),
      failed(
        '0',
        'provisionedThroughput.readCapacityUnits',
        'Member must have value greater than or equal to 1',
      ),
      failed(null, 'keySchema', NULL),
    ],
  ],
  ['a batch of nothing', 'BatchGetItem', { RequestItems: {} }, [failed('{}', 'requestItems', atLeast(1))]],
  [
    'a batch with an empty table',
    'BatchWriteItem',
    { RequestItems: { abc: [] } },
    [failed('{abc=[]}', 'requestItems', `Map value must satisfy constraint: [${atMost(25)}, ${atLeast(1)}]`)],
  ],
  [
    'a batch with a bad table name',
    'BatchWriteItem',
    { RequestItems: { 'a;': [{}] } },
    [
      failed(
        '{a;=[WriteRequest(deleteRequest=null, putRequest=null)]}',
        'requestItems',
        `Map keys must satisfy constraint: [${atMost(255)}, ${atLeast(3)}, ${PATTERN}]`,
      ),
    ],
  ],
  [
    'a batch get without keys',
    'BatchGetItem',
    { RequestItems: { abc: {} } },
    [failed(null, 'requestItems.abc.member.keys', NULL)],
  ],
  [
    'a batch write without an item',
    'BatchWriteItem',
    { RequestItems: { abc: [{ PutRequest: {} }] } },
    [failed(null, 'requestItems.abc.member.1.member.putRequest.item', NULL)],
  ],
  [
    'an unknown comparison',
    'Query',
    { TableName: 'abc', KeyConditions: { a: { ComparisonOperator: 'LIKE' } } },
    [
      failed(
        'LIKE',
        'keyConditions.a.member.comparisonOperator',
        oneOf('IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS'),
      ),
    ],
  ],
];

function refusal(operation: OperationName, input: unknown): ServiceError {
  try {
    validateInput(operation, input);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error(`${operation} was accepted`);
}

for (const [name, operation, input, messages] of violations) {
  t.test(name, async (t) => {
    const error = refusal(operation, input);
    const plural = messages.length === 1 ? '' : 's';
    t.equal(error.type, 'ValidationException');
    t.equal(error.message, `${messages.length} validation error${plural} detected: ${messages.join('; ')}`);
  });
}

t.test('ten violations are reported at most', async (t) => {
  const error = refusal('CreateTable', {
    TableName: 'abc',
    KeySchema: Array.from({ length: 20 }, () => ({})),
  });
  t.match(error.message, /^10 validation errors detected: /);
  t.equal(error.message.split('; ').length, 10);
});

t.test('the name of a table', async (t) => {
  for (const TableName of ['a', 'ab', 'a'.repeat(256)]) {
    t.equal(refusal('GetItem', { TableName, Key: item }).message, LENGTH);
    t.equal(refusal('DescribeTable', { TableName }).message, LENGTH);
  }
  t.equal(
    refusal('DeleteTable', {}).message,
    "The parameter 'TableName' is required but was not present in the request",
  );
  const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/abc';
  t.equal(validateInput('GetItem', { TableName: arn, Key: item }).TableName, arn);
});

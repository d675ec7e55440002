/** First phase: wrong JSON types, by position and expected type. */
import t from 'tap';
import { ServiceError } from '../../../src/api/service-error.js';
import type { OperationName } from '../../../src/api/validation/input-types.js';
import { validateInput } from '../../../src/api/validation/validate.js';

const CAST =
  'class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class ' +
  '(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base ' +
  "of loader 'bootstrap')";
const STRUCTURE = 'Start of structure or map found where not expected';
const MODEL = 'com.amazonaws.dynamodb.v20120810';

const cases: readonly [string, OperationName, unknown, string | undefined][] = [
  ['an array as input', 'PutItem', [], undefined],
  ['a string as input', 'PutItem', 'x', undefined],
  ['true for a string', 'GetItem', { TableName: true }, 'TRUE_VALUE cannot be converted to String'],
  ['false for a string', 'GetItem', { TableName: false }, 'FALSE_VALUE cannot be converted to String'],
  ['an integer for a string', 'GetItem', { TableName: 23 }, 'NUMBER_VALUE cannot be converted to String'],
  ['a fraction for a string', 'GetItem', { TableName: 2.5 }, 'DECIMAL_VALUE cannot be converted to String'],
  [
    'a list for a string',
    'GetItem',
    { TableName: [] },
    'Unrecognized collection type class java.lang.String',
  ],
  ['an object for a string', 'GetItem', { TableName: {} }, STRUCTURE],
  ['a string for an integer', 'Query', { Limit: '1' }, 'STRING_VALUE cannot be converted to Integer'],
  ['true for an integer', 'Query', { Limit: true }, 'TRUE_VALUE cannot be converted to Integer'],
  ['a list for an integer', 'Query', { Limit: [] }, 'Unrecognized collection type class java.lang.Integer'],
  [
    'a string for a long',
    'CreateTable',
    { ProvisionedThroughput: { ReadCapacityUnits: '1' } },
    'STRING_VALUE cannot be converted to Long',
  ],
  [
    'a word for a boolean',
    'GetItem',
    { ConsistentRead: 'hello' },
    "'HELLO' can not be converted to an Boolean",
  ],
  ['a number for a boolean', 'GetItem', { ConsistentRead: 1 }, 'NUMBER_VALUE cannot be converted to Boolean'],
  [
    'a list for a boolean',
    'GetItem',
    { ConsistentRead: [] },
    'Unrecognized collection type class java.lang.Boolean',
  ],
  ['a string for a list', 'GetItem', { AttributesToGet: 'a' }, 'Unexpected field type'],
  ['an object for a list', 'GetItem', { AttributesToGet: {} }, STRUCTURE],
  [
    'a number in a list of strings',
    'GetItem',
    { AttributesToGet: [1] },
    'NUMBER_VALUE cannot be converted to String',
  ],
  ['a string for a map', 'GetItem', { Key: 'a' }, 'Unexpected field type'],
  [
    'a list for a map',
    'GetItem',
    { Key: [] },
    `Unrecognized collection type java.util.Map<java.lang.String, ${MODEL}.AttributeValue>`,
  ],
  ['a string for an attribute value', 'GetItem', { Key: { a: 'b' } }, 'Unexpected value type in payload'],
  [
    'a list for an attribute value',
    'GetItem',
    { Key: { a: [] } },
    `Unrecognized collection type class ${MODEL}.AttributeValue`,
  ],
  [
    'a string for an attribute value in a structure',
    'PutItem',
    { Expected: { a: { Value: 'b' } } },
    'Unexpected field type',
  ],
  ['a string for a structure', 'CreateTable', { ProvisionedThroughput: 'a' }, 'Unexpected field type'],
  [
    'a list for a structure',
    'CreateTable',
    { ProvisionedThroughput: [] },
    `Unrecognized collection type class ${MODEL}.ProvisionedThroughput`,
  ],
  [
    'a string for a structure in a list',
    'CreateTable',
    { KeySchema: ['a'] },
    'Unexpected value type in payload',
  ],
  ['a string for a map in a list', 'BatchGetItem', { RequestItems: { abc: { Keys: ['a'] } } }, CAST],
  ['a string for a list in a map', 'BatchWriteItem', { RequestItems: { abc: 'a' } }, CAST],
  [
    'a list for a map of lists',
    'BatchWriteItem',
    { RequestItems: [] },
    `Unrecognized collection type java.util.Map<java.lang.String, java.util.List<${MODEL}.WriteRequest>>`,
  ],
  ['an object for a list in a map', 'BatchWriteItem', { RequestItems: { abc: {} } }, STRUCTURE],
];

for (const [name, operation, input, message] of cases) {
  t.test(name, async (t) => {
    try {
      validateInput(operation, input);
      t.fail('must be refused');
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      t.equal(error.type, 'SerializationException');
      t.equal(error.message, message ?? '');
    }
  });
}

t.test('numbers are cut to whole ones that fit', async (t) => {
  const limit = (Limit: unknown) =>
    validateInput('Query', { TableName: 'abc', Limit, KeyConditionExpression: 'a' }).Limit;
  t.equal(limit(1.9), 1);
  t.equal(limit(2 ** 40), 2 ** 31 - 1);
});

t.test('words are taken for booleans', async (t) => {
  const consistent = (ConsistentRead: unknown) =>
    validateInput('GetItem', { TableName: 'abc', Key: {}, ConsistentRead }).ConsistentRead;
  for (const word of ['true', 'TRUE', 'yes', '1', true]) t.equal(consistent(word), true);
  for (const word of ['false', 'no', '0', false]) t.equal(consistent(word), false);
});

t.test('unknown and null members are skipped', async (t) => {
  const input = validateInput('GetItem', { TableName: 'abc', Key: {}, Nonsense: 1, ConsistentRead: null });
  t.strictSame(input, { TableName: 'abc', Key: new Map() });
});

t.test('names that objects inherit are names like others', async (t) => {
  const json = JSON.parse('{"TableName":"abc","Key":{"__proto__":{"S":"a"}},"constructor":{},"__proto__":1}');
  const input = validateInput('GetItem', json);
  t.strictSame(input.Key, new Map([['__proto__', 'a']]));
  t.strictSame(Object.keys(input).sort(), ['Key', 'TableName']);
});

/** Members of the wrong JSON type, for every kind of member and position. */
import { type Case, type Json, type JsonObject, type Suite, typeErrors } from '../case.js';

const MODEL = 'com.amazonaws.dynamodb.v20120810';
const STRUCTURE = 'Start of structure or map found where not expected';
const FIELD = 'Unexpected field type';
const ELEMENT = 'Unexpected value type in payload';
const CAST =
  /^class sun\.reflect\.generics\.reflectiveObjects\.ParameterizedTypeImpl cannot be cast to class java\.lang\.Class/;
const BASE64 = /^only base-64-encoded strings are convertible to bytes$/i;

const collection = (type: string) => `Unrecognized collection type ${type}`;
const attributeMap = `java.util.Map<java.lang.String, ${MODEL}.AttributeValue>`;

type Wrong = readonly (readonly [Json, string | RegExp])[];

const scalar = (type: string, ...more: Wrong): Wrong => [
  ...more,
  [[], collection(`class java.lang.${type}`)],
  [{}, STRUCTURE],
];
const number = (type: string): Wrong =>
  scalar(
    type,
    ['23', `STRING_VALUE cannot be converted to ${type}`],
    [true, `TRUE_VALUE cannot be converted to ${type}`],
    [false, `FALSE_VALUE cannot be converted to ${type}`],
  );

const kinds = {
  string: scalar(
    'String',
    [true, 'TRUE_VALUE cannot be converted to String'],
    [false, 'FALSE_VALUE cannot be converted to String'],
    [23, 'NUMBER_VALUE cannot be converted to String'],
    [34.56, 'DECIMAL_VALUE cannot be converted to String'],
  ),
  integer: number('Integer'),
  long: number('Long'),
  boolean: scalar(
    'Boolean',
    ['hello', "'HELLO' can not be converted to an Boolean"],
    [23, 'NUMBER_VALUE cannot be converted to Boolean'],
    [34.56, 'DECIMAL_VALUE cannot be converted to Boolean'],
  ),
  binary: [
    [true, BASE64],
    [23, BASE64],
    [[], collection('class java.nio.ByteBuffer')],
    [{}, STRUCTURE],
    ['abcde', 'Base64 encoded length is expected a multiple of 4 bytes but found: 5'],
  ],
  list: [
    ['a', FIELD],
    [true, FIELD],
    [23, FIELD],
    [{}, STRUCTURE],
  ],
  attributes: [
    ['a', FIELD],
    [true, FIELD],
    [[], collection(attributeMap)],
  ],
  attribute: [
    ['a', ELEMENT],
    [23, ELEMENT],
    [[], collection(`class ${MODEL}.AttributeValue`)],
  ],
} satisfies Record<string, Wrong>;

type Kind = keyof typeof kinds;

const paths: readonly (readonly [operation: string, path: string, kind: Kind])[] = [
  ['PutItem', 'TableName', 'string'],
  ['PutItem', 'Item', 'attributes'],
  ['PutItem', 'Item.a', 'attribute'],
  ['PutItem', 'Item.a.S', 'string'],
  ['PutItem', 'Item.a.N', 'string'],
  ['PutItem', 'Item.a.B', 'binary'],
  ['PutItem', 'Item.a.BOOL', 'boolean'],
  ['PutItem', 'Item.a.NULL', 'boolean'],
  ['PutItem', 'Item.a.SS', 'list'],
  ['PutItem', 'Item.a.SS.0', 'string'],
  ['PutItem', 'Item.a.NS.0', 'string'],
  ['PutItem', 'Item.a.BS.0', 'binary'],
  ['PutItem', 'Item.a.L', 'list'],
  ['PutItem', 'Item.a.L.0', 'attribute'],
  ['PutItem', 'Item.a.M', 'attributes'],
  ['PutItem', 'Item.a.M.b', 'attribute'],
  ['PutItem', 'ReturnValues', 'string'],
  ['GetItem', 'Key', 'attributes'],
  ['GetItem', 'ConsistentRead', 'boolean'],
  ['GetItem', 'AttributesToGet', 'list'],
  ['GetItem', 'AttributesToGet.0', 'string'],
  ['UpdateItem', 'UpdateExpression', 'string'],
  ['UpdateItem', 'ExpressionAttributeValues', 'attributes'],
  ['UpdateItem', 'AttributeUpdates.a.Action', 'string'],
  ['Query', 'Limit', 'integer'],
  ['Query', 'ScanIndexForward', 'boolean'],
  ['Query', 'KeyConditions.a.AttributeValueList', 'list'],
  ['Query', 'ExclusiveStartKey', 'attributes'],
  ['Scan', 'Segment', 'integer'],
  ['CreateTable', 'KeySchema', 'list'],
  ['CreateTable', 'KeySchema.0.KeyType', 'string'],
  ['CreateTable', 'ProvisionedThroughput.ReadCapacityUnits', 'long'],
  ['CreateTable', 'LocalSecondaryIndexes.0.Projection.NonKeyAttributes', 'list'],
];

/** `value` under a path of member names; numbers are list indexes. */
function under(path: readonly string[], value: Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const inner = under(rest, value);
  return /^\d+$/.test(head) ? [inner] : { [head]: inner };
}

function casesOf([operation, path, kind]: (typeof paths)[number]): Case[] {
  const wrong: Wrong = kinds[kind];
  return typeErrors(
    wrong.map(([value, message]) => [
      `${operation} with ${JSON.stringify(value)} as ${path}`,
      operation,
      under(path.split('.'), value) as JsonObject,
      message,
    ]),
  );
}

export const types: Suite = {
  name: 'types',
  cases: [
    ...paths.flatMap(casesOf),
    ...typeErrors([
      ['a string for a list of requests', 'BatchWriteItem', { RequestItems: { abc: 'a' } }, CAST],
      ['a string for a key of a batch', 'BatchGetItem', { RequestItems: { abc: { Keys: ['a'] } } }, CAST],
      ['a string for a structure', 'CreateTable', { ProvisionedThroughput: 'a' }, FIELD],
      ['a string for a structure in a list', 'CreateTable', { KeySchema: ['a'] }, ELEMENT],
      ['an attribute value in an expectation', 'PutItem', { Expected: { a: { Value: 'a' } } }, FIELD],
    ]),
  ],
};

/** What bounds a request beyond the shapes: sizes of placeholders, lengths of messages, work that grows with the input only. */
import t from 'tap';
import { MESSAGE_LENGTH_MAX } from '../../../src/api/service-error.js';
import { type Json, n, openFixture, s, tableInput } from '../fixture.js';

const { call } = await openFixture();
await call('CreateTable', tableInput());
const TableName = 'table';
const Key = { pk: s('a') };
const many = <Value>(count: number, make: (index: number) => Value) =>
  Array.from({ length: count }, (_, index) => make(index));

const update = (names: Json, values: Json) => ({
  TableName,
  Key,
  UpdateExpression: 'SET #a = :a',
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values,
});
const MiB = 1024 * 1024;
const sizes: readonly (readonly [name: string, input: Json, message: string | undefined])[] = [
  [
    'a placeholder of 256 bytes',
    update({ '#a': 'a', [`#${'x'.repeat(255)}`]: 'b' }, { ':a': n(1) }),
    'ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 256',
  ],
  [
    'a placeholder that is too long and no placeholder',
    update({ '#a': 'a' }, { [`:${'é'.repeat(128)}`]: n(1) }),
    'ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; size of key: 257',
  ],
  [
    'values of 2 MB and their placeholder',
    update({ '#a': 'a' }, { ':a': s('x'.repeat(2 * MiB - 1)) }),
    'ExpressionAttributeValues exceeds max size',
  ],
  [
    'names of more than 2 MB',
    update(Object.fromEntries(many(40, (index) => [`#${index}`, 'x'.repeat(60_000)])), { ':a': n(1) }),
    'ExpressionAttributeNames exceeds max size',
  ],
  [
    'names and values of more than 2 MB together',
    update({ '#a': 'x'.repeat(60_000) }, { ':a': s('x'.repeat(2 * MiB - 60_000)) }),
    'Combined size of ExpressionAttributeNames and ExpressionAttributeValues exceeds max size',
  ],
  [
    'values of 2 MB, which fit',
    update({ '#a': 'a' }, { ':a': s('x'.repeat(2 * MiB - 5)) }),
    'Item size to update has exceeded the maximum allowed size',
  ],
];
for (const [name, input, message] of sizes) {
  t.test(name, async (t) => {
    t.same(await call('UpdateItem', input), { error: 'ValidationException', message });
  });
}

const long = 'x'.repeat(MiB);
const echoes: readonly (readonly [operation: string, input: Json])[] = [
  ['GetItem', { TableName: long, Key }],
  ['PutItem', { TableName, Item: { ...Key, v: { N: long } } }],
  ['PutItem', { TableName, Item: { ...Key, v: { SS: [long, long] } } }],
  ['BatchGetItem', { RequestItems: { [TableName]: { Keys: many(20_000, () => Key) } } }],
  ['TransactGetItems', { TransactItems: many(200_000, () => ({})) }],
];
for (const [operation, input] of echoes) {
  t.test(`${operation}: a message does not repeat all of its request`, async (t) => {
    const { message } = await call(operation, input);
    t.ok(String(message).length > MESSAGE_LENGTH_MAX / 2 && String(message).length <= MESSAGE_LENGTH_MAX + 1);
  });
}

const HOLD_MS = 1_500;
const count = 200_000;
const attribute = (index: number) => ({ AttributeName: `a${index}`, AttributeType: 'S' });
const condition = (value: Json) => ({ ComparisonOperator: 'EQ', AttributeValueList: [value] });
const floods: readonly (readonly [name: string, operation: string, input: Json])[] = [
  ['attribute definitions', 'CreateTable', { ...tableInput(), AttributeDefinitions: many(count, attribute) }],
  [
    'indexes and attribute definitions',
    'CreateTable',
    {
      ...tableInput({ sk: 'S' }),
      AttributeDefinitions: [
        ...many(count, attribute),
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      LocalSecondaryIndexes: many(20_000, (index) => ({
        IndexName: `index${index}`,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      })),
    },
  ],
  [
    'members that are missing',
    'CreateTable',
    { ...tableInput(), AttributeDefinitions: many(2_000_000, () => ({})) },
  ],
  [
    'numbers that are none',
    'PutItem',
    { TableName, Item: { ...Key, v: { L: many(1_000_000, () => ({ N: '' })) } } },
  ],
  [
    'conditions with values that are none',
    'Query',
    {
      TableName,
      KeyConditions: Object.fromEntries(many(100_000, (index) => [`a${index}`, condition({})])),
      FilterExpression: '#a = :a',
      ExpressionAttributeValues: Object.fromEntries(many(100_000, (index) => [`:v${index}`, n(1)])),
    },
  ],
];
for (const [name, operation, input] of floods) {
  t.test(`${operation} is not held up by many ${name}`, async (t) => {
    const before = process.cpuUsage();
    t.match(await call(operation, input), { error: 'ValidationException' });
    const { user } = process.cpuUsage(before);
    t.ok(user / 1000 < HOLD_MS, `${Math.round(user / 1000)} ms`);
  });
}

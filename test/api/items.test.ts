/** Reads and writes of one item, from JSON to JSON. */
import t from 'tap';
import { n, openFixture, s, tableInput } from './fixture.js';

const { call } = await openFixture();
await call('CreateTable', tableInput({ sk: 'N' }));
const TableName = 'table';
const key = (pk: string, sk = 1) => ({ pk: s(pk), sk: n(sk) });

t.test('an item that was put is got', async (t) => {
  t.same(await call('PutItem', { TableName, Item: { ...key('a'), v: s('1') } }), {});
  t.same(await call('GetItem', { TableName, Key: key('a') }), { Item: { ...key('a'), v: s('1') } });
  t.same(await call('GetItem', { TableName, Key: key('absent') }), {});
  t.same(await call('GetItem', { TableName, Key: key('a'), ProjectionExpression: 'v' }), {
    Item: { v: s('1') },
  });
});

t.test('a condition that fails leaves the item and may show it', async (t) => {
  await call('PutItem', { TableName, Item: { ...key('c'), v: s('1') } });
  const put = {
    TableName,
    Item: { ...key('c'), v: s('2') },
    ConditionExpression: 'attribute_not_exists(pk)',
  };
  const refused = { error: 'ConditionalCheckFailedException', message: 'The conditional request failed' };
  t.same(await call('PutItem', put), refused);
  t.same(await call('PutItem', { ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }), {
    ...refused,
    Item: { ...key('c'), v: s('1') },
  });
  t.same(
    await call('DeleteItem', {
      TableName,
      Key: key('c'),
      Expected: { v: { Value: s('2') } },
    }),
    refused,
  );
  t.same(await call('DeleteItem', { TableName, Key: key('c'), ReturnValues: 'ALL_OLD' }), {
    Attributes: { ...key('c'), v: s('1') },
  });
  t.same(await call('GetItem', { TableName, Key: key('c') }), {});
});

const returns = {
  NONE: undefined,
  ALL_OLD: { ...key('u'), a: n(1), b: n(1) },
  UPDATED_OLD: { a: n(1) },
  ALL_NEW: { ...key('u'), a: n(3), b: n(1), c: n(5) },
  UPDATED_NEW: { a: n(3), c: n(5) },
};
for (const [ReturnValues, Attributes] of Object.entries(returns)) {
  t.test(`UpdateItem returns ${ReturnValues}`, async (t) => {
    await call('PutItem', { TableName, Item: { ...key('u'), a: n(1), b: n(1) } });
    const reply = await call('UpdateItem', {
      TableName,
      Key: key('u'),
      UpdateExpression: 'SET a = a + :two, c = :five',
      ExpressionAttributeValues: { ':two': n(2), ':five': n(5) },
      ReturnValues,
    });
    t.same(reply, Attributes === undefined ? {} : { Attributes });
  });
}

t.test('UpdateItem makes what is not there', async (t) => {
  t.same(await call('UpdateItem', { TableName, Key: key('new') }), {});
  t.same(await call('GetItem', { TableName, Key: key('new') }), { Item: key('new') });
  const reply = await call('UpdateItem', {
    TableName,
    Key: key('new2'),
    AttributeUpdates: { a: { Action: 'ADD', Value: n(4) } },
    ReturnValues: 'ALL_NEW',
  });
  t.same(reply, { Attributes: { ...key('new2'), a: n(4) } });
});

const PREFIX = 'One or more parameter values were invalid: ';
const mismatch = 'The provided key element does not match the schema';
const long = 'x'.repeat(2049);
const refusals: readonly [name: string, operation: string, input: object, message: string][] = [
  ['no sort key', 'PutItem', { Item: { pk: s('a') } }, `${PREFIX}Missing the key sk in the item`],
  [
    'a sort key of another type',
    'PutItem',
    { Item: { pk: s('a'), sk: s('1') } },
    `${PREFIX}Type mismatch for key sk expected: N actual: S`,
  ],
  [
    'an empty key',
    'PutItem',
    { Item: key('') },
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk',
  ],
  [
    'a long key',
    'PutItem',
    { Item: key(long) },
    `${PREFIX}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
  ],
  [
    'a large item',
    'PutItem',
    { Item: { ...key('a'), v: s('x'.repeat(400 * 1024)) } },
    'Item size has exceeded the maximum allowed size',
  ],
  ['half a key', 'GetItem', { Key: { pk: s('a') } }, mismatch],
  ['more than a key', 'DeleteItem', { Key: { ...key('a'), v: n(1) } }, mismatch],
  ['a key of another type', 'UpdateItem', { Key: { pk: n(1), sk: n(1) } }, mismatch],
  [
    'an update of a key',
    'UpdateItem',
    { Key: key('a'), UpdateExpression: 'REMOVE sk' },
    `${PREFIX}Cannot update attribute sk. This attribute is part of the key`,
  ],
  [
    'a growing item',
    'UpdateItem',
    {
      Key: key('a'),
      UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': s('x'.repeat(400 * 1024)) },
    },
    'Item size to update has exceeded the maximum allowed size',
  ],
];
for (const [name, operation, input, message] of refusals) {
  t.test(`${operation} refuses ${name}`, async (t) => {
    t.same(await call(operation, { TableName, ...input }), { error: 'ValidationException', message });
  });
}

t.test('a table that is not there', async (t) => {
  t.same(await call('GetItem', { TableName: 'absent', Key: key('a') }), {
    error: 'ResourceNotFoundException',
    message: 'Requested resource not found',
  });
});

t.test('half of a surrogate pair is stored as U+FFFD, wherever it stands', async (t) => {
  const TableName = 'halves';
  await call('CreateTable', tableInput({ TableName, sk: 'S' }));
  const halves = ['\ud800', '\udc00', '\ufffd'];
  const keyOf = (sk: string) => ({ pk: s('\ud801'), sk: s(sk) });
  const stored = { pk: s('\ufffd'), sk: s('\ufffd') };
  for (const half of halves) await call('PutItem', { TableName, Item: { ...keyOf(half), [half]: s(half) } });
  for (const sk of ['\ufffdz', '\uffff', '\u{10000}']) await call('PutItem', { TableName, Item: keyOf(sk) });
  for (const half of halves) {
    t.same(await call('GetItem', { TableName, Key: keyOf(half) }), {
      Item: { ...stored, '\ufffd': s('\ufffd') },
    });
  }
  const sorts: unknown[] = [];
  let start: unknown;
  do {
    const page = await call('Query', {
      TableName,
      Limit: 1,
      KeyConditionExpression: 'pk = :pk and sk >= :sk',
      ExpressionAttributeValues: { ':pk': s('\udfff'), ':sk': s('\ud800') },
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    for (const item of page.Items as { sk: { S: string } }[]) sorts.push(item.sk.S);
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  t.same(sorts, ['\ufffd', '\ufffdz', '\uffff', '\u{10000}'], 'pages of one are the whole');
  const set = { SS: ['\ud800', '\ud801'] };
  t.match(await call('PutItem', { TableName, Item: { ...keyOf('set'), set } }), {
    error: 'ValidationException',
    message: /Input collection \[\ufffd, \ufffd\] contains duplicates/,
  });
  const update = {
    TableName,
    Key: keyOf('\ud800'),
    UpdateExpression: 'SET #n = :v',
    ConditionExpression: '#n = :old',
    ExpressionAttributeNames: { '#n': '\udfff' },
    ExpressionAttributeValues: { ':v': { M: { '\ud812': s('\ud812') } }, ':old': s('\udddd') },
    ReturnValues: 'UPDATED_NEW',
  };
  t.same(await call('UpdateItem', update), { Attributes: { '\ufffd': { M: { '\ufffd': s('\ufffd') } } } });
});

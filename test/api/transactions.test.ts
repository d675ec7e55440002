/** TransactWriteItems and TransactGetItems, as a caller sees them. */
import t from 'tap';
import { type Json, n, openFixture, s, tableInput } from './fixture.js';

const { call, clock } = await openFixture();
const indexes = { 'by-x': ['x', 'N', { ProjectionType: 'KEYS_ONLY' }] } as const;
await call('CreateTable', tableInput({ TableName: 'one' }));
await call('CreateTable', tableInput({ TableName: 'two', sk: 'N', indexes }));

const put = (TableName: string, Item: Json, more: Json = {}) => ({ Put: { TableName, Item, ...more } });
const get = (TableName: string, Key: Json, more: Json = {}) => ({ Get: { TableName, Key, ...more } });
const add = (pk: string, amount: number) => ({
  Update: {
    TableName: 'one',
    Key: { pk: s(pk) },
    UpdateExpression: 'ADD v :v',
    ExpressionAttributeValues: { ':v': n(amount) },
  },
});
const check = (pk: string, ConditionExpression: string, more: Json = {}) => ({
  ConditionCheck: { TableName: 'one', Key: { pk: s(pk) }, ConditionExpression, ...more },
});
const write = (TransactItems: Json[], more: Json = {}) =>
  call('TransactWriteItems', { TransactItems, ...more });
const itemOf = async (pk: string) =>
  (await call('GetItem', { TableName: 'one', Key: { pk: s(pk) } }))['Item'];
const cancelled = (...codes: string[]) =>
  `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`;

t.test('writes to several tables, and says what it cost', async (t) => {
  await call('PutItem', { TableName: 'one', Item: { pk: s('gone') } });
  const reply = await write(
    [
      put('two', { pk: s('a'), sk: n(1), x: n(1) }),
      put('one', { pk: s('a'), v: n(1) }),
      put('two', { pk: s('a'), sk: n(2) }),
      add('counter', 5),
      { Delete: { TableName: 'one', Key: { pk: s('gone') } } },
      check('nobody', 'attribute_not_exists(pk)'),
    ],
    { ReturnConsumedCapacity: 'INDEXES', ReturnItemCollectionMetrics: 'SIZE' },
  );
  t.same(reply, {
    ConsumedCapacity: [
      {
        TableName: 'two',
        CapacityUnits: 5,
        WriteCapacityUnits: 5,
        Table: { CapacityUnits: 4, WriteCapacityUnits: 4 },
        LocalSecondaryIndexes: { 'by-x': { CapacityUnits: 1 } },
      },
      {
        TableName: 'one',
        CapacityUnits: 8,
        WriteCapacityUnits: 8,
        Table: { CapacityUnits: 8, WriteCapacityUnits: 8 },
      },
    ],
    ItemCollectionMetrics: { two: [{ ItemCollectionKey: { pk: s('a') }, SizeEstimateRangeGB: [0, 1] }] },
  });
  const read = await call('TransactGetItems', {
    TransactItems: [
      get('one', { pk: s('counter') }),
      get('one', { pk: s('gone') }),
      get('two', { pk: s('a'), sk: n(1) }, { ProjectionExpression: 'x' }),
      get('two', { pk: s('a'), sk: n(2) }, { ProjectionExpression: 'x' }),
    ],
    ReturnConsumedCapacity: 'TOTAL',
  });
  t.same(read, {
    Responses: [{ Item: { pk: s('counter'), v: n(5) } }, {}, { Item: { x: n(1) } }, {}],
    ConsumedCapacity: [
      { TableName: 'one', CapacityUnits: 4, ReadCapacityUnits: 4 },
      { TableName: 'two', CapacityUnits: 4, ReadCapacityUnits: 4 },
    ],
  });
});

t.test('each reason stands in the place of its action', async (t) => {
  await call('PutItem', { TableName: 'one', Item: { pk: s('taken'), v: s('old') } });
  const ifNew = { ConditionExpression: 'attribute_not_exists(pk)' };
  const reply = await write([
    put('one', { pk: s('fresh') }),
    put('one', { pk: s('taken') }, { ...ifNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    check('absent', 'attribute_exists(pk)', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    {
      Update: {
        TableName: 'two',
        Key: { pk: s('u'), sk: n(1) },
        UpdateExpression: 'SET x = y',
      },
    },
  ]);
  t.same(reply, {
    error: 'TransactionCanceledException',
    message: cancelled('None', 'ConditionalCheckFailed', 'ConditionalCheckFailed', 'ValidationError'),
    CancellationReasons: [
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { pk: s('taken'), v: s('old') },
      },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      {
        Code: 'ValidationError',
        Message: 'The provided expression refers to an attribute that does not exist in the item',
      },
    ],
  });
  t.equal(await itemOf('fresh'), undefined);
});

t.test('a token makes a request that comes again take effect once', async (t) => {
  const again = { ClientRequestToken: 'token', ReturnConsumedCapacity: 'TOTAL' };
  const tokenUse = (units: Json) => ({
    ConsumedCapacity: [{ TableName: 'one', CapacityUnits: 2, ...units }],
  });
  t.same(await write([add('once', 1)], again), tokenUse({ WriteCapacityUnits: 2 }));
  t.same(await write([add('once', 1)], again), tokenUse({ ReadCapacityUnits: 2 }));
  t.match(await itemOf('once'), { v: n(1) });
  t.match(await write([add('once', 2)], again), { error: 'IdempotentParameterMismatchException' });
  const [first, second] = await Promise.all([
    write([add('twice', 1)], { ClientRequestToken: 'other' }),
    write([add('twice', 1)], { ClientRequestToken: 'other' }),
  ]);
  t.same(first, {});
  t.match(second, { error: 'TransactionInProgressException' });
  clock.jump(10 * 60 * 1000);
  t.same(await write([add('once', 1)], again), tokenUse({ WriteCapacityUnits: 2 }), 'after ten minutes');
});

t.test('the same request in another notation is the same', async (t) => {
  const ClientRequestToken = 'notation';
  const names = { '#a': 'a', '#b': 'b' };
  const values = { ':a': { M: { x: n(1), y: n(2) } }, ':b': { SS: ['p', 'q'] } };
  const update = (ExpressionAttributeNames: Json, ExpressionAttributeValues: Json) => ({
    Update: {
      TableName: 'one',
      Key: { pk: s('notation') },
      UpdateExpression: 'SET #a = :a, #b = :b',
      ExpressionAttributeNames,
      ExpressionAttributeValues,
    },
  });
  t.same(await write([update(names, values)], { ClientRequestToken }), {});
  const otherNames = { '#b': 'b', '#a': 'a' };
  const otherValues = { ':b': { SS: ['q', 'p'] }, ':a': { M: { y: n(2), x: { N: '1.0' } } } };
  t.same(await write([update(otherNames, otherValues)], { ClientRequestToken }), {});
  const changed = { ...values, ':a': { M: { x: n(1), y: { S: '2' } } } };
  t.match(await write([update(names, changed)], { ClientRequestToken }), {
    error: 'IdempotentParameterMismatchException',
  });
});

t.test('what is refused before it begins', async (t) => {
  const key = { pk: s('k') };
  const large = (pk: string) => put('one', { pk: s(pk), v: s('x'.repeat(390_000)) });
  const cases: [name: string, items: Json[], error: string, message: string | RegExp][] = [
    [
      'two actions of one item',
      [put('one', key), { Delete: { TableName: 'one', Key: key } }],
      'ValidationException',
      'Transaction request cannot include multiple operations on one item',
    ],
    ['no action', [{}], 'ValidationException', /can only contain one of/],
    [
      'two in one',
      [{ ...put('one', key), ...check('a', 'attribute_exists(pk)') }],
      'ValidationException',
      /one of/,
    ],
    ['an unknown table', [put('nowhere', key)], 'ResourceNotFoundException', 'Requested resource not found'],
    [
      'an item that is too large',
      [put('one', { pk: s('k'), v: s('x'.repeat(410_000)) })],
      'ValidationException',
      'Item size has exceeded the maximum allowed size',
    ],
    [
      'more than 4 MB',
      Array.from({ length: 11 }, (_, index) => large(`large ${index}`)),
      'ValidationException',
      /4 MB/,
    ],
    ['a broken condition', [check('k', 'pk =')], 'ValidationException', /Invalid ConditionExpression/],
    [
      'a key of another shape',
      [put('one', { pk: s('fine') }), { Delete: { TableName: 'one', Key: { other: s('k') } } }],
      'TransactionCanceledException',
      cancelled('None', 'ValidationError'),
    ],
    [
      'an update of the key',
      [{ Update: { TableName: 'one', Key: key, UpdateExpression: 'REMOVE pk' } }],
      'TransactionCanceledException',
      cancelled('ValidationError'),
    ],
  ];
  for (const [name, items, error, message] of cases) {
    t.match(await write(items), { error, message }, name);
  }
  t.equal(await itemOf('fine'), undefined);
  t.match(await call('TransactGetItems', { TransactItems: [get('one', key), get('one', key)] }), {
    error: 'ValidationException',
    message: /multiple operations/,
  });
});

t.test('4 MB are the limit of what a transaction makes of its items, too', async (t) => {
  const pks = Array.from({ length: 12 }, (_, index) => `heavy ${index}`);
  const grow = (pk: string, bytes: number) => ({
    Update: {
      TableName: 'one',
      Key: { pk: s(pk) },
      UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': s('x'.repeat(bytes)) },
    },
  });
  for (const pk of pks) t.same(await write([grow(pk, 380_000)]), {});
  const touch = (pk: string, more: Json = {}) => ({
    Update: {
      TableName: 'one',
      Key: { pk: s(pk) },
      UpdateExpression: 'SET w = :w',
      ExpressionAttributeValues: { ':w': n(1) },
      ...more,
    },
  });
  t.same(await write(pks.slice(1).map((pk) => touch(pk))), {}, '11 items of 380 KB are less');
  const again = { ClientRequestToken: 'heavy' };
  t.match(await write([put('one', { pk: s('light') }), ...pks.map((pk) => touch(pk))], again), {
    error: 'ValidationException',
    message: /4 MB/,
  });
  t.equal(await itemOf('light'), undefined, 'nothing of it is done');
  t.notMatch(await itemOf('heavy 0'), { w: n(1) });
  t.match(await write([put('one', { pk: s('light') })], again), {}, 'its token is free');
  t.match(
    await write(pks.map((pk) => touch(pk, { ConditionExpression: 'w = :w' }))),
    { error: 'TransactionCanceledException', CancellationReasons: [{ Code: 'ConditionalCheckFailed' }] },
    'a condition that fails says so',
  );
  const gone = pks.map((pk) => ({ Delete: { TableName: 'one', Key: { pk: s(pk) } } }));
  t.same(await write(gone), {}, 'what is deleted does not count');
});

t.test('100 items are the limit', async (t) => {
  const items = (count: number) => Array.from({ length: count }, (_, index) => add(`many ${index}`, 1));
  t.same(await write(items(100)), {});
  t.match(await write(items(101)), { error: 'ValidationException', message: /less than or equal to 100/ });
  t.match(await itemOf('many 99'), { v: n(1) });
});

t.test('transfers at the same time keep the sum', async (t) => {
  const accounts = ['x', 'y', 'z', 'w'];
  await write(accounts.map((pk) => add(pk, 100)));
  const transfers = Array.from({ length: 40 }, (_, index) => {
    const from = accounts[index % 4] as string;
    const to = accounts[(index + 1 + (index % 3)) % 4] as string;
    return from === to ? undefined : write([add(from, -7), add(to, 7)]);
  });
  for (const reply of await Promise.all(transfers)) t.same(reply ?? {}, {});
  const { Responses } = await call('TransactGetItems', {
    TransactItems: accounts.map((pk) => get('one', { pk: s(pk) })),
  });
  const balances = (Responses as { Item: { v: { N: string } } }[]).map(({ Item }) => Number(Item.v.N));
  t.equal(
    balances.reduce((sum, balance) => sum + balance),
    400,
  );
});

/** Operations on tables, from JSON to JSON. */
import * as sdk from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { MISSING_OPERATIONS } from '../../src/api/missing-operations.js';
import { operations } from '../../src/api/operations.js';
import { type Json, n, openFixture, s, tableInput } from './fixture.js';

const NOW_SECONDS = 1_700_000_000;
const arn = (name: string) => `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}`;

t.test('a new table describes itself', async (t) => {
  const { call } = await openFixture();
  const indexes = { 'by-x': ['x', 'N', { ProjectionType: 'INCLUDE', NonKeyAttributes: ['z'] }] } as const;
  const input = tableInput({ TableName: 'music', sk: 'B', indexes });
  const created = (await call('CreateTable', input)).TableDescription as Json;
  const described = (await call('DescribeTable', { TableName: 'music' })).Table as Json;
  const common = {
    AttributeDefinitions: input.AttributeDefinitions,
    TableName: 'music',
    KeySchema: input.KeySchema,
    CreationDateTime: NOW_SECONDS,
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    TableSizeBytes: 0,
    ItemCount: 0,
    TableArn: arn('music'),
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    TableThroughputModeSummary: { TableThroughputMode: 'PAY_PER_REQUEST' },
    DeletionProtectionEnabled: false,
    LocalSecondaryIndexes: [
      {
        ...(input.LocalSecondaryIndexes as Json[])[0],
        IndexSizeBytes: 0,
        ItemCount: 0,
        IndexArn: `${arn('music')}/index/by-x`,
      },
    ],
  };
  t.match(created.TableId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.same(created, { ...common, TableStatus: 'CREATING', TableId: created.TableId });
  // Since when it is billed so is said once the table is there.
  const since = { LastUpdateToPayPerRequestDateTime: NOW_SECONDS };
  t.same(described, {
    ...common,
    BillingModeSummary: { ...common.BillingModeSummary, ...since },
    TableThroughputModeSummary: { ...common.TableThroughputModeSummary, ...since },
    TableStatus: 'ACTIVE',
    TableId: created.TableId,
    WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000, Status: 'ACTIVE' },
  });
});

t.test('items and their sizes are counted', async (t) => {
  const { call } = await openFixture();
  const indexes = { 'by-x': ['x', 'N', { ProjectionType: 'KEYS_ONLY' }] } as const;
  await call('CreateTable', tableInput({ sk: 'N', indexes }));
  const counts = async () => {
    const { ItemCount, TableSizeBytes, LocalSecondaryIndexes } = (
      await call('DescribeTable', { TableName: 'table' })
    ).Table as Json;
    const [index] = LocalSecondaryIndexes as Json[];
    return [ItemCount, TableSizeBytes, index?.ItemCount, index?.IndexSizeBytes];
  };
  t.same(await counts(), [0, 0, 0, 0]);
  const Item = { pk: s('abc'), sk: n(0), v: s('12345') };
  await call('PutItem', { TableName: 'table', Item });
  t.same(await counts(), [1, 14, 0, 0]);
  await call('PutItem', { TableName: 'table', Item: { ...Item, x: n(0) } });
  t.same(await counts(), [1, 16, 1, 10]);
  await call('DeleteItem', { TableName: 'table', Key: { pk: s('abc'), sk: n(0) } });
  t.same(await counts(), [0, 0, 0, 0]);
});

t.test('names are listed in order, page by page', async (t) => {
  const { call } = await openFixture();
  for (const TableName of ['bbb', 'Aaa', 'ccc', 'aaa']) await call('CreateTable', tableInput({ TableName }));
  t.same(await call('ListTables'), { TableNames: ['Aaa', 'aaa', 'bbb', 'ccc'] });
  t.same(await call('ListTables', { Limit: 3 }), {
    TableNames: ['Aaa', 'aaa', 'bbb'],
    LastEvaluatedTableName: 'bbb',
  });
  t.same(await call('ListTables', { Limit: 3, ExclusiveStartTableName: 'bbb' }), { TableNames: ['ccc'] });
  t.same(await call('ListTables', { ExclusiveStartTableName: 'zzz' }), { TableNames: [] });
});

t.test('throughput and billing change', async (t) => {
  const { call, clock } = await openFixture();
  const units = (ReadCapacityUnits: number, WriteCapacityUnits: number) => ({
    ReadCapacityUnits,
    WriteCapacityUnits,
  });
  await call('CreateTable', {
    ...tableInput(),
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: units(5, 5),
  });
  const shown = async () => {
    const { ProvisionedThroughput, BillingModeSummary } = (
      await call('DescribeTable', { TableName: 'table' })
    ).Table as Json;
    return { ProvisionedThroughput, BillingModeSummary };
  };
  const update = (input: Json) => call('UpdateTable', { TableName: 'table', ...input });
  clock.advance(1000);
  const reply = (await update({ ProvisionedThroughput: units(6, 4) })).TableDescription as Json;
  const changed = {
    LastIncreaseDateTime: NOW_SECONDS + 1,
    LastDecreaseDateTime: NOW_SECONDS + 1,
    NumberOfDecreasesToday: 1,
  };
  t.same([reply.TableStatus, reply.ProvisionedThroughput], ['UPDATING', { ...changed, ...units(5, 5) }]);
  t.same(await shown(), {
    ProvisionedThroughput: { ...changed, ...units(6, 4) },
    BillingModeSummary: undefined,
  });
  t.match(await update({ ProvisionedThroughput: units(6, 4) }), {
    error: 'ValidationException',
    message: /^The provisioned throughput for the table will not change\./,
  });
  await update({ BillingMode: 'PAY_PER_REQUEST' });
  t.same(await shown(), {
    ProvisionedThroughput: { ...changed, ...units(0, 0) },
    BillingModeSummary: {
      BillingMode: 'PAY_PER_REQUEST',
      LastUpdateToPayPerRequestDateTime: NOW_SECONDS + 1,
    },
  });
  t.match(await update({ BillingMode: 'PROVISIONED' }), {
    message:
      'One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED',
  });
  clock.advance(24 * 60 * 60 * 1000);
  t.match(await shown(), { ProvisionedThroughput: { NumberOfDecreasesToday: 0 } });
});

t.test('throughput decreases four times a day, then once an hour', async (t) => {
  const { call, clock } = await openFixture();
  const units = (each: number) => ({
    ProvisionedThroughput: { ReadCapacityUnits: each, WriteCapacityUnits: each },
  });
  const change = (each: number) => call('UpdateTable', { TableName: 'table', ...units(each) });
  const { BillingMode: _, ...input } = tableInput();
  await call('CreateTable', { ...input, ...units(10) });
  for (const each of [9, 8, 7, 6]) t.match(await change(each), { TableDescription: {} });
  t.match(await change(20), { TableDescription: {} }, 'an increase is not limited');
  t.same(await change(5), {
    error: 'LimitExceededException',
    message:
      'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first ' +
      '4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. ' +
      'Number of decreases today: 4. Last decrease at Tuesday, November 14, 2023 10:13:20 PM UTC. ' +
      'Next decrease can be made at Tuesday, November 14, 2023 11:13:20 PM UTC',
  });
  clock.advance(60 * 60 * 1000);
  t.match(await change(5), { TableDescription: {} }, 'an hour later');
  t.match(await change(4), { error: 'LimitExceededException' });
  clock.advance(60 * 60 * 1000);
  for (const each of [4, 3, 2, 1]) t.match(await change(each), { TableDescription: {} }, 'another day');
});

t.test('a protected table stays', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', { ...tableInput(), DeletionProtectionEnabled: true });
  t.same(await call('DeleteTable', { TableName: 'table' }), {
    error: 'ValidationException',
    message:
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
  });
  await call('UpdateTable', { TableName: 'table', DeletionProtectionEnabled: false });
  t.match(await call('DeleteTable', { TableName: 'table' }), {
    TableDescription: { TableStatus: 'DELETING' },
  });
  t.match(await call('DescribeTable', { TableName: 'table' }), { error: 'ResourceNotFoundException' });
});

t.test('with a delay, states show and refuse', async (t) => {
  const { call, clock } = await openFixture({ transitionMs: 1000 });
  const TableName = 'table';
  const status = async () =>
    ((await call('DescribeTable', { TableName })).Table as Json | undefined)?.TableStatus;
  const inUse = (state: string) => ({
    error: 'ResourceInUseException',
    message: `Attempt to change a resource which is still in use: Table is being ${state}: table`,
  });
  await call('CreateTable', tableInput());
  t.equal(await status(), 'CREATING');
  t.match(await call('PutItem', { TableName, Item: { pk: s('a') } }), { error: 'ResourceNotFoundException' });
  t.same(await call('DeleteTable', { TableName }), inUse('created'));
  clock.advance(1000);
  t.equal(await status(), 'ACTIVE');
  t.same(await call('PutItem', { TableName, Item: { pk: s('a') } }), {});
  await call('UpdateTable', { TableName, DeletionProtectionEnabled: false });
  t.equal(await status(), 'UPDATING');
  t.same(await call('PutItem', { TableName, Item: { pk: s('a') } }), {});
  t.same(await call('DeleteTable', { TableName }), inUse('updated'));
  clock.advance(1000);
  await call('DeleteTable', { TableName });
  t.equal(await status(), 'DELETING');
  t.match(await call('GetItem', { TableName, Key: { pk: s('a') } }), { error: 'ResourceNotFoundException' });
  t.same(await call('CreateTable', tableInput()), {
    error: 'ResourceInUseException',
    message: 'Table already exists: table',
  });
  t.match(await call('DeleteTable', { TableName }), { TableDescription: { TableStatus: 'DELETING' } });
  clock.advance(1000);
  t.equal(await status(), undefined);
  t.match(await call('CreateTable', tableInput()), { TableDescription: { TableStatus: 'CREATING' } });
});

t.test('tags', async (t) => {
  const { call } = await openFixture();
  await call('CreateTable', { ...tableInput(), Tags: [{ Key: 'a', Value: '1' }] });
  const ResourceArn = arn('table');
  await call('TagResource', {
    ResourceArn,
    Tags: [
      { Key: 'b', Value: '2' },
      { Key: 'a', Value: '3' },
    ],
  });
  t.same(await call('ListTagsOfResource', { ResourceArn }), {
    Tags: [
      { Key: 'a', Value: '3' },
      { Key: 'b', Value: '2' },
    ],
  });
  await call('UntagResource', { ResourceArn, TagKeys: ['a', 'none'] });
  t.same(await call('ListTagsOfResource', { ResourceArn }), { Tags: [{ Key: 'b', Value: '2' }] });
  t.match(await call('ListTagsOfResource', { ResourceArn: arn('absent') }), {
    error: 'ResourceNotFoundException',
  });
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `key${index}`, Value: '' }));
  t.same(await call('TagResource', { ResourceArn, Tags: many }), {
    error: 'ValidationException',
    message: 'Number of Tags exceed the current limit for the provided ResourceArn',
  });
});

const PREFIX = 'One or more parameter values were invalid: ';
const global = {
  IndexName: 'global',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
};
const refused: readonly [name: string, more: Json, message: string][] = [
  [
    'a global index without projection type',
    { GlobalSecondaryIndexes: [{ ...global, Projection: {} }] },
    `${PREFIX}Unknown ProjectionType: null`,
  ],
  [
    'a valid global index',
    { GlobalSecondaryIndexes: [global] },
    'GlobalSecondaryIndexes is not supported by this version of Varve',
  ],
  [
    'a stream without view type',
    { StreamSpecification: { StreamEnabled: true } },
    `${PREFIX}Table is being created with a stream enabled, UpdateViewType is required`,
  ],
  [
    'a valid stream',
    { StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' } },
    'StreamSpecification is not supported by this version of Varve',
  ],
  [
    'an unused definition beside an index',
    {
      GlobalSecondaryIndexes: [global],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'x', AttributeType: 'S' },
      ],
    },
    `${PREFIX}Some AttributeDefinitions are not used. AttributeDefinitions: [pk, x], keys used: [pk]`,
  ],
];
for (const [name, more, message] of refused) {
  t.test(`CreateTable refuses ${name}`, async (t) => {
    const { call } = await openFixture();
    t.same(await call('CreateTable', { ...tableInput(), ...more }), {
      error: 'ValidationException',
      message,
    });
    t.same(await call('ListTables'), { TableNames: [] });
  });
}

t.test('of two creations at once one fails', async (t) => {
  const { call } = await openFixture();
  const replies = await Promise.all([call('CreateTable', tableInput()), call('CreateTable', tableInput())]);
  t.same(replies.map((reply) => reply.error).sort(), ['ResourceInUseException', undefined]);
});

t.test('time to live shows that it is being changed, and refuses the next change until it is', async (t) => {
  const { call, clock } = await openFixture({ transitionMs: 1000 });
  const change = (Enabled: boolean) =>
    call('UpdateTimeToLive', {
      TableName: 'table',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled },
    });
  const described = async () =>
    (await call('DescribeTimeToLive', { TableName: 'table' }))['TimeToLiveDescription'];
  const refused = {
    error: 'ValidationException',
    message: 'Time to live has been modified multiple times within a fixed interval',
  };
  await call('CreateTable', tableInput());
  await change(true);
  t.same(await described(), { TimeToLiveStatus: 'ENABLING', AttributeName: 'expires' });
  t.same(await change(false), refused);
  clock.advance(1000);
  t.same(await described(), { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
  await change(false);
  t.same(await described(), { TimeToLiveStatus: 'DISABLING', AttributeName: 'expires' });
  t.same(await change(true), refused);
  clock.advance(1000);
  t.same(await described(), { TimeToLiveStatus: 'DISABLED' });
});

t.test('an operation that is not there', async (t) => {
  const { call } = await openFixture();
  t.match(await call('CreateBackup'), {
    error: 'UnknownOperationException',
    message: 'Varve does not have the operation CreateBackup',
  });
  const unknown = await call('CreateBackups');
  t.match(unknown, { error: 'UnknownOperationException' });
  t.notMatch(unknown, { message: /operation/ }, 'the service says nothing of what it does not know');
  const ofService = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);
  t.same(
    ofService.filter((name) => !MISSING_OPERATIONS.has(name)).sort(),
    Object.keys(operations).sort(),
    'each of the service is there or known to be missing',
  );
});

t.test('all tags come in one reply', async (t) => {
  const { call } = await openFixture();
  const ResourceArn = arn('table');
  const tags = Array.from({ length: 50 }, (_, index) => ({ Key: `é${index}`, Value: '' }));
  await call('CreateTable', { ...tableInput(), Tags: tags });
  t.same(await call('ListTagsOfResource', { ResourceArn }), { Tags: tags });
  t.match(await call('ListTagsOfResource', { ResourceArn, NextToken: '?' }), {
    error: 'ValidationException',
  });
});

t.test('500 tables may change at a time, and 250 with indexes be created', async (t) => {
  const { call, clock } = await openFixture({ transitionMs: 1000, partitionCount: 1 });
  const indexes = { 'by-x': ['x', 'N', { ProjectionType: 'ALL' }] } as const;
  const create = (number: number, indexed: boolean) =>
    call('CreateTable', tableInput({ TableName: `table${number}`, sk: 'S', ...(indexed && { indexes }) }));
  for (let number = 0; number < 250; number += 1) await create(number, true);
  t.match(await create(250, true), {
    error: 'LimitExceededException',
    message:
      'Subscriber limit exceeded: Only 250 tables with secondary indexes can be created simultaneously',
  });
  for (let number = 250; number < 500; number += 1) await create(number, false);
  const refused = {
    error: 'LimitExceededException',
    message: 'Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously',
  };
  t.match(await create(500, false), refused);
  t.match(await create(0, true), { error: 'ResourceInUseException' });
  clock.advance(1000);
  t.match(await create(500, true), { TableDescription: { TableStatus: 'CREATING' } });
});

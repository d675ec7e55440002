/** The clients that people have: the AWS CLI, boto3, and both clients of the SDK for JavaScript, unchanged. */
import { type ExecFileException, execFile, spawnSync } from 'node:child_process';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import t from 'tap';
import { plainEnvironment, startDaemon, temporaryDirectory } from './daemon.js';

const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_DEFAULT_REGION: 'us-east-1',
  // Nothing but the daemon is to be asked for anything.
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
};

/** In CI everything must be there; elsewhere what is missing is skipped. */
function missing(name: string, isThere: boolean): string | false {
  if (isThere || process.env.CI === 'true') return false;
  return `${name} is not installed`;
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = plainEnvironment(CREDENTIALS);
    execFile(command, args, { env }, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

t.test('AWS CLI', { skip: missing('the AWS CLI', succeeds('aws', ['--version'])) }, async (t) => {
  const daemon = await startDaemon(t, ['--data', temporaryDirectory(t)]);
  const aws = async (...args: string[]): Promise<Ran> =>
    run('aws', ['dynamodb', ...args, '--endpoint-url', daemon.url, '--output', 'json']);
  const succeed = async (...args: string[]) => {
    const ran = await aws(...args);
    t.equal(ran.code, 0, `${args[0]} ${ran.stderr}`);
    return ran.stdout === '' ? {} : JSON.parse(ran.stdout);
  };
  const created = await succeed(
    'create-table',
    ...['--table-name', 'music', '--billing-mode', 'PAY_PER_REQUEST'],
    ...[
      '--attribute-definitions',
      'AttributeName=artist,AttributeType=S',
      'AttributeName=song,AttributeType=S',
    ],
    ...['--key-schema', 'AttributeName=artist,KeyType=HASH', 'AttributeName=song,KeyType=RANGE'],
  );
  t.equal(created.TableDescription.TableArn, 'arn:aws:dynamodb:us-east-1:000000000000:table/music');
  await succeed('wait', 'table-exists', '--table-name', 'music');
  const item = { artist: { S: 'Nina Simone' }, song: { S: 'Sinnerman' }, minutes: { N: '10.33' } };
  await succeed('put-item', '--table-name', 'music', '--item', JSON.stringify(item));
  const key = JSON.stringify({ artist: item.artist, song: item.song });
  t.strictSame(await succeed('get-item', '--table-name', 'music', '--key', key), { Item: item });
  const queried = await succeed(
    'query',
    ...['--table-name', 'music', '--key-condition-expression', 'artist = :a'],
    ...['--expression-attribute-values', '{":a":{"S":"Nina Simone"}}'],
  );
  t.strictSame(queried.Items, [item]);
  const refused = await aws(
    'put-item',
    ...['--table-name', 'music', '--item', JSON.stringify(item)],
    ...['--condition-expression', 'attribute_not_exists(artist)'],
  );
  t.not(refused.code, 0);
  t.match(
    refused.stderr,
    '(ConditionalCheckFailedException) when calling the PutItem operation: The conditional request',
  );
  t.match(
    (await aws('get-item', '--table-name', 'none', '--key', key)).stderr,
    'Requested resource not found',
  );
});

const BOTO3 = `
import sys, threading
from decimal import Decimal
import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

db = boto3.resource('dynamodb', endpoint_url=sys.argv[1])
table = db.create_table(
    TableName='things', BillingMode='PAY_PER_REQUEST',
    AttributeDefinitions=[{'AttributeName': 'k', 'AttributeType': 'S'}, {'AttributeName': 'n', 'AttributeType': 'N'}],
    KeySchema=[{'AttributeName': 'k', 'KeyType': 'HASH'}, {'AttributeName': 'n', 'KeyType': 'RANGE'}])
table.wait_until_exists()
exact = Decimal('12345678901234567890.123456789012345678')
with table.batch_writer() as batch:
    for n in range(60):
        batch.put_item(Item={'k': 'a', 'n': n, 'exact': exact, 'tags': {'x', 'y'}, 'nested': {'list': [1, None, True, b'bytes']}})
got = table.get_item(Key={'k': 'a', 'n': 7})['Item']
assert got['exact'] == exact, got
assert got['tags'] == {'x', 'y'}, got
assert got['nested']['list'][3].value == b'bytes', got
page = table.query(KeyConditionExpression=Key('k').eq('a') & Key('n').between(10, 19), ScanIndexForward=False)
assert [int(item['n']) for item in page['Items']] == list(range(19, 9, -1)), page
assert table.scan(FilterExpression=Attr('n').lt(5))['Count'] == 5
updated = table.update_item(
    Key={'k': 'a', 'n': 7}, UpdateExpression='SET nested.#l[0] = nested.#l[0] + :one',
    ExpressionAttributeNames={'#l': 'list'}, ExpressionAttributeValues={':one': 1}, ReturnValues='UPDATED_NEW')
assert updated['Attributes']['nested']['list'] == [2], updated
try:
    table.delete_item(Key={'k': 'a', 'n': 7}, ConditionExpression=Attr('tags').contains('z'))
    raise AssertionError('deleted')
except ClientError as error:
    assert error.response['Error']['Code'] == 'ConditionalCheckFailedException', error.response
    assert len(error.response['ResponseMetadata']['RequestId']) == 52
table.delete()
table.wait_until_not_exists()
print('all well')
`;

const python = ['python3', '/usr/bin/python3'].find((candidate) =>
  succeeds(candidate, ['-c', 'import boto3']),
);

t.test('boto3', { skip: missing('boto3', python !== undefined) }, async (t) => {
  const daemon = await startDaemon(t, ['--data', temporaryDirectory(t)]);
  const ran = await run(python ?? 'python3', ['-c', BOTO3, daemon.url]);
  t.equal(ran.stderr, '');
  t.equal(ran.stdout, 'all well\n');
});

t.test('SDK for JavaScript', async (t) => {
  const daemon = await startDaemon(t, ['--data', temporaryDirectory(t)]);
  const client = daemon.client();
  const TableName = 'orders';
  await client.send(
    new CreateTableCommand({
      TableName,
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
      AttributeDefinitions: [
        { AttributeName: 'customer', AttributeType: 'S' },
        { AttributeName: 'order', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'customer', KeyType: 'HASH' },
        { AttributeName: 'order', KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  t.equal(Table?.TableArn, 'arn:aws:dynamodb:eu-central-1:000000000000:table/orders');
  await client.send(new UpdateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST' }));

  const Item = {
    customer: { S: 'ada' },
    order: { N: '1' },
    bytes: { B: Uint8Array.of(0, 255, 128) },
    flags: { M: { paid: { BOOL: false }, note: { NULL: true } } },
    lines: { L: [{ N: '1E+100' }, { SS: ['a', 'b'] }, { NS: ['1', '2.5'] }, { BS: [Uint8Array.of(1)] }] },
    __proto__name: { S: 'a name like another' },
  };
  const Key = { customer: Item.customer, order: Item.order };
  await client.send(new PutItemCommand({ TableName, Item }));
  const got = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  t.match(got.$metadata.requestId, /^[0-9A-V]{52}$/);
  t.strictSame(got.Item?.bytes?.B, Item.bytes.B);
  t.equal(BigInt(got.Item?.lines?.L?.[0]?.N ?? 0), 10n ** 100n, 'a number beyond any double');

  const updated = await client.send(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET flags.paid = :true ADD owed :amount REMOVE bytes',
      ConditionExpression: 'flags.paid = :false',
      ExpressionAttributeValues: {
        ':true': { BOOL: true },
        ':false': { BOOL: false },
        ':amount': { N: '0.1' },
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  t.strictSame(updated.Attributes?.flags, { M: { paid: { BOOL: true }, note: { NULL: true } } });
  t.notOk(updated.Attributes?.bytes);

  const more = Array.from({ length: 20 }, (_, index) => ({
    PutRequest: { Item: { customer: { S: 'ada' }, order: { N: String(index + 2) } } },
  }));
  await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: more } }));
  const pages: (string | undefined)[][] = [];
  let ExclusiveStartKey: typeof Key | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'customer = :c',
        ExpressionAttributeValues: { ':c': { S: 'ada' } },
        Limit: 8,
        ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
      }),
    );
    pages.push((page.Items ?? []).map((item) => item.order?.N));
    ExclusiveStartKey = page.LastEvaluatedKey as typeof Key | undefined;
  } while (ExclusiveStartKey);
  t.strictSame(
    pages.flat(),
    Array.from({ length: 21 }, (_, index) => String(index + 1)),
  );
  t.ok(pages.length >= 3);

  const batch = await client.send(
    new BatchGetItemCommand({
      RequestItems: { [TableName]: { Keys: [Key], ProjectionExpression: 'owed' } },
    }),
  );
  t.strictSame(batch.Responses, { orders: [{ owed: { N: '0.1' } }] });
  const { Attributes } = await client.send(
    new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }),
  );
  t.strictSame(Attributes?.owed, { N: '0.1' });
  t.equal((await client.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count, 20);
  await t.rejects(client.send(new PutItemCommand({ TableName, Item: { customer: { S: 'x' } } })), {
    name: 'ValidationException',
    message: 'One or more parameter values were invalid: Missing the key order in the item',
  });
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  t.strictSame((await client.send(new ListTablesCommand({}))).TableNames, []);
});

t.test('document client', async (t) => {
  const daemon = await startDaemon(t, ['--in-memory']);
  const documents = DynamoDBDocument.from(daemon.client());
  await documents.send(
    new CreateTableCommand({
      TableName: 'docs',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const Item = { id: 'a', list: [1, 'two', null, { three: 3.5 }], set: new Set(['x']), empty: '' };
  await documents.put({ TableName: 'docs', Item });
  t.strictSame((await documents.get({ TableName: 'docs', Key: { id: 'a' } })).Item, Item);
  const { Attributes } = await documents.update({
    TableName: 'docs',
    Key: { id: 'a' },
    UpdateExpression: 'SET #l = list_append(#l, :more), visits = if_not_exists(visits, :zero) + :one',
    ExpressionAttributeNames: { '#l': 'list' },
    ExpressionAttributeValues: { ':more': [{ last: true }], ':zero': 0, ':one': 1 },
    ReturnValues: 'UPDATED_NEW',
  });
  t.strictSame(Attributes, { list: [...Item.list, { last: true }], visits: 1 });
});

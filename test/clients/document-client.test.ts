/** The AWS document client: customers and their orders in one table, with every kind of value. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  NumberValue,
  PutCommand,
  paginateQuery,
  paginateScan,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import t from 'tap';
import { createSingleTable, refusalOf, surroundings } from './fixture.js';

const { config, client, documents, name: TableName } = await surroundings(t, 'document-client');
await createSingleTable(client, TableName);

const CUSTOMER = 'CUSTOMER#7';
const DAYS = 60;
const day = (index: number) =>
  `2025-${String(1 + (index % 12)).padStart(2, '0')}-${String(1 + (index % 28)).padStart(2, '0')}`;
const orders = Array.from({ length: DAYS }, (_, index) => ({
  pk: CUSTOMER,
  sk: `ORDER#${String(index).padStart(4, '0')}`,
  lsi1: `${index % 3 === 0 ? 'OPEN' : 'SHIPPED'}#${day(index)}`,
  total: index * 9.99,
}));

t.test('a table that is there is not created again', async (t) => {
  t.type(await refusalOf(createSingleTable(client, TableName)), ResourceInUseException);
});

t.test('every kind of value comes back as it went', async (t) => {
  // Its options go to the client it is made from, so it needs one of its own.
  const exact = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    unmarshallOptions: { wrapNumbers: true },
  });
  t.teardown(() => exact.destroy());
  const profile = {
    pk: CUSTOMER,
    sk: 'PROFILE',
    name: 'Zoë 🦊',
    empty: '',
    nothing: null,
    active: true,
    points: 12345678901234567890n,
    photo: new Uint8Array([0, 1, 254, 255]),
    tags: new Set(['a', 'b']),
    primes: new Set([2, 3, 5]),
    address: { street: { name: 'Lindenstraße', number: 12 }, lines: ['a', 1, null, [true, {}]] },
  };
  await documents.send(new PutCommand({ TableName, Item: profile }));
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { pk: CUSTOMER, sk: 'PROFILE' } }));
  t.strictSame(Item, profile);

  const Key = { pk: CUSTOMER, sk: 'EXACT' };
  const value = NumberValue.from('1234567890.1234567890123456789012345678');
  await documents.send(new PutCommand({ TableName, Item: { ...Key, value } }));
  const { Item: wrapped } = await exact.send(new GetCommand({ TableName, Key }));
  t.equal(String(wrapped?.value), '1234567890.1234567890123456789012345678');
});

t.test('batches of 25 put, of 100 get', async (t) => {
  for (let from = 0; from < DAYS; from += 25) {
    const batch = orders.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    const { UnprocessedItems } = await documents.send(
      new BatchWriteCommand({ RequestItems: { [TableName]: batch } }),
    );
    t.strictSame(UnprocessedItems, {});
  }
  const Keys = orders.map(({ pk, sk }) => ({ pk, sk }));
  const { Responses } = await documents.send(
    new BatchGetCommand({ RequestItems: { [TableName]: { Keys } } }),
  );
  t.strictSame(
    Responses?.[TableName]?.toSorted((a, b) => (a.sk < b.sk ? -1 : 1)),
    orders,
  );
});

t.test('a query pages through begins_with, both ways', async (t) => {
  for (const ScanIndexForward of [true, false]) {
    const found: unknown[] = [];
    let pages = 0;
    const pager = paginateQuery(
      { client: documents, pageSize: 7 },
      {
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': CUSTOMER, ':prefix': 'ORDER#' },
        ScanIndexForward,
      },
    );
    for await (const { Items } of pager) {
      found.push(...(Items ?? []));
      pages += 1;
    }
    t.strictSame(found, ScanIndexForward ? orders : orders.toReversed());
    t.equal(pages, Math.ceil(DAYS / 7));
  }
});

t.test('a local index answers by status, in its own order', async (t) => {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      IndexName: 'byLsi1',
      KeyConditionExpression: 'pk = :pk AND begins_with(lsi1, :status)',
      FilterExpression: '#total > :least',
      ProjectionExpression: 'lsi1, #total',
      ExpressionAttributeNames: { '#total': 'total' },
      ExpressionAttributeValues: { ':pk': CUSTOMER, ':status': 'OPEN#', ':least': 100 },
    }),
  );
  const expected = orders.filter(({ lsi1, total }) => lsi1.startsWith('OPEN') && total > 100);
  t.equal(Items.length, expected.length);
  t.strictSame(
    Items.map(({ lsi1 }) => lsi1),
    expected.map(({ lsi1 }) => lsi1).sort(),
  );
});

t.test('a condition that fails is the SDK’s own exception, with the item', async (t) => {
  const refusal = await refusalOf(
    documents.send(
      new PutCommand({
        TableName,
        Item: { pk: CUSTOMER, sk: 'ORDER#0001', total: 0 },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  t.type(refusal, ConditionalCheckFailedException);
  t.match(refusal.Item, { sk: { S: 'ORDER#0001' } });
});

t.test('an update computes, and says what it changed', async (t) => {
  const { Attributes } = await documents.send(
    new UpdateCommand({
      TableName,
      Key: { pk: CUSTOMER, sk: 'PROFILE' },
      UpdateExpression:
        'SET #visits = if_not_exists(#visits, :none) + :one, address.street.#number = :number, ' +
        'address.#lines = list_append(address.#lines, :more) REMOVE photo ADD points :one DELETE tags :gone',
      ConditionExpression: 'contains(tags, :a) AND size(primes) = :three',
      ExpressionAttributeNames: { '#visits': 'visits', '#number': 'number', '#lines': 'lines' },
      ExpressionAttributeValues: {
        ':none': 0,
        ':one': 1,
        ':number': 13,
        ':more': ['end'],
        ':gone': new Set(['a']),
        ':a': 'a',
        ':three': 3,
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  t.equal(Attributes?.visits, 1);
  t.equal(Attributes?.points, 12345678901234567891n);
  t.notOk('photo' in (Attributes ?? {}));
  t.strictSame(Attributes?.tags, new Set(['b']));
  t.strictSame(Attributes?.address, {
    street: { name: 'Lindenstraße', number: 13 },
    lines: ['a', 1, null, [true, {}], 'end'],
  });
});

t.test('a parallel scan sees each item once', async (t) => {
  const TotalSegments = 3;
  const segments = Array.from({ length: TotalSegments }, async (_, Segment) => {
    const keys: string[] = [];
    const input = { TableName, Segment, TotalSegments };
    for await (const { Items = [] } of paginateScan({ client: documents, pageSize: 10 }, input)) {
      keys.push(...Items.map(({ sk }) => String(sk)));
    }
    return keys;
  });
  const keys = (await Promise.all(segments)).flat().sort();
  t.strictSame(keys, ['EXACT', ...orders.map(({ sk }) => sk), 'PROFILE']);
});

t.test('a delete returns what was there', async (t) => {
  const Key = { pk: CUSTOMER, sk: 'ORDER#0000' };
  const { Attributes } = await documents.send(new DeleteCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
  t.strictSame(Attributes, orders[0]);
  t.strictSame((await documents.send(new GetCommand({ TableName, Key }))).Item, undefined);
});

t.test('refusals are typed', async (t) => {
  const missing = await refusalOf(
    documents.send(new GetCommand({ TableName: `${TableName}-missing`, Key: { pk: 'a', sk: 'b' } })),
  );
  t.type(missing, ResourceNotFoundException);
  const invalid = await refusalOf(documents.send(new GetCommand({ TableName, Key: { pk: 'a' } })));
  t.type(invalid, DynamoDBServiceException);
  t.equal(invalid.name, 'ValidationException');
});

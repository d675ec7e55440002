/** dynamodb-toolbox: two entities of a Pokédex in one table, with typed conditions, updates and pages. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  $add,
  $append,
  $remove,
  BatchDeleteRequest,
  BatchGetCommand,
  BatchGetRequest,
  BatchPutRequest,
  BatchWriteCommand,
  DeleteItemCommand,
  DynamoDBToolboxError,
  Entity,
  executeBatchGet,
  executeBatchWrite,
  GetItemCommand,
  item,
  list,
  map,
  number,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  set,
  string,
  Table,
  UpdateItemCommand,
} from 'dynamodb-toolbox';
import t from 'tap';
import { createSingleTable, refusalOf, surroundings } from './fixture.js';

const { client, documents, name } = await surroundings(t, 'toolbox');
await createSingleTable(client, name);

const table = new Table({
  documentClient: documents,
  name,
  partitionKey: { name: 'pk', type: 'string' },
  sortKey: { name: 'sk', type: 'string' },
  indexes: { byLsi1: { type: 'local', sortKey: { name: 'lsi1', type: 'string' } } },
});

const trainer = new Entity({
  name: 'trainer',
  table,
  schema: item({ trainer: string().key(), badges: number().default(0) }),
  computeKey: ({ trainer }) => ({ pk: `TRAINER#${trainer}`, sk: 'PROFILE' }),
});

const catchOf = new Entity({
  name: 'catch',
  table,
  schema: item({
    trainer: string().key(),
    number: number().key(),
    species: string().savedAs('lsi1'),
    level: number(),
    types: set(string()).optional(),
    moves: list(string()).default([]),
    stats: map({ attack: number(), defence: number() }),
  }),
  computeKey: ({ trainer, number }) => ({
    pk: `TRAINER#${trainer}`,
    sk: `CATCH#${String(number).padStart(4, '0')}`,
  }),
});

const SPECIES = ['pikachu', 'pidgey', 'eevee', 'mew'];
const caught = Array.from({ length: 30 }, (_, index) => ({
  trainer: 'ash',
  number: index,
  species: SPECIES[index % SPECIES.length] ?? '',
  level: index + 1,
  stats: { attack: index, defence: 2 * index },
}));

t.test('puts, and once only on condition', async (t) => {
  const put = trainer
    .build(PutItemCommand)
    .item({ trainer: 'ash' })
    .options({ condition: { attr: 'trainer', exists: false } });
  await put.send();
  t.type(await refusalOf(put.send()), ConditionalCheckFailedException);
  const { Item } = await trainer
    .build(GetItemCommand)
    .key({ trainer: 'ash' })
    .options({ consistent: true })
    .send();
  t.match(Item, { trainer: 'ash', badges: 0 });
});

t.test('refuses what its schema forbids before it is sent', async (t) => {
  const refusal = await refusalOf(
    trainer
      .build(PutItemCommand)
      .item({ trainer: 'misty', badges: 'many' as unknown as number })
      .send(),
  );
  t.type(refusal, DynamoDBToolboxError);
});

t.test('writes and reads in batches', async (t) => {
  for (const from of [0, 25]) {
    const requests = caught.slice(from, from + 25).map((each) => catchOf.build(BatchPutRequest).item(each));
    const { UnprocessedItems } = await executeBatchWrite(
      table.build(BatchWriteCommand).requests(...requests),
    );
    t.strictSame(UnprocessedItems, {});
  }
  const { Responses } = await executeBatchGet(
    table
      .build(BatchGetCommand)
      .requests(
        trainer.build(BatchGetRequest).key({ trainer: 'ash' }),
        catchOf.build(BatchGetRequest).key({ trainer: 'ash', number: 3 }),
        catchOf.build(BatchGetRequest).key({ trainer: 'ash', number: 999 }),
      ),
  );
  const [[profile, third, absent] = []] = Responses ?? [];
  t.match(profile, { trainer: 'ash' });
  t.match(third, caught[3]);
  t.equal(absent, undefined);
});

t.test('queries a prefix page by page', async (t) => {
  const numbers: number[] = [];
  let pages = 0;
  let exclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await table
      .build(QueryCommand)
      .entities(catchOf)
      .query({ partition: 'TRAINER#ash', range: { beginsWith: 'CATCH#' } })
      .options({ limit: 8, ...(exclusiveStartKey && { exclusiveStartKey }) })
      .send();
    numbers.push(...Items.map((each) => each.number));
    exclusiveStartKey = LastEvaluatedKey;
    pages += 1;
  } while (exclusiveStartKey !== undefined);
  t.strictSame(
    numbers,
    caught.map((each) => each.number),
  );
  t.equal(pages, 4);
});

t.test('queries a local index backwards, with a filter and a projection', async (t) => {
  const { Items = [] } = await table
    .build(QueryCommand)
    .entities(catchOf)
    .query({ partition: 'TRAINER#ash', index: 'byLsi1', range: { beginsWith: 'pi' } })
    .options({
      reverse: true,
      filters: { catch: { attr: 'level', gt: 10 } },
      attributes: ['species', 'level'],
    })
    .send();
  const expected = caught.filter(({ species, level }) => species.startsWith('pi') && level > 10);
  t.equal(Items.length, expected.length);
  t.strictSame(
    Items.map(({ species }) => species),
    expected
      .map(({ species }) => species)
      .sort()
      .reverse(),
  );
});

t.test('updates by verbs', async (t) => {
  const update = catchOf
    .build(UpdateItemCommand)
    .item({
      trainer: 'ash',
      number: 0,
      level: $add(4),
      types: $add(new Set(['electric'])),
      moves: $append(['thunderbolt']),
      stats: { attack: 55 },
    })
    .options({ returnValues: 'ALL_NEW', condition: { attr: 'level', lt: 5 } });
  const { Attributes } = await update.send();
  t.match(Attributes, { level: 5, moves: ['thunderbolt'], stats: { attack: 55, defence: 0 } });
  t.strictSame(Attributes?.types, new Set(['electric']));
  t.type(await refusalOf(update.send()), ConditionalCheckFailedException);
  const { Attributes: removed } = await catchOf
    .build(UpdateItemCommand)
    .item({ trainer: 'ash', number: 0, types: $remove() })
    .options({ returnValues: 'ALL_NEW' })
    .send();
  t.equal(removed?.types, undefined);
});

t.test('scans both entities, deletes one and a batch', async (t) => {
  const { Items = [] } = await table
    .build(ScanCommand)
    .entities(trainer, catchOf)
    .options({ maxPages: Infinity })
    .send();
  t.equal(Items.length, caught.length + 1);
  const { Attributes } = await catchOf
    .build(DeleteItemCommand)
    .key({ trainer: 'ash', number: 1 })
    .options({ returnValues: 'ALL_OLD' })
    .send();
  t.match(Attributes, caught[1]);
  await executeBatchWrite(
    table
      .build(BatchWriteCommand)
      .requests(
        ...[2, 3, 4].map((each) => catchOf.build(BatchDeleteRequest).key({ trainer: 'ash', number: each })),
      ),
  );
  const { Count } = await table.build(ScanCommand).entities(catchOf).options({ select: 'COUNT' }).send();
  t.equal(Count, caught.length - 4);
});

/** Dynamoose: a model that creates its own table with a local index, documents with nested schemas, and its own errors. */
import { ConditionalCheckFailedException, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import dynamoose from 'dynamoose';
import { Item } from 'dynamoose/dist/Item.js';
import t from 'tap';
import { refusalOf, surroundings } from './fixture.js';

const { config, client, name } = await surroundings(t, 'dynamoose');
dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB(config));

class Reading extends Item {
  station!: string;
  at!: number;
  quality!: string;
  celsius!: number;
  raw?: Buffer;
  flags?: Set<string>;
  place?: { name: string; height: number };
}

const schema = new dynamoose.Schema(
  {
    station: { type: String, hashKey: true },
    at: { type: Number, rangeKey: true },
    quality: { type: String, index: { name: 'byQuality', type: 'local', project: ['celsius'] } },
    celsius: { type: Number, required: true },
    raw: Buffer,
    flags: { type: Set, schema: [String] },
    place: { type: Object, schema: { name: String, height: Number } },
  },
  { timestamps: true },
);
const Readings = dynamoose.model<Reading>(name, schema);
new dynamoose.Table(name, [Readings], {
  throughput: 'ON_DEMAND',
  waitForActive: { enabled: true, check: { timeout: 10_000, frequency: 20 } },
});

const QUALITIES = ['bad', 'fair', 'good'];
const readings = Array.from({ length: 40 }, (_, index) => ({
  station: 'north',
  at: (index - 20) * 10,
  quality: QUALITIES[index % 3] ?? '',
  celsius: index / 4,
}));

t.test('creates its table, with the local index', async (t) => {
  const made = await Readings.create({
    station: 'south',
    at: 1,
    quality: 'good',
    celsius: -3.5,
    raw: Buffer.from([1, 2, 3]),
    flags: new Set(['dry', 'calm']),
    place: { name: 'Dumont', height: 40 },
  });
  t.type(made, Readings);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  t.match(Table, {
    TableStatus: 'ACTIVE',
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    LocalSecondaryIndexes: [{ IndexName: 'byQuality', Projection: { NonKeyAttributes: ['celsius'] } }],
  });
});

t.test('reads back what it wrote', async (t) => {
  const read = await Readings.get({ station: 'south', at: 1 });
  t.match(read, { quality: 'good', celsius: -3.5, place: { name: 'Dumont', height: 40 } });
  t.strictSame(read.flags, new Set(['dry', 'calm']));
  t.strictSame(Buffer.from(read.raw ?? []), Buffer.from([1, 2, 3]));
  t.equal(await Readings.get({ station: 'south', at: 2 }), undefined);
});

t.test('does not create over what is there', async (t) => {
  const refusal = await refusalOf(Readings.create({ station: 'south', at: 1, quality: 'bad', celsius: 0 }));
  t.type(refusal, ConditionalCheckFailedException);
});

t.test('refuses what its schema forbids before it is sent', async (t) => {
  const refusal = await refusalOf(Readings.create({ station: 'south', at: 3 }));
  t.equal(refusal.name, 'ValidationError');
});

t.test('puts and gets in batches', async (t) => {
  for (const from of [0, 25]) {
    t.match(await Readings.batchPut(readings.slice(from, from + 25)), { unprocessedItems: [] });
  }
  const found = await Readings.batchGet(readings.map(({ station, at }) => ({ station, at })));
  t.equal(found.length, readings.length);
});

t.test('queries a range of numbers, negative ones first', async (t) => {
  const found = await Readings.query('station').eq('north').where('at').between(-50, 50).exec();
  t.strictSame(
    found.map(({ at }) => at),
    readings.map(({ at }) => at).filter((at) => at >= -50 && at <= 50),
  );
});

t.test('pages by its last key', async (t) => {
  const seen: number[] = [];
  let last: Record<string, unknown> | undefined;
  do {
    const query = Readings.query('station').eq('north').sort('descending').limit(15);
    const page = await (last === undefined ? query : query.startAt(last)).exec();
    seen.push(...page.map(({ at }) => at));
    last = page.lastKey;
  } while (last !== undefined);
  t.strictSame(seen, readings.map(({ at }) => at).reverse());
  t.equal((await Readings.query('station').eq('north').limit(15).all().exec()).length, readings.length);
});

t.test('queries its index by prefix', async (t) => {
  const found = await Readings.query('station')
    .eq('north')
    .where('quality')
    .beginsWith('f')
    .using('byQuality')
    .exec();
  t.equal(found.length, readings.filter(({ quality }) => quality === 'fair').length);
  t.ok(found.every(({ quality }) => quality === 'fair'));
  const { count } = await Readings.query('station')
    .eq('north')
    .where('quality')
    .eq('good')
    .using('byQuality')
    .count()
    .exec();
  t.equal(count, readings.filter(({ quality }) => quality === 'good').length);
});

t.test('updates, on condition too', async (t) => {
  const key = { station: 'south', at: 1 };
  const updated = await Readings.update(key, {
    $SET: { quality: 'fair' },
    $ADD: { celsius: 1.25 },
    $REMOVE: ['raw'],
  });
  t.match(updated, { quality: 'fair', celsius: -2.25 });
  t.equal(updated.raw, undefined);
  const condition = new dynamoose.Condition().where('quality').eq('bad');
  t.type(
    await refusalOf(Readings.update(key, { celsius: 0 }, { condition })),
    ConditionalCheckFailedException,
  );
});

t.test('scans with a filter, deletes', async (t) => {
  const warm = await Readings.scan('celsius').ge(5).and().attribute('place').not().exists().all().exec();
  t.equal(warm.length, readings.filter(({ celsius }) => celsius >= 5).length);
  const read = await Readings.get({ station: 'south', at: 1 });
  await read.delete();
  await Readings.batchDelete(readings.slice(0, 25).map(({ station, at }) => ({ station, at })));
  const { count } = await Readings.scan().count().exec();
  t.equal(count, readings.length - 25);
});

/** The client against a daemon, beside the SDK over HTTP. */
import { join } from 'node:path';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import t from 'tap';
import type { Database } from '../../src/client/database.js';
import { connect, NumberValue, open, VarveError } from '../../src/index.js';
import { startDaemon, temporaryDirectory } from '../e2e/daemon.js';

type Teardown = { teardown(callback: () => unknown): void };

async function startWithTable(t: Teardown) {
  const data = temporaryDirectory(t);
  const daemon = await startDaemon(t, ['--data', data]);
  const path = join(data, 'varve.sock');
  const db = await connect({ path });
  t.teardown(() => db.close());
  await createTable(db);
  return { daemon, db, path };
}

async function createTable(db: Database): Promise<void> {
  await db.call('CreateTable', {
    TableName: 'songs',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'artist', AttributeType: 'S' },
      { AttributeName: 'number', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'artist', KeyType: 'HASH' },
      { AttributeName: 'number', KeyType: 'RANGE' },
    ],
  });
}

t.test('the document client and this one read what the other wrote', async (t) => {
  const { daemon, db } = await startWithTable(t);
  const songs = db.table('songs');
  const document = DynamoDBDocumentClient.from(daemon.client());
  const key = { artist: 'x', number: 1 };
  const item = {
    ...key,
    text: 'é😀',
    fraction: 0.1,
    negative: -5,
    yes: true,
    nothing: null,
    bytes: new Uint8Array([1, 2, 3]),
    list: [1, 'a', [{}]],
    map: { a: { b: [] } },
    strings: new Set(['a', 'b']),
    numbers: new Set([1, 2.5]),
    binaries: new Set([new Uint8Array([9])]),
  };
  await document.send(new PutCommand({ TableName: 'songs', Item: item }));
  t.same(await songs.get(key), item);
  await songs.put({ ...item, number: 2 });
  const { Item: read } = await document.send(
    new GetCommand({ TableName: 'songs', Key: { artist: 'x', number: 2 } }),
  );
  t.same(read, { ...item, number: 2 });
  await songs.put({ artist: 'x', number: 3, exact: db.number('1.2345678901234567890123456789') });
  t.same(await songs.get({ artist: 'x', number: 3 }), {
    artist: 'x',
    number: 3,
    exact: new NumberValue('1.2345678901234567890123456789'),
  });
});

t.test('a range of any size, with back-pressure, to its end or not', async (t) => {
  const { db } = await startWithTable(t);
  const songs = db.table<{ artist: string; number: number; text?: string }>('songs');
  const text = 'x'.repeat(2000);
  const count = 1500;
  await Promise.all(Array.from({ length: count }, (_, number) => songs.put({ artist: 'a', number, text })));
  let expected = 0;
  for await (const { number } of songs.query('artist = :a', { values: { ':a': 'a' } })) {
    if (number !== expected) t.equal(number, expected);
    expected += 1;
    // Far slower than the server, now and then.
    if (number % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.equal(expected, count);
  t.equal((await songs.scan().toArray()).length, count);
  t.equal((await songs.scan({ limit: 1234 }).toArray()).length, 1234, 'the limit is of all pages together');
  t.match(await songs.query('artist = :a', { values: { ':a': 'a' }, descending: true }).first(), {
    number: count - 1,
  });
  const rest = songs.query('artist = :a', { values: { ':a': 'a' }, after: { artist: 'a', number: 1490 } });
  t.equal((await rest.toArray()).length, 9);
  await t.rejects(songs.query('nonsense').toArray(), { name: 'ValidationException', status: 400 });
  await t.rejects(db.call('Query', { TableName: 'nowhere' }), { name: 'ValidationException' });

  const many = Array.from({ length: 70 }, () => songs.scan().pages());
  let begun = 0;
  const first = many.map((pages) => pages.next().then(() => (begun += 1)));
  await Promise.all(first.slice(0, 64));
  t.equal(begun, 64, 'a connection has 64 at a time');
  await Promise.all(many.slice(0, 64).map((pages) => pages.return()));
  await Promise.all(first);
  t.equal(begun, 70, 'others wait');
  await Promise.all(many.map((pages) => pages.return()));
  t.match(await songs.scan().first(), { artist: 'a' });
});

t.test('refusals, signals and times', async (t) => {
  const { db, path } = await startWithTable(t);
  const songs = db.table('songs');
  const key = { artist: 'a', number: 1 };
  await songs.put({ ...key, plays: 7 });
  const error = await songs
    .put({ ...key, plays: 1 }, { condition: 'attribute_not_exists(artist)', returnOnFailure: true })
    .catch((error: unknown) => error);
  t.ok(error instanceof VarveError);
  t.match(error, { name: 'ConditionalCheckFailedException', status: 400, fields: { Item: { plays: 7 } } });
  const cancelled = await db
    .transact((transaction) => {
      transaction.put('songs', { artist: 'b', number: 1 });
      transaction.check('songs', key, 'plays = :p', { values: { ':p': 1 } });
    })
    .catch((error: unknown) => error);
  t.match(cancelled, {
    name: 'TransactionCanceledException',
    fields: { CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }] },
  });
  t.equal(await songs.get({ artist: 'b', number: 1 }), undefined);
  await t.rejects(db.call('NoSuchOperation', {}), {
    name: 'UnknownOperationException',
    message: 'there is no operation NoSuchOperation',
  });
  await t.rejects(db.call('ExecuteStatement', {}), {
    name: 'UnknownOperationException',
    message: 'Varve does not have the operation ExecuteStatement',
  });
  t.same(
    await db.call('ListTables'),
    await db.call('ListTables', {}),
    'an input that may be empty may be left out',
  );
  await t.rejects(db.call('PutItem', { TableName: 'songs', Item: { artist: 'a', number: 1e200 } }), {
    name: 'ValidationException',
  });
  await t.rejects(songs.put({ artist: 'a', number: 1, big: 'x'.repeat(17 * 1024 * 1024) }), {
    name: 'ProtocolError',
  });
  await t.rejects(songs.get(key, { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' });
  await t.rejects(connect({ path: `${path}.not` }), { name: 'ConnectionFailed' });
  t.match(await songs.get(key), key, 'and all the while it works');
  await db.close();
  await t.rejects(songs.get(key), { name: 'ClosedError' });
});

t.test('without a daemon', async (t) => {
  const data = temporaryDirectory(t);
  const db = await open({ data });
  await createTable(db);
  await db.table('songs').put({ artist: 'a', number: 1, tags: new Set(['x']) });
  await t.rejects(open({ data }), { code: 'DIRECTORY_LOCKED' });
  await db.close();
  await t.rejects(db.call('ListTables', {}), { name: 'ClosedError' });

  const again = await open({ data });
  t.same(await again.table('songs').scan().toArray(), [{ artist: 'a', number: 1, tags: new Set(['x']) }]);
  await t.rejects(again.table('songs').get({ artist: 'a' }), { name: 'ValidationException', status: 400 });
  await again.close();
});

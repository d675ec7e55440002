/** What is misspelt in the options of the client is told, and nothing is done without it. */
import t from 'tap';
import { connect, open } from '../../src/index.js';

/** As a program in JavaScript hands them over. */
// biome-ignore lint/suspicious/noExplicitAny: what the types would refuse
type Anything = any;

async function openSongs(t: { teardown(callback: () => unknown): void }) {
  const db = await open();
  t.teardown(() => db.close());
  await db.call('CreateTable', {
    TableName: 'songs',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  return { db, songs: db.table('songs') };
}

t.test(
  'an unknown option of an operation is refused, by name and with what may have been meant',
  async (t) => {
    const { db, songs } = await openSongs(t);
    const key = { id: 'a' };
    await songs.put(key);
    const wrong = (options: object) => options as Anything;
    await t.rejects(songs.put({ id: 'a', n: 1 }, wrong({ conditon: 'attribute_not_exists(id)' })), {
      name: 'TypeError',
      message: 'put has no option conditon (did you mean condition?)',
    });
    t.same(await songs.get(key), key, 'nothing was written');
    await t.rejects(songs.delete(key, wrong({ 'condition!': 'n = :n' })), {
      message: 'delete has no option condition! (did you mean condition?)',
    });
    await t.rejects(songs.update(key, 'SET n = :n', wrong({ vales: { ':n': 1 } })), {
      message: 'update has no option vales (did you mean values?)',
    });
    await t.rejects(songs.get(key, wrong({ consistent: true })), { message: 'get has no option consistent' });
    t.throws(() => songs.query('id = :a', wrong({ descend: true })), {
      message: /^query has no option descend/,
    });
    t.throws(() => songs.scan(wrong({ descending: true })), { message: 'scan has no option descending' });
    await t.rejects(db.call('ListTables', {}, wrong({ timeout: 1 })), {
      message: /^call has no option timeout/,
    });
    t.throws(() => db.range('Scan', { TableName: 'songs' }, wrong({ limit: 1 })), {
      message: 'range has no option limit',
    });
    await t.rejects(
      db.transactGet([{ table: 'songs', key }], wrong({ timeout: 1 })),
      /has no option timeout/,
    );
    for (const add of ['put', 'delete'] as const) {
      await t.rejects(
        db.transact((transaction) => transaction[add]('songs', key, wrong({ conditions: 'x' }))),
        { message: `${add} of a transaction has no option conditions (did you mean condition?)` },
      );
    }
    await t.rejects(
      db.transact((transaction) => transaction.check('songs', key, 'n = :n', wrong({ condition: 'x' }))),
      { message: 'check of a transaction has no option condition' },
    );
    await t.rejects(
      db.transact((transaction) => transaction.update('songs', key, 'SET n = :n', wrong({ value: {} }))),
      { message: 'update of a transaction has no option value (did you mean values?)' },
    );
    t.same(await songs.scan().toArray(), [key], 'nothing was done');
  },
);

t.test('of what connects or opens too', async (t) => {
  await t.rejects(connect({ path: '/nowhere', timeout: 5 } as Anything), {
    message: /^connect has no option timeout/,
  });
  await t.rejects(connect({ pth: '/nowhere' } as Anything), {
    message: 'connect has no option pth (did you mean path?)',
  });
  // Else the data would be in memory, and gone in the end.
  await t.rejects(open({ dat: '/nowhere' } as Anything), {
    message: 'open has no option dat (did you mean data?)',
  });
});

t.test('what is no object of options, or no input, is refused by name', async (t) => {
  const { db, songs } = await openSongs(t);
  const given = (value: unknown) => value as Anything;
  await t.rejects(connect(given(undefined)), {
    name: 'TypeError',
    message: 'the options of connect must be an object, not undefined',
  });
  await t.rejects(connect(given('/run/varve.sock')), {
    message: 'the options of connect must be an object, not "/run/varve.sock"',
  });
  await t.rejects(connect(given({})), {
    name: 'TypeError',
    message: /^connect needs the path of the socket/,
  });
  await t.rejects(open(given('./data')), { message: 'the options of open must be an object, not "./data"' });
  await t.rejects(songs.put({ id: 'a' }, given(null)), {
    message: 'the options of put must be an object, not null',
  });
  await t.rejects(db.call('PutItem', given('songs')), {
    name: 'TypeError',
    message: 'the input of PutItem must be an object of its members, not songs',
  });
});

t.test('a duration that is none is refused', async (t) => {
  const { songs } = await openSongs(t);
  for (const timeoutMs of [Number.NaN, -1, '5', null]) {
    await t.rejects(songs.put({ id: 'a' }, { timeoutMs: timeoutMs as Anything }), {
      name: 'TypeError',
      message: /^timeoutMs of put must be a number of milliseconds, not /,
    });
  }
  await t.rejects(connect({ path: '/nowhere', reconnectMs: Number.NaN }), {
    message: /^reconnectMs of connect/,
  });
  t.equal(await songs.get({ id: 'a' }), undefined, 'nothing was written');
});

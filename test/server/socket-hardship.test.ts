/** A daemon whose clients on the Unix socket are many, slow, dying or hostile: it goes on, and its memory stays bounded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../src/index.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { type Daemon, startDaemon, temporaryDirectory } from '../e2e/daemon.js';
import { FrameClient, frame, lengthPrefixed, PREAMBLE, WireItem } from './frame-client.js';

const SEED = 20260611;
const MB = 1_000_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function memoryBytes({ child }: Daemon): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function start(t: { teardown(callback: () => unknown): void }) {
  const data = temporaryDirectory(t);
  const daemon = await startDaemon(t, ['--data', data]);
  const path = join(data, 'varve.sock');
  const db = await connect({ path });
  t.teardown(() => db.close());
  await db.call('CreateTable', {
    TableName: 'things',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  return { daemon, path, db };
}

const putOf = (id: string, value = 'x') => ({
  TableName: 'things',
  Item: new WireItem(['id', id, 'value', value]),
});
const keyOf = (id: string) => ({ TableName: 'things', Key: new WireItem(['id', id]) });

t.test('a thousand connections', async (t) => {
  const { daemon, path, db } = await start(t);
  const before = memoryBytes(daemon);
  const clients = await Promise.all(Array.from({ length: 1000 }, () => FrameClient.open(path)));
  await Promise.all(
    clients.map(async (client, index) => {
      await client.next();
      client.send([1, 1, 'PutItem', putOf(String(index))]);
      await client.next();
      client.send([1, 2, 'GetItem', keyOf(String(index))]);
      const reply = await client.next();
      if (reply?.[0] !== 1) t.match(reply, [1, 2, { Item: {} }]);
    }),
  );
  t.equal((await db.table('things').scan().toArray()).length, 1000);
  const grown = memoryBytes(daemon) - before;
  t.ok(grown < 150 * MB, `${Math.round(grown / MB)} MB more`);
  for (const client of clients) client.socket.destroy();
});

t.test(
  'frames that are promised and do not come, replies that are not read, streams that lose their reader',
  async (t) => {
    const { daemon, path, db } = await start(t);
    const things = db.table('things');
    const value = 'v'.repeat(100_000);
    await Promise.all(Array.from({ length: 200 }, (_, id) => things.put({ id: String(id), value })));
    const before = memoryBytes(daemon);

    const promise = Buffer.from([0x00, 0xff, 0xff, 0xff]);
    const halves: FrameClient[] = [];
    for (let index = 0; index < 200; index += 1) {
      const client = await FrameClient.open(path);
      client.socket.write(Buffer.concat([promise, Buffer.alloc(1000, 0x91)]));
      halves.push(client);
    }
    for (let index = 0; index < 60; index += 1) {
      const client = await FrameClient.open(path);
      await client.next();
      client.socket.pause();
      // 20 MB in all; the reader takes nothing, and is gone in the middle of it.
      client.send([2, 1, 'Scan', 2 ** 32 - 1, { TableName: 'things' }]);
      client.send(...Array.from({ length: 200 }, (_, id) => [1, id + 2, 'GetItem', keyOf(String(id))]));
      if (index % 2 === 0) client.socket.destroy();
      else halves.push(client);
    }
    await pause(500);
    t.same(await things.get({ id: '7' }), { id: '7', value }, 'others are served');
    const grown = memoryBytes(daemon) - before;
    t.ok(grown < 150 * MB, `${Math.round(grown / MB)} MB more`);

    const slow = halves.at(-1) as FrameClient;
    slow.socket.resume();
    let items = 0;
    let replies = 0;
    while (replies < 201) {
      const [kind, , output] = (await slow.next()) as [number, number, { Items?: unknown[] }];
      items += output.Items?.length ?? 0;
      if (kind === 1) replies += 1;
    }
    t.equal(items, 200, 'who reads at last gets all of it');
    for (const client of halves) client.socket.destroy();
  },
);

t.test('bytes at random, and messages with bytes changed', async (t) => {
  t.comment(`seed ${SEED}`);
  const { daemon, path, db } = await start(t);
  await db.table('things').put({ id: 'kept', value: 1 });
  const random = new SeededRandom(SEED);
  const below = (bound: number) => random.uint32() % bound;
  const messages: readonly unknown[] = [
    [1, 1, 'PutItem', putOf('a', 'y'.repeat(300))],
    [1, 2, 'GetItem', keyOf('a')],
    [2, 3, 'Scan', 1_000_000, { TableName: 'things', Limit: 3 }],
    [
      1,
      4,
      'Query',
      {
        TableName: 'things',
        ExpressionAttributeValues: new WireItem([':v', [0, [1, 'a', [3, 1, [5, '2.5']]]]]),
      },
    ],
    [3, 3, 100],
    [4, 3],
    [1, 5, 'ListTables', { Limit: 10 }],
  ];
  const before = memoryBytes(daemon);
  for (let round = 0; round < 400; round += 1) {
    const client = await FrameClient.connect(path);
    const parts = [PREAMBLE, frame([0, {}])];
    for (let count = below(6); count >= 0; count -= 1) {
      const body = Buffer.from(frame(messages[below(messages.length)]).subarray(4));
      for (let changes = below(4); changes > 0; changes -= 1) body[below(body.length)] = below(256);
      parts.push(below(8) === 0 ? Buffer.from(random.bytes(below(60))) : lengthPrefixed(body));
    }
    const bytes = Buffer.concat(parts);
    if (below(20) === 0) bytes[below(12)] = below(256);
    const cut = below(bytes.length);
    client.socket.write(bytes.subarray(0, cut));
    if (below(2) === 0) await pause(0);
    client.socket.end(bytes.subarray(cut));
    if (below(4) === 0) client.socket.destroy();
    else while ((await client.next()) !== undefined);
  }
  t.same(await db.table('things').get({ id: 'kept' }), { id: 'kept', value: 1 });
  const grown = memoryBytes(daemon) - before;
  t.ok(grown < 100 * MB, `${Math.round(grown / MB)} MB more`);
  t.notMatch(daemon.stderr, /defect|failed/, 'nothing was a surprise');
});

/** The daemon on a machine that is short of something: disk, file descriptors, processor. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { type Daemon, runCommand, startDaemon, temporaryDirectory } from './daemon.js';

async function createTable(client: DynamoDBClient, name = 'notes'): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
}

const PAYLOAD = 'x'.repeat(30_000);

/** Resolves with the HTTP status: 200 when it is durable. */
async function put(client: DynamoDBClient, id: string): Promise<number> {
  const item = { id: { S: id }, payload: { S: PAYLOAD } };
  try {
    await client.send(new PutItemCommand({ TableName: 'notes', Item: item }));
    return 200;
  } catch (error) {
    return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  }
}

async function has(client: DynamoDBClient, id: string): Promise<boolean> {
  const { Item } = await client.send(new GetItemCommand({ TableName: 'notes', Key: { id: { S: id } } }));
  return Item?.payload?.S === PAYLOAD;
}

/** A file system of so many MiB; undefined where nobody may make one. */
function smallFileSystem(t: { teardown(callback: () => void): void }, mib: number): string | undefined {
  const directory = join(temporaryDirectory(t), 'small');
  mkdirSync(directory);
  const options = ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', directory];
  if (spawnSync('mount', options, { stdio: 'ignore' }).status !== 0) return undefined;
  t.teardown(() => spawnSync('umount', ['-l', directory], { stdio: 'ignore' }));
  return directory;
}

t.test('a disk that is full', { timeout: 120_000 }, async (t) => {
  const disk = smallFileSystem(t, 48);
  if (disk === undefined) {
    t.pass('a disk that is full', { skip: 'mounting a small file system is not allowed here' });
    return;
  }
  const data = join(disk, 'data');
  writeFileSync(join(disk, 'ballast'), Buffer.alloc(20 * 1024 * 1024));
  const daemon = await startDaemon(t, ['--data', data, '--memtable-bytes', '200000']);
  const client = daemon.client({ maxAttempts: 1 });
  await createTable(client);
  const acknowledged: string[] = [];
  let status = 200;
  for (let i = 0; status === 200 && i < 3000; i += 1) {
    status = await put(client, `before ${i}`);
    if (status === 200) acknowledged.push(`before ${i}`);
  }
  t.equal(status, 503, `refused after ${acknowledged.length} writes`);
  t.ok(await has(client, acknowledged[0] ?? ''), 'reads go on');

  rmSync(join(disk, 'ballast'));
  const startMs = performance.now();
  while ((await put(client, 'after')) !== 200) {
    if (performance.now() - startMs > 20_000) throw new Error('writes did not resume');
    await sleep(100);
  }
  acknowledged.push('after');
  await daemon.kill('SIGKILL');
  t.ok(daemon.stderr.split('\n').length < 20, `few lines: ${daemon.stderr}`);
  const again = (await startDaemon(t, ['--data', data])).client();
  const lost: string[] = [];
  for (const id of acknowledged) if (!(await has(again, id))) lost.push(id);
  t.same(lost, [], 'nothing that was acknowledged is lost');
});

t.test('a daemon that is stopped for a while goes on', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, ['--data', data]);
  const client = daemon.client({ maxAttempts: 1 });
  await createTable(client);
  t.equal(await put(client, 'before'), 200);
  daemon.child.kill('SIGSTOP');
  const waiting = [put(client, 'meanwhile 1'), put(client, 'meanwhile 2')];
  const second = await runCommand(['serve', '--port', '0', '--data', data]);
  t.match(second, { code: 1, stderr: /is in use by process \d+/ }, 'it holds the directory all the same');
  await sleep(1_500);
  daemon.child.kill('SIGCONT');
  t.same(await Promise.all(waiting), [200, 200]);
  for (const id of ['before', 'meanwhile 1', 'meanwhile 2']) t.ok(await has(client, id), id);
  t.equal((await daemon.kill('SIGTERM')).code, 0);
  t.equal((await runCommand(['verify', data])).code, 0);
});

t.test('clients that take every descriptor they can get', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, ['--data', data], { openFilesMax: 160 });
  const client = daemon.client({ maxAttempts: 3 });
  await createTable(client);
  const idle = await openConnections(daemon, 200);
  const fate = idle.filter((socket) => socket.destroyed || socket.readableEnded).length;
  t.ok(fate > 0, `${fate} of ${idle.length} connections were let go`);
  // The connection of the client is one of those that stay.
  for (let i = 0; i < 20; i += 1) t.equal(await put(client, `note ${i}`), 200);
  for (let i = 0; i < 5; i += 1) await createTable(client, `more-${i}`);
  for (const socket of idle) socket.destroy();
  t.ok(await has(client, 'note 19'));
  t.equal((await daemon.kill('SIGTERM')).code, 0);
});

async function openConnections({ port }: Daemon, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    return socket;
  });
  await sleep(500);
  return sockets;
}

t.test('many tables with few descriptors', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, ['--data', data], { openFilesMax: 120 });
  const client = daemon.client();
  for (let i = 0; i < 60; i += 1) await createTable(client, `table-${i}`);
  await daemon.kill('SIGKILL');
  const again = await startDaemon(t, ['--data', data], { openFilesMax: 120 });
  t.equal(readdirSync(join(data, 'tables')).length, 60);
  await createTable(again.client(), 'one-more');
});

t.test('a daemon whose log nobody reads any more goes on', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, ['--data', data, '--log-level', 'debug']);
  const client = daemon.client({ maxAttempts: 1 });
  await createTable(client);
  daemon.child.stdout?.destroy();
  daemon.child.stderr?.destroy();
  // Each makes it say something.
  for (let i = 0; i < 3; i += 1) {
    daemon.child.kill('SIGHUP');
    await sleep(100);
  }
  t.equal(await put(client, 'after'), 200);
  t.ok(await has(client, 'after'));
  daemon.child.kill('SIGTERM');
  const [code, signal] = (await once(daemon.child, 'exit')) as [number | null, string | null];
  t.same([code, signal], [0, null], 'and ends in good order');
});

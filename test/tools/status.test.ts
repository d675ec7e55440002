/** `varve status` and `varve healthcheck`: of a daemon that runs, hangs, is gone, or is somewhere else. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { runCommand, startDaemon, temporaryDirectory } from '../e2e/daemon.js';

t.test('a daemon that runs', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const daemon = await startDaemon(t, ['--data', data, '--partitions', '4']);
  const client = daemon.client();
  await client.send(
    new CreateTableCommand({
      TableName: 'notes',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await t.rejects(client.send(new GetItemCommand({ TableName: 'none', Key: { id: { S: '1' } } })));
  const port = String(daemon.port);
  const json = await runCommand(['status', '--port', port, '--json']);
  t.match(json, { code: 0, stderr: '' });
  t.match(JSON.parse(json.stdout), {
    running: true,
    pid: daemon.child.pid,
    url: daemon.url,
    socket: join(data, 'varve.sock'),
    data,
    tables: 1,
    partitions: 4,
    partitionsFailed: 0,
    operations: 2,
    operationErrors: 1,
    writesStopped: 0,
    lastFlush: null,
    unflushed: null,
    lastDump: null,
  });
  const text = await runCommand(['status', '--port', port]);
  t.match(text, { code: 0, stderr: '' });
  t.match(text.stdout, new RegExp(`^varve .* is running: process ${daemon.child.pid}, for .*\n`));
  t.match(text.stdout, /\ntables +1 table, 4 partitions, /);
  t.match(text.stdout, /\nlast dump +none since it runs\n/);
  t.match(text.stdout, /\nlast flush +none since it runs; no writes are in the log alone\n/);
  t.equal((await runCommand(['dump', '-d', data, `${data}-dump`])).code, 0);
  const { lastDump } = JSON.parse((await runCommand(['status', '--port', port, '--json'])).stdout);
  t.match(lastDump, { tables: 1 });
  t.ok(lastDump.ageMs >= 0 && lastDump.ageMs < 30_000 && lastDump.durationMs >= 0, JSON.stringify(lastDump));
  t.ok(Math.abs(Date.parse(lastDump.endedAt) - Date.now()) < 30_000);
  t.match((await runCommand(['status', '--port', port])).stdout, /\nlast dump +of 1 table, .* ago, in .*\n/);
  t.strictSame(await runCommand(['healthcheck', '--port', port]), {
    code: 0,
    signal: null,
    stdout: '',
    stderr: '',
  });

  const elsewhere = await runCommand(['status', '--port', '1', '--data', data]);
  t.match(elsewhere, { code: 1, stdout: '' });
  t.match(
    elsewhere.stderr,
    new RegExp(`no daemon answers at .*:1; but process ${daemon.child.pid} holds ${data}`),
  );

  daemon.child.kill('SIGSTOP');
  const startMs = performance.now();
  const hung = await runCommand(['healthcheck', '--port', port, '--timeout', '300ms']);
  t.match(hung, { code: 1, stderr: `varve: ${daemon.url}: no answer within 300 ms\n` });
  t.ok(performance.now() - startMs < 5_000);
  daemon.child.kill('SIGCONT');

  await daemon.kill('SIGTERM');
  t.match(await runCommand(['healthcheck', '--port', port]), { code: 1, stderr: /ECONNREFUSED/ });
  const gone = await runCommand(['status', '--port', port, '--data', data, '--json']);
  t.equal(gone.code, 1);
  t.match(JSON.parse(gone.stdout), {
    running: false,
    reason: `no daemon answers at ${daemon.url}`,
    pid: null,
  });
});

t.test('what is in sorted files, and what only in the logs', async (t) => {
  const data = join(temporaryDirectory(t), 'data');
  const settings = ['--data', data, '--partitions', '1', '--memtable', '16KiB', '--memtables', '1MiB'];
  const daemon = await startDaemon(t, settings);
  const client = daemon.client();
  for (const TableName of ['full', 'one-note']) {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  }
  const statusOf = async ({ port }: { readonly port: number }) =>
    JSON.parse((await runCommand(['status', '--port', String(port), '--json'])).stdout);
  const put = (TableName: string, text: string) =>
    client.send(new PutItemCommand({ TableName, Item: { id: { S: '1' }, text: { S: text } } }));
  await put('one-note', 'short');
  const before = await statusOf(daemon);
  t.equal(before.lastFlush, null);
  t.match(before.unflushed, { partitions: 1, oldest: { table: 'one-note' } });
  const { ageMs, writtenAt } = before.unflushed.oldest;
  t.ok(ageMs >= 0 && ageMs < 30_000 && Math.abs(Date.parse(writtenAt) - Date.now()) < 30_000, writtenAt);

  await put('full', 'x'.repeat(20_000));
  let after = await statusOf(daemon);
  for (const endMs = Date.now() + 20_000; after.lastFlush === null && Date.now() < endMs; ) {
    after = await statusOf(daemon);
  }
  t.ok(after.lastFlush?.ageMs >= 0 && after.lastFlush?.ageMs < 30_000, JSON.stringify(after.lastFlush));
  t.match(after.unflushed, { partitions: 1, oldest: { table: 'one-note', writtenAt } });
  const text = await runCommand(['status', '--port', String(daemon.port)]);
  t.match(
    text.stdout,
    /\nlast flush +\S+ ?\S* ago; 1 partition with writes in the log alone, the oldest .* old, in table one-note\n/,
  );

  await daemon.kill('SIGKILL');
  const again = await statusOf(await startDaemon(t, settings));
  t.equal(again.lastFlush, null, 'of another process');
  t.match(again.unflushed?.oldest, { table: 'one-note', writtenAt }, 'as old as it was');
});

t.test('something else answers', async (t) => {
  const server = createServer((_, response) => response.writeHead(500).end('no')).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const port = String((server.address() as AddressInfo).port);
  t.match(await runCommand(['healthcheck', '--port', port]), { code: 1, stderr: /answers with 500\n$/ });
  t.match(await runCommand(['status', '--port', port]), { code: 1, stderr: /is no daemon of this release/ });
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

t.test(
  'status is for its own machine, metrics are for all',
  { skip: outside === undefined && 'no network' },
  async (t) => {
    const { port } = await startDaemon(t, ['--in-memory', '--host', '0.0.0.0']);
    t.equal((await fetch(`http://127.0.0.1:${port}/status`)).status, 200);
    t.equal((await fetch(`http://${outside}:${port}/status`)).status, 404);
    t.equal((await fetch(`http://${outside}:${port}/metrics`)).status, 200);
    t.equal(
      (await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status,
      400,
      'no operation',
    );
  },
);

t.test('usage', async (t) => {
  for (const command of ['status', 'healthcheck', 'config', 'install-service']) {
    t.match(await runCommand([command, '--help']), { code: 0, stdout: /\nExamples:\n/ });
  }
  t.match(await runCommand(['status', '--timeout', 'soon']), { code: 2, stdout: '' });
});

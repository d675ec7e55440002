/** What becomes of calls when the connection breaks under them. */
import { join } from 'node:path';
import t from 'tap';
import { validationError } from '../../src/api/service-error.js';
import type { Transaction } from '../../src/client/transaction.js';
import { connect } from '../../src/index.js';
import { SocketServer } from '../../src/server/socket/socket-server.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { temporaryDirectory } from '../e2e/daemon.js';
import { type FakeApi, fakeApi } from '../server/fake-api.js';

async function serve(path: string, api: FakeApi): Promise<SocketServer> {
  const server = new SocketServer({
    api,
    clock: new SystemClock(),
    log: () => undefined,
    serverName: 'test',
  });
  await server.listen(path, { mode: 0o600 });
  return server;
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

t.test('a restart of the server', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const first = fakeApi();
  const server = await serve(path, first);
  const db = await connect({ path });
  // Each waits in the first server, which never answers.
  const write = db.call('WaitAndWrite', {}).catch((error: unknown) => error);
  const read = db.call('GetWait', {});
  const token = db.call('TransactWriteItems', { TransactItems: [], ClientRequestToken: 'x' });
  await soon();
  t.equal(first.calls.length, 3);
  await server.close(0);
  t.match(await write, { name: 'ConnectionLost', mayHaveTakenEffect: true });
  const later = db.call('Echo', { late: true });
  await soon();

  const second = fakeApi();
  second.release();
  const restarted = await serve(path, second);
  t.match(await later, { Echo: '{"late":true}' }, 'what was not sent waited');
  t.same(await read, { Waited: true }, 'a read was repeated');
  t.same(await token, { Waited: true }, 'and so was what has a token');
  t.equal(second.calls.filter(({ operation }) => operation === 'WaitAndWrite').length, 0, 'a write was not');

  // One that is told to stop answers what it has; what comes then is for the next one.
  const third = await connect({ path });
  const held = fakeApi();
  await restarted.close(1_000);
  await third.close();
  const next = await serve(path, held);
  const pending = db.call('WaitAndWrite', {});
  await soon();
  const closing = next.close(5_000);
  await soon();
  held.release();
  t.same(await pending, { Waited: true });
  await closing;
  await db.close();
});

t.test('a server that does not come back', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const server = await serve(path, fakeApi());
  const db = await connect({ path, reconnectMs: 100 });
  await server.close(0);
  await soon();
  await t.rejects(db.call('Echo', {}), { name: 'ConnectionFailed', mayHaveTakenEffect: false });
  await db.close();
});

t.test('a server that does not answer', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const server = await serve(path, fakeApi());
  const db = await connect({ path, timeoutMs: 30 });
  await t.rejects(db.call('GetWait', {}), { name: 'TimeoutError', mayHaveTakenEffect: false });
  await t.rejects(db.call('WaitAndWrite', {}), { name: 'TimeoutError', mayHaveTakenEffect: true });
  const controller = new AbortController();
  const aborted = db.call('GetWait', {}, { signal: controller.signal, timeoutMs: 60_000 });
  controller.abort(new Error('enough'));
  await t.rejects(aborted, { message: 'enough' });
  t.match(await db.call('Echo', {}), { Echo: '{}' });
  await server.close(0);
  await db.close();
});

t.test('a range goes on where it was', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const pages = fakeApi();
  const server = await serve(path, pages);
  const db = await connect({ path });
  const seen: unknown[] = [];
  let next: SocketServer | undefined;
  for await (const item of db.range('Scan', { TableName: 'pages', Limit: 7 })) {
    seen.push(item['n']);
    if (seen.length === 3) {
      await server.close(0);
      next = await serve(path, pages);
    }
  }
  t.same(seen, [0, 1, 2, 3, 4, 5, 6]);
  await db.close();
  await next?.close(0);
});

t.test('a transaction that was sent may have taken effect, whatever becomes of it then', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const api = fakeApi();
  const server = await serve(path, api);
  const db = await connect({ path, reconnectMs: 100 });
  const put = (transaction: Transaction) => transaction.put('songs', { id: 'a' });
  await t.rejects(db.transact(put, { timeoutMs: 30 }), { name: 'TimeoutError', mayHaveTakenEffect: true });
  const broken = t.rejects(db.transact(put), { name: 'ConnectionLost', mayHaveTakenEffect: true });
  await soon();
  await server.close(0);
  await broken;
  await t.rejects(db.transact(put), { name: 'ConnectionFailed', mayHaveTakenEffect: false }, 'not sent');

  const refusing: FakeApi = { ...api, respond: () => Promise.reject(validationError('no')) };
  const first = await serve(path, fakeApi());
  const repeated = t.rejects(db.transact(put), { name: 'ValidationException', mayHaveTakenEffect: true });
  await soon();
  await first.close(0);
  const second = await serve(path, refusing);
  await repeated;
  await t.rejects(db.transact(put), { name: 'ValidationException', mayHaveTakenEffect: false });
  await second.close(0);
  await db.close();
});

t.test('a read has no effect, also one that the server fails at', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const failing: FakeApi = { ...fakeApi(), respond: () => Promise.reject(new Error('a defect')) };
  const server = await serve(path, failing);
  const db = await connect({ path });
  await t.rejects(db.call('GetItem', {} as never), {
    name: 'InternalServerError',
    mayHaveTakenEffect: false,
  });
  await t.rejects(db.call('PutItem', {} as never), { name: 'InternalServerError', mayHaveTakenEffect: true });
  await db.close();
  await server.close(0);
});

t.test('closing waits for nothing that nobody waits for', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const server = await serve(path, fakeApi());
  const given = await connect({ path, timeoutMs: 30 });
  await t.rejects(given.call('WaitAndWrite', {}), { name: 'TimeoutError' });
  await given.close();

  const db = await connect({ path, reconnectMs: 200 });
  await server.close(0);
  await soon();
  const waiting = t.rejects(db.call('Echo', {}), { name: 'ConnectionFailed' });
  await db.close();
  await waiting;
});

t.test('a time-out that no timer can hold', async (t) => {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const api = fakeApi();
  const server = await serve(path, api);
  const db = await connect({ path });
  const calls = [2 ** 31, Number.POSITIVE_INFINITY].map((timeoutMs) => db.call('GetWait', {}, { timeoutMs }));
  await soon();
  api.release();
  t.same(await Promise.all(calls), [{ Waited: true }, { Waited: true }]);
  await db.close();
  await server.close(0);
});

/** The Unix socket as another program meets it: frames in, frames out, and what happens to those who misbehave. */
import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import type { SocketLimits } from '../../src/server/limits.js';
import { SocketServer } from '../../src/server/socket/socket-server.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { temporaryDirectory } from '../e2e/daemon.js';
import { type FakeApi, fakeApi } from './fake-api.js';
import { FrameClient, frame, lengthPrefixed, PREAMBLE } from './frame-client.js';

interface Served {
  readonly path: string;
  readonly api: FakeApi;
  readonly server: SocketServer;
  readonly lines: string[];
}

async function serve(
  t: { teardown(callback: () => unknown): void },
  limits: Partial<SocketLimits> = {},
): Promise<Served> {
  const path = join(temporaryDirectory(t), 'varve.sock');
  const api = fakeApi();
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const server = new SocketServer({ api, clock: new SystemClock(), log, serverName: 'test', limits });
  await server.listen(path, { mode: 0o600 });
  t.teardown(() => server.close(0));
  return { path, api, server, lines };
}

t.test('requests and replies', async (t) => {
  const { path, api, lines } = await serve(t);
  const client = await FrameClient.open(path, { region: 'eu-west-1', accountId: '123456789012' });
  t.match(await client.next(), [0, { server: 'test', inFlightMax: 256, frameBytesMax: 16_842_752 }]);

  client.send([1, 7, 'Echo', { a: [1, null, true, 'é', { __proto__x: 1.5 }] }]);
  t.match(await client.next(), [
    1,
    7,
    { Echo: '{"a":[1,null,true,"é",{"__proto__x":1.5}]}', region: 'eu-west-1', accountId: '123456789012' },
  ]);

  client.send([1, 1, 'Wait', {}], [1, 2, 'Item', {}], [1, 3, 'Refuse', {}], [1, 4, 'Defect', {}]);
  t.match(await client.next(), [1, 2, { Count: 1 }], 'replies come in the order in which they are there');
  t.match(await client.next(), [2, 3, 400, { message: 'no' }]);
  const defect = await client.next();
  t.match(defect, [2, 4, 500, { message: 'Internal server error' }]);
  t.notMatch(JSON.stringify(defect), /secret/);
  t.match(lines.join(), /Defect.*a defect with secrets in it/s);
  api.release();
  t.match(await client.next(), [1, 1, { Waited: true }]);
});

t.test('too much at once is refused and counted, and what it takes is told', async (t) => {
  const { path, api, server } = await serve(t, { inFlightBytesMax: 100 });
  const client = await FrameClient.open(path);
  await client.next();
  client.send([1, 1, 'Wait', {}]);
  client.send([1, 2, 'Echo', {}]);
  t.match(await client.next(), [2, 2, 503, { message: /limit of requests/ }]);
  const busy = server.statistics;
  t.match(busy, { inFlight: 1, overloaded: 1, bytes: { arriving: 0, unread: 0 } });
  t.ok(busy.bytes.inProgress > 100, `${busy.bytes.inProgress} bytes`);
  api.release();
  t.match(await client.next(), [1, 1, { Waited: true }]);
  t.match(server.statistics, { inFlight: 0, overloaded: 1, bytes: { inProgress: 0 } });
  client.send([1, 3, 'Echo', {}]);
  t.match(await client.next(), [1, 3, {}]);
});

t.test('what is no conversation', async (t) => {
  const { path } = await serve(t);
  const deep = Buffer.concat([
    Buffer.from([0x94, 1, 1, 0xa1, 0x78]),
    Buffer.alloc(1000, 0x91),
    Buffer.from([0xc0]),
  ]);
  const cases: readonly [string, Buffer, RegExp][] = [
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /does not speak the protocol/],
    ['no hello', Buffer.concat([PREAMBLE, frame([1, 1, 'Echo', {}])]), /the first frame is no hello/],
    ['two hellos', Buffer.concat([PREAMBLE, frame([0, {}]), frame([0, {}])]), /second hello/],
    ['a frame that is too long', Buffer.concat([PREAMBLE, Buffer.from([0x10, 0, 0, 0])]), /longer than/],
    ['no list', Buffer.concat([PREAMBLE, frame([0, {}]), frame('x')]), /no message/],
    [
      'an empty frame',
      Buffer.concat([PREAMBLE, frame([0, {}]), lengthPrefixed(Buffer.alloc(0))]),
      /no message/,
    ],
    ['a hello without options', Buffer.concat([PREAMBLE, frame([0, null])]), /no message: .* no map/],
    ['a hello of a list', Buffer.concat([PREAMBLE, frame([0, []])]), /no message: .* no map/],
    [
      'an unknown message',
      Buffer.concat([PREAMBLE, frame([0, {}]), frame([9, 1])]),
      /no message: there is no message that begins with 9/,
    ],
    [
      'a message without its end',
      Buffer.concat([PREAMBLE, frame([0, {}]), frame([1, 1, 'Echo'])]),
      /no message: a message that begins with 1 has 4 elements, not 3/,
    ],
  ];
  for (const [name, bytes, reason] of cases) {
    const client = await FrameClient.connect(path);
    client.socket.write(bytes);
    let last: unknown;
    for (let message = await client.next(); message !== undefined; message = await client.next())
      last = message;
    t.match(last, [4, reason, true], name);
  }
  const client = await FrameClient.open(path);
  await client.next();
  client.socket.write(Buffer.concat([lengthPrefixed(deep), frame([1, 2, 'Echo', {}])]));
  t.match(await client.next(), [2, 1, 400, { Message: /nested too deep/ }], 'one request may be wrong');
  t.match(await client.next(), [1, 2, {}], 'and the next one right');
});

t.test('another version of the protocol', async (t) => {
  const { path } = await serve(t);
  const client = await FrameClient.connect(path);
  client.socket.write(Buffer.from('VARVE\0\u0002\u0009', 'latin1'));
  t.same(
    await client.next(),
    ['preamble', 'VARVE\0\u0000\u0001'],
    'none chosen, and the highest that there is',
  );
  t.equal(await client.next(), undefined);
});

t.test('a frame in single bytes', async (t) => {
  const { path } = await serve(t);
  const client = await FrameClient.connect(path);
  client.socket.setNoDelay(true);
  for (const byte of Buffer.concat([PREAMBLE, frame([0, {}]), frame([1, 5, 'Echo', { x: 1 }])])) {
    client.socket.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  await client.next();
  await client.next();
  t.match(await client.next(), [1, 5, { Echo: '{"x":1}' }]);
});

t.test('no more is read from who has too much without a reply', async (t) => {
  const { path, api } = await serve(t, { inFlightMax: 3 });
  const client = await FrameClient.open(path);
  await client.next();
  client.send(...Array.from({ length: 10 }, (_, id) => [1, id, 'Wait', {}]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(api.calls.length, 3);
  api.release();
  for (let id = 0; id < 10; id += 1) t.match(await client.next(), [1, id, {}]);
});

t.test('who takes no replies is not read from, and let go in the end', async (t) => {
  const { path, api, server } = await serve(t, { slowReaderMs: 150, unsentBytesMax: 1024, inFlightMax: 2 });
  const client = await FrameClient.open(path);
  await client.next();
  client.socket.pause();
  client.send(...Array.from({ length: 50 }, (_, id) => [1, id, 'Big', {}]));
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.ok(api.calls.length <= 2, `${api.calls.length} of 50 were begun`);
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.equal(server.totals.unsent, 0);
  client.socket.destroy();
});

t.test('who is slow to say hello, or to finish a frame', async (t) => {
  const { path, server } = await serve(t, { helloMs: 30, frameMs: 30, timeoutCheckMs: 10 });
  const silent = await FrameClient.connect(path);
  const half = await FrameClient.open(path);
  half.socket.write(frame([1, 1, 'Echo', { x: 'y'.repeat(100) }]).subarray(0, 50));
  t.match(await silent.next(), ['preamble', /VARVE/]);
  t.match(await half.next(), [0, {}]);
  t.match(await half.next(), [4, /too long/, true]);
  t.equal(await half.next(), undefined);
  t.equal(server.totals.receiving, 0);
});

t.test('one connection too many', async (t) => {
  const { path, server } = await serve(t, { connectionsMax: 1 });
  const first = await FrameClient.open(path);
  await first.next();
  const second = await FrameClient.connect(path);
  await second.next();
  t.match(await second.next(), [4, /as many connections/, false]);
  t.equal(await second.next(), undefined);
  first.send([1, 1, 'Echo', {}]);
  t.match(await first.next(), [1, 1, {}]);
  t.match(server.statistics, { connections: 1, connectionsRefused: 1 });
});

t.test('stopping', async (t) => {
  const { path, api, server } = await serve(t);
  const client = await FrameClient.open(path);
  await client.next();
  client.send([1, 1, 'Wait', {}]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closed = server.close(5_000);
  t.match(await client.next(), [4, /stopping/, false]);
  api.release();
  t.match(await client.next(), [1, 1, { Waited: true }], 'what was accepted is answered');
  t.equal(await client.next(), undefined);
  t.equal(await closed, 0);
  t.notOk(existsSync(path));
});

t.test('the file of the socket', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'a.sock');
  const make = () =>
    new SocketServer({ api: fakeApi(), clock: new SystemClock(), log: () => undefined, serverName: 'test' });
  const live = make();
  await live.listen(path, { mode: 0o660 });
  t.equal(statSync(path).mode & 0o777, 0o660);
  await t.rejects(make().listen(path, { mode: 0o600 }), { code: 'SOCKET_IN_USE' }, 'a live one stays');
  await live.close(0);

  const stale = createServer().listen(path);
  await new Promise((resolve) => stale.once('listening', resolve));
  // Closing the handle alone leaves the file, as the death of a process does.
  const linked = join(directory, 'b.sock');
  await import('node:fs/promises').then(({ link }) => link(path, linked));
  await new Promise((resolve) => stale.close(resolve));
  t.ok(existsSync(linked));
  const next = make();
  await next.listen(linked, { mode: 0o600 });
  t.equal(statSync(linked).mode & 0o777, 0o600, 'a stale one is replaced');
  await next.close(0);

  writeFileSync(path, 'precious');
  chmodSync(path, 0o644);
  await t.rejects(make().listen(path, { mode: 0o600 }), { code: 'SOCKET_PATH' }, 'a file stays');
  await t.rejects(make().listen(join(directory, 'x'.repeat(120)), { mode: 0o600 }), { code: 'SOCKET_PATH' });
});

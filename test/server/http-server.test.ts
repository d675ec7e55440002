import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { crc32 } from '../../src/encoding/checksum.js';
import { HttpServer, type HttpServerOptions } from '../../src/server/http/http-server.js';
import { SystemClock, SystemRandom } from '../../src/vfs/system-clock.js';
import { type FakeApi, fakeApi } from './fake-api.js';
import { call, openSocket, readToEnd, type Sent, SIGNED, send } from './raw-client.js';

interface Fixture {
  readonly api: FakeApi;
  readonly server: HttpServer;
  readonly port: number;
  readonly log: string[];
}

async function serve(t: Test, options: Partial<HttpServerOptions> = {}): Promise<Fixture> {
  const api = fakeApi();
  const log: string[] = [];
  const server = new HttpServer({
    api,
    clock: new SystemClock(),
    random: new SystemRandom(),
    log: (line) => log.push(line),
    ...options,
  });
  const port = await server.listen('127.0.0.1', 0);
  t.teardown(() => server.close(0));
  return { api, server, port, log };
}

const target = (operation: string) => ({ 'x-amz-target': `DynamoDB_20120810.${operation}` });

t.test('a reply has what SDKs look at', async (t) => {
  const { port } = await serve(t);
  const received = await call(port, 'Item');
  t.equal(received.status, 200);
  t.equal(received.body.toString(), '{"Item":{"price":{"N":"1E+2"}},"Count":1}');
  t.equal(received.headers['content-type'], 'application/x-amz-json-1.0');
  t.equal(received.headers['content-length'], String(received.body.length));
  t.equal(received.headers['x-amz-crc32'], String(crc32(received.body)));
  t.match(received.headers['x-amzn-requestid'], /^[0-9A-V]{26}VV4KQNSO5AEMVJF66Q9ASUAAJG$/);
  const second = await call(port, 'Item');
  t.not(second.headers['x-amzn-requestid'], received.headers['x-amzn-requestid']);
});

t.test('JSON by whatever name it goes', async (t) => {
  const { port } = await serve(t);
  for (const [type, replied] of [
    ['application/x-amz-json-1.0', 'application/x-amz-json-1.0'],
    ['application/x-amz-json-1.1', 'application/x-amz-json-1.0'],
    ['application/json; charset=utf-8', 'application/json'],
  ] as const) {
    const headers = { ...SIGNED, 'content-type': type };
    const echoed = await send(port, { headers: { ...headers, ...target('Echo') }, body: '{}' });
    t.equal(echoed.status, 200, type);
    t.equal(echoed.headers['content-type'], replied, type);
    const refused = await send(port, { headers: { ...headers, ...target('Refuse') }, body: '{}' });
    t.equal(refused.status, 400, type);
    t.equal(refused.headers['content-type'], replied, `refused, ${type}`);
  }
});

t.test('an operation without output is answered without a body', async (t) => {
  const { port } = await serve(t);
  const received = await call(port, 'Nothing');
  t.equal(received.status, 200);
  t.equal(received.body.length, 0);
  t.match(received.headers, { 'content-length': '0', 'x-amz-crc32': '0' });
});

t.test('a reply of many bytes and letters outside ASCII arrives whole', async (t) => {
  const { port } = await serve(t);
  const received = await call(port, 'Big');
  t.equal(received.body.length, 16 * 1024 * 1024 + '{"Text":""}'.length);
  t.equal(received.headers['x-amz-crc32'], String(crc32(received.body)));
});

t.test('account and region come from the credential scope', async (t) => {
  const { port, api } = await serve(t);
  const scopes: [credential: string, accountId: string, region: string][] = [
    ['AKIDEXAMPLE/20260101/eu-west-1/dynamodb/aws4_request', '000000000000', 'eu-west-1'],
    ['123456789012/20260101/ap-south-1/dynamodb/aws4_request', '123456789012', 'ap-south-1'],
    ['1234/20260101/local/dynamodb/aws4_request', '000000000000', 'local'],
    ['nonsense', '000000000000', 'us-east-1'],
    ['a/b/<script>/c/d', '000000000000', 'us-east-1'],
  ];
  for (const [credential, accountId, region] of scopes) {
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=host,Signature=00`;
    await send(port, { headers: { ...SIGNED, authorization, ...target('Echo') }, body: '{}' });
    t.match(api.calls.at(-1)?.context, { accountId, region }, credential);
    const path = `/?X-Amz-Algorithm=A&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Signature=0&X-Amz-SignedHeaders=host&X-Amz-Date=0`;
    const headers = { 'content-type': SIGNED['content-type'], ...target('Echo') };
    t.equal((await send(port, { path, headers, body: '{}' })).status, 200);
    t.match(api.calls.at(-1)?.context, { accountId, region }, `presigned ${credential}`);
  }
});

const CORAL = 'com.amazon.coral.service#';
const unknownOperation = { status: 400, body: { __type: `${CORAL}UnknownOperationException` } };
const noJson = { status: 400, body: { __type: `${CORAL}SerializationException` } };
const noToken = {
  status: 400,
  body: {
    __type: `${CORAL}MissingAuthenticationTokenException`,
    message: 'Request is missing Authentication Token',
  },
};
const notAnOperation = { status: 404, text: '<UnknownOperationException/>\n' };
const { authorization: _authorization, ...unsigned } = SIGNED;

const badRequests: [name: string, sent: Sent, expected: { status: number; body?: object; text?: string }][] =
  [
    ['no JSON', { headers: { ...SIGNED, ...target('Echo') }, body: '{"a":' }, noJson],
    ['no JSON, no target', { headers: SIGNED, body: 'x' }, noJson],
    [
      'not UTF-8',
      { headers: { ...SIGNED, ...target('Echo') }, body: Buffer.from([0x22, 0xff, 0x22]) },
      noJson,
    ],
    ['empty body', { headers: { ...SIGNED, ...target('Echo') } }, noJson],
    ['no target', { headers: SIGNED, body: '{}' }, unknownOperation],
    [
      'another service',
      { headers: { ...SIGNED, 'x-amz-target': 'Kinesis_20131202.Echo' }, body: '{}' },
      unknownOperation,
    ],
    [
      'another version',
      { headers: { ...SIGNED, 'x-amz-target': 'DynamoDB_20111205.Echo' }, body: '{}' },
      unknownOperation,
    ],
    [
      'an operation on streams',
      { headers: { ...SIGNED, 'x-amz-target': 'DynamoDBStreams_20120810.ListStreams' }, body: '{}' },
      { status: 400, body: { ...unknownOperation.body, message: 'Varve does not have streams' } },
    ],
    ['unknown operation', { headers: { ...SIGNED, ...target('Frobnicate') }, body: '{}' }, unknownOperation],
    ['a name that is none', { headers: { ...SIGNED, ...target('__proto__') }, body: '{}' }, unknownOperation],
    ['content type of a form', { headers: { 'content-type': 'text/html' }, body: '{}' }, notAnOperation],
    ['no content type', { headers: target('Echo'), body: '{}' }, notAnOperation],
    ['PUT', { method: 'PUT', headers: SIGNED, body: '{}' }, notAnOperation],
    ['DELETE', { method: 'DELETE' }, notAnOperation],
    ['GET of anything else', { method: 'GET', path: '/favicon.ico' }, notAnOperation],
    ['unsigned', { headers: { ...unsigned, ...target('Echo') }, body: '{}' }, noToken],
    [
      'another scheme',
      { headers: { ...unsigned, authorization: 'Basic YTpi', ...target('Echo') }, body: '{}' },
      noToken,
    ],
    [
      'half an authorization',
      {
        headers: {
          'content-type': SIGNED['content-type'],
          authorization: 'AWS4-HMAC-SHA256 Credential=a',
          ...target('Echo'),
        },
        body: '{}',
      },
      {
        status: 400,
        body: {
          __type: `${CORAL}IncompleteSignatureException`,
          message:
            "Authorization header requires 'Signature' parameter. " +
            "Authorization header requires 'SignedHeaders' parameter. " +
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. " +
            'Authorization=AWS4-HMAC-SHA256 Credential=a',
        },
      },
    ],
    [
      'signed twice',
      { path: '/?X-Amz-Algorithm=A', headers: { ...SIGNED, ...target('Echo') }, body: '{}' },
      {
        status: 400,
        body: {
          __type: `${CORAL}InvalidSignatureException`,
          message: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        },
      },
    ],
    [
      'refused by the operation',
      { headers: { ...SIGNED, ...target('Refuse') }, body: '{}' },
      { status: 400, body: { __type: 'com.amazon.coral.validate#ValidationException', message: 'no' } },
    ],
    [
      'a shape that does not fit',
      { headers: { ...SIGNED, ...target('RefuseShape') }, body: '[]' },
      {
        status: 400,
        body: { __type: `${CORAL}SerializationException`, Message: 'Start of list found where not expected' },
      },
    ],
  ];

t.test('bad requests', async (t) => {
  const { port, log } = await serve(t);
  for (const [name, sent, expected] of badRequests) {
    const received = await send(port, sent);
    t.equal(received.status, expected.status, name);
    if (expected.text !== undefined) t.equal(received.body.toString(), expected.text, name);
    else t.strictSame(JSON.parse(received.body.toString()), expected.body, name);
    t.equal(received.headers['x-amz-crc32'], String(crc32(received.body)), name);
  }
  t.strictSame(log, [], 'none of it is worth a line in the log');
});

t.test('a defect is a 500 that tells the operator more than the caller', async (t) => {
  const { port, log } = await serve(t);
  const received = await call(port, 'Defect');
  t.equal(received.status, 500);
  t.strictSame(JSON.parse(received.body.toString()), {
    __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
    message: 'Internal server error',
  });
  t.equal(log.length, 1);
  t.match(
    log[0],
    /^request [0-9A-V]{52} \(DynamoDB_20120810\.Defect\) failed: TypeError: a defect with secrets/,
  );
  t.match(log[0], String(received.headers['x-amzn-requestid']));
});

t.test('health', async (t) => {
  const { port } = await serve(t);
  const got = await send(port, { method: 'GET' });
  t.equal(got.status, 200);
  t.equal(got.body.toString(), 'healthy: varve\n');
  const head = await send(port, { method: 'HEAD' });
  t.equal(head.status, 200);
  t.equal(head.body.length, 0);
});

t.test('pages of this machine may call, others only when told so', async (t) => {
  const policies: [cors: HttpServerOptions['cors'], origin: string, allowed: string | undefined][] = [
    [undefined, 'http://localhost:3000', 'http://localhost:3000'],
    [undefined, 'http://127.0.0.1', 'http://127.0.0.1'],
    [undefined, 'https://example.com', undefined],
    [undefined, 'http://localhost.example.com', undefined],
    ['*', 'https://example.com', '*'],
    [['https://example.com'], 'https://example.com', 'https://example.com'],
    [['https://example.com'], 'https://example.org', undefined],
  ];
  for (const [cors, origin, allowed] of policies) {
    const { port } = await serve(t, cors === undefined ? {} : { cors });
    const name = `${String(cors)} ${origin}`;
    const asked = { origin, 'access-control-request-headers': 'x-amz-target,authorization' };
    const preflight = await send(port, { method: 'OPTIONS', headers: asked });
    t.equal(preflight.status, 200, name);
    t.equal(preflight.headers['access-control-allow-origin'], allowed, name);
    t.equal(preflight.headers['access-control-allow-headers'], 'x-amz-target,authorization', name);
    const reply = await send(port, { headers: { ...SIGNED, ...target('Item'), origin }, body: '{}' });
    t.equal(reply.headers['access-control-allow-origin'], allowed, name);
  }
});

t.test('a body over the limit is refused and not kept', async (t) => {
  const { port, api } = await serve(t, { limits: { bodyBytesMax: 1000, discardBytesMax: 100_000 } });
  const headers = { ...SIGNED, ...target('Echo') };
  const body = `{"a":"${'x'.repeat(2000)}"}`;
  const announced = await send(port, { headers, body });
  t.equal(announced.status, 413);
  t.match(announced.body.toString(), 'RequestEntityTooLargeException');
  const chunked = await send(port, { headers: { ...headers, 'transfer-encoding': 'chunked' }, body });
  t.equal(chunked.status, 413);
  const far = await openSocket(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n');
  t.match(await readToEnd(far), /^HTTP\/1\.1 413 /, 'too long even to throw away: closed at once');
  const asking = await openSocket(
    port,
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n',
  );
  t.match(await readToEnd(asking), /^HTTP\/1\.1 413 /, 'who asks first is not told to continue');
  t.equal(api.calls.length, 0);
  t.equal((await send(port, { headers, body: '{}' })).status, 200);
});

t.test('bodies that arrive at the same time share a budget', async (t) => {
  const { port } = await serve(t, { limits: { bodyBytesMax: 1000, receivingBytesMax: 1500 } });
  const begin = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n';
  const first = await openSocket(port, begin + ' '.repeat(999));
  await sleep(50);
  const second = await openSocket(port, begin + ' '.repeat(1000));
  t.match(await readToEnd(second), /^HTTP\/1\.1 503 [\s\S]*ServiceUnavailableException/);
  first.destroy();
  await sleep(50);
  const third = await openSocket(port, begin + ' '.repeat(1000));
  t.match(
    await new Promise((resolve) => third.once('data', (chunk) => resolve(chunk.toString()))),
    /^HTTP\/1\.1 4/,
  );
  third.destroy();
});

t.test('requests in flight are bounded', async (t) => {
  const { port, api } = await serve(t, { limits: { inFlightMax: 2 } });
  const waiting = [call(port, 'Wait'), call(port, 'Wait')];
  while (api.calls.length < 2) await sleep(5);
  t.equal((await call(port, 'Echo')).status, 503);
  api.release();
  for (const received of await Promise.all(waiting)) t.equal(received.status, 200);
  t.equal((await call(port, 'Echo')).status, 200);
});

t.test('connections beyond the bound are closed and counted', async (t) => {
  const { port, server } = await serve(t, { limits: { connectionsMax: 1 } });
  const first = await openSocket(port, '');
  t.teardown(() => first.destroy());
  t.equal(await readToEnd(await openSocket(port, '')), '');
  t.match(server.statistics, { connections: 1, connectionsRefused: 1 });
});

t.test('their bodies are bounded, too, but one is always let in', async (t) => {
  const { port, api, server } = await serve(t, { limits: { inFlightBytesMax: 2000 } });
  const sized = (operation: string, bytes: number) =>
    send(port, {
      headers: { ...SIGNED, ...target(operation) },
      body: JSON.stringify({ text: 'x'.repeat(bytes) }),
    });
  const large = sized('Wait', 3000);
  while (api.calls.length < 1) await sleep(5);
  t.equal((await sized('Echo', 10)).status, 503);
  t.ok(server.statistics.bytes.inProgress > 3000, 'told of while it is in progress');
  api.release();
  t.equal((await large).status, 200);
  for (let i = 0; i < 3; i += 1)
    t.equal((await sized('Echo', 1900)).status, 200, 'it is out of the count again');
  t.match(server.statistics, { overloaded: 1, bytes: { arriving: 0, inProgress: 0, unread: 0 } });
});

t.test('what is not HTTP, is cut short or comes too slowly is let go', async (t) => {
  const { port, api } = await serve(t, { limits: { headersMs: 200, requestMs: 300, timeoutCheckMs: 50 } });
  const begin = 'POST / HTTP/1.1\r\nHost: a\r\n';
  const cases: [name: string, text: string, expected: RegExp][] = [
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no http at all\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['two lengths', `${begin}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ['headers without end', `${begin}X: ${'x'.repeat(100_000)}`, /^HTTP\/1\.1 431 /],
    ['headers too slowly', begin, /^HTTP\/1\.1 408 /],
    ['body too slowly', `${begin}Content-Length: 10\r\n\r\n{`, /^HTTP\/1\.1 408 /],
  ];
  for (const [name, text, expected] of cases) {
    t.match(await readToEnd(await openSocket(port, text)), expected, name);
  }
  const truncated = await openSocket(port, `${begin}Content-Length: 10\r\n\r\n{"a"`);
  truncated.end();
  await readToEnd(truncated);
  t.equal(api.calls.length, 0);
  t.equal((await call(port, 'Echo')).status, 200);
});

t.test('a reader that does not read its reply is let go', async (t) => {
  const { port } = await serve(t, { limits: { slowReaderMs: 100, inFlightMax: 1 } });
  const head = Object.entries({ host: 'a', ...SIGNED, ...target('Big'), 'content-length': '2' });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const socket = await openSocket(port, `POST / HTTP/1.1\r\n${lines}\r\n{}`);
  socket.pause();
  await sleep(50);
  t.equal((await call(port, 'Echo')).status, 503, 'its reply is still in flight');
  await sleep(500);
  t.equal((await call(port, 'Echo')).status, 200, 'and then no more');
  socket.destroy();
});

t.test('a body of very many values is refused before it is parsed', async (t) => {
  const { port, api } = await serve(t, { limits: { bodyTokensMax: 3 } });
  t.equal((await call(port, 'Echo', '[1,2,3]')).status, 200);
  t.equal((await call(port, 'Echo', '[1,2,3,4]')).status, 413);
  t.equal(api.calls.length, 1);
});

t.test('replies that nobody reads are bounded, and whoever fills the room must leave it', async (t) => {
  const unreadBytesMax = 24 * 1024 * 1024;
  const { port, api } = await serve(t, { limits: { unreadBytesMax, pressedReaderMs: 200 } });
  const head = Object.entries({ host: 'a', ...SIGNED, ...target('Big'), 'content-length': '2' });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const socket = await openSocket(port, `POST / HTTP/1.1\r\n${lines}\r\n{}`);
  socket.pause();
  while (api.calls.length < 1) await sleep(5);
  await sleep(50);
  const refused = await call(port, 'Big');
  t.equal(refused.status, 503, 'a second large reply has no room');
  t.match(refused.body.toString(), /ServiceUnavailableException/);
  t.equal((await call(port, 'Echo')).status, 200, 'small ones have');
  await sleep(800);
  t.equal((await call(port, 'Big')).status, 200, 'the reader that read nothing is gone');
  socket.destroy();
});

t.test('requests on one connection, one behind the other, are answered in order', async (t) => {
  const { port } = await serve(t);
  const head = Object.entries({ host: 'a', ...SIGNED, ...target('Echo') });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const request = (body: string, more = '') =>
    `POST / HTTP/1.1\r\n${lines}${more}content-length: ${body.length}\r\n\r\n${body}`;
  const socket = await openSocket(
    port,
    request('[1]') + request('[2]') + request('[3]', 'connection: close\r\n'),
  );
  const text = await readToEnd(socket);
  t.strictSame(text.match(/"Echo":"\[\d\]"/g), ['"Echo":"[1]"', '"Echo":"[2]"', '"Echo":"[3]"']);
});

t.test('draining finishes what is in flight and takes nothing new', async (t) => {
  const { port, api, server } = await serve(t);
  const idle = await openSocket(port);
  const waiting = call(port, 'Wait');
  while (api.calls.length < 1) await sleep(5);
  const closed = server.close(5_000);
  await t.rejects(call(port, 'Echo'), { code: 'ECONNREFUSED' });
  api.release();
  const received = await waiting;
  t.equal(received.status, 200);
  t.equal(received.headers.connection, 'close');
  t.equal(await closed, 0);
  await readToEnd(idle);
});

t.test('draining waits for a request that is still arriving', async (t) => {
  const { port, server } = await serve(t);
  const head = Object.entries({ host: 'a', ...SIGNED, ...target('Echo'), 'content-length': '3' });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const socket = await openSocket(port, `POST / HTTP/1.1\r\n${lines}\r\n[`);
  const leaving = await openSocket(port, `POST / HTTP/1.1\r\n${lines}\r\n[`);
  await sleep(50);
  const reply = readToEnd(socket);
  const closed = server.close(5_000);
  leaving.destroy();
  socket.write('1]');
  t.match(await reply, /^HTTP\/1\.1 200 /);
  t.equal(await closed, 0);
});

t.test('draining does not wait for ever', async (t) => {
  const { port, api, server } = await serve(t);
  const waiting = call(port, 'Wait');
  while (api.calls.length < 1) await sleep(5);
  const cutOff = t.rejects(waiting, { code: 'ECONNRESET' });
  t.equal(await server.close(50), 1);
  await cutOff;
});

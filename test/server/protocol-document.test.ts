/** The bytes of docs/protocol.md, sent as they stand there. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { connect as connectClient } from '../../src/index.js';
import { SOCKET_LIMITS } from '../../src/server/limits.js';
import { startDaemon, temporaryDirectory } from '../e2e/daemon.js';

const text = readFileSync('docs/protocol.md', 'utf8');

/** The bytes at the start of each line; what stands behind them, after two blanks or more, explains them. */
function bytesOf(side: string): Buffer {
  const block = new RegExp(`^\`\`\`hex ${side}\\n(.*?)^\`\`\``, 'ms').exec(text)?.[1] ?? '';
  const bytes = block.split('\n').map((line) => /^(?:[0-9a-f]{2} {1,2})*/.exec(`${line} `)?.[0] ?? '');
  return Buffer.from(bytes.join('').replaceAll(' ', ''), 'hex');
}

t.test('the example is what happens', async (t) => {
  const data = temporaryDirectory(t);
  await startDaemon(t, ['--data', data]);
  const path = join(data, 'varve.sock');
  const db = await connectClient({ path });
  await db.call('CreateTable', {
    TableName: 't-1',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });

  const socket = connect({ path });
  socket.write(bytesOf('client'));
  const expected = bytesOf('server');
  t.equal(expected.length, 8);
  let answer = Buffer.alloc(0);
  while (answer.length < expected.length || !answer.subarray(-expected.length).equals(expected)) {
    answer = Buffer.concat([answer, (await once(socket, 'data'))[0] as Buffer]);
  }
  t.same(answer.subarray(0, 8), Buffer.from('VARVE\0\u0001\u0001', 'latin1'));
  socket.destroy();
  t.same(await db.table('t-1').get({ id: 'a' }), { id: 'a', n: 42 });
  await db.close();
});

t.test('the limits are those of the code', async (t) => {
  t.equal(SOCKET_LIMITS.frameBytesMax, 16 * 1024 * 1024 + 64 * 1024);
  t.match(text, `\`inFlightMax\`, ${SOCKET_LIMITS.inFlightMax}.`);
  t.match(text, `\`streamsMax\`, ${SOCKET_LIMITS.streamsMax}.`);
  t.match(text, `| ${SOCKET_LIMITS.frameValuesMax.toLocaleString('en')} |`);
  t.match(text, `| ${SOCKET_LIMITS.helloMs / 1000} s, ${SOCKET_LIMITS.frameMs / 1000} s.`);
  t.match(text, `| ${SOCKET_LIMITS.connectionsMax.toLocaleString('en')}, or`);
});

/** A real daemon under bad input: it goes on serving others, and its memory stays bounded. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import t from 'tap';
import { call, openSocket, readToEnd, SIGNED, send } from '../server/raw-client.js';
import { type Daemon, startDaemon } from './daemon.js';

const MiB = 1024 * 1024;
const WANTED_CONNECTIONS = 10_000;
/** Files that this process needs for itself. */
const OWN_FILES = 200;

function residentMiB(daemon: Daemon): number {
  const status = readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** Node raises its own soft limit to the hard one, and so does the daemon. */
function openFilesMax(): number {
  const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}

async function isServing(daemon: Daemon): Promise<boolean> {
  const reply = await call(daemon.port, 'ListTables');
  return reply.status === 200 && reply.body.toString() === '{"TableNames":[]}';
}

t.test('bodies of 50 MB, whole, cut short or many at a time', { skip: noProc() }, async (t) => {
  const daemon = await startDaemon(t, ['--in-memory']);
  const headers = { ...SIGNED, 'x-amz-target': 'DynamoDB_20120810.PutItem' };
  const body = Buffer.alloc(50 * MiB, ' ');
  const before = residentMiB(daemon);
  const replies = await Promise.all(Array.from({ length: 4 }, () => send(daemon.port, { headers, body })));
  for (const reply of replies) {
    t.equal(reply.status, 413);
    t.match(reply.body.toString(), 'RequestEntityTooLargeException');
  }
  const cutShort = await openSocket(
    daemon.port,
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${50 * MiB}\r\n\r\n{`,
  );
  cutShort.end(body.subarray(0, MiB));
  await readToEnd(cutShort);
  t.ok(await isServing(daemon));
  const grownMiB = residentMiB(daemon) - before;
  t.ok(grownMiB < 100, `200 MB were thrown away and not kept: grown by ${Math.round(grownMiB)} MiB`);
});

t.test('a truncated body and a closed connection', async (t) => {
  const daemon = await startDaemon(t, ['--in-memory']);
  for (let index = 0; index < 200; index += 1) {
    const socket = await openSocket(
      daemon.port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"Ta',
    );
    socket.on('error', () => undefined);
    if (index % 2 === 0) socket.destroy();
    else socket.resetAndDestroy();
  }
  t.ok(await isServing(daemon));
});

t.test('10,000 idle connections', { skip: noProc(), timeout: 60_000 }, async (t) => {
  const possible = Math.min(WANTED_CONNECTIONS, openFilesMax() - OWN_FILES);
  if (possible < WANTED_CONNECTIONS)
    t.comment(`only ${possible}: the limit of open files is ${openFilesMax()}`);
  const daemon = await startDaemon(t, ['--in-memory']);
  const before = residentMiB(daemon);
  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  while (sockets.length < possible) {
    const opened = Array.from({ length: Math.min(250, possible - sockets.length) }, () =>
      openSocket(daemon.port),
    );
    for (const socket of await Promise.all(opened)) {
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
  }
  const startMs = performance.now();
  t.ok(await isServing(daemon));
  t.ok(performance.now() - startMs < 1000, 'without keeping others waiting');
  const eachKiB = ((residentMiB(daemon) - before) * 1024) / possible;
  t.ok(eachKiB < 30, `${eachKiB.toFixed(1)} KiB for each`);
});

function noProc(): string | false {
  return process.platform === 'linux' ? false : 'reads /proc';
}

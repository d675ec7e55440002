/** Dumps and restorations of a daemon: refusals arrive, and what is broken off leaves nothing behind. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { connectToDaemon, type Daemon } from '../../src/backup/remote-tables.js';
import { encodeJsonFrame, FrameKind } from '../../src/backup/wire-format.js';
import { itemSizeBytes } from '../../src/encoding/item-size.js';
import { ControlServer } from '../../src/server/control-server.js';
import { encodeStored } from '../../src/table/stored-item.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { draftOf } from '../table/fixture.js';
import { clock, dump, fill, identityOf, item, itemsOf, open, put, restore } from './fixture.js';

async function serve(t: { teardown(callback: () => void): void; fail(message: string): void }) {
  const directory = mkdtempSync(join(tmpdir(), 'varve-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'control.sock');
  const disk = new MemoryDisk();
  const tables = await open(disk);
  const server = new ControlServer({ tables, clock, log: (line) => t.fail(line) });
  await server.listen(path);
  const connect = async (): Promise<Daemon> => {
    const daemon = await connectToDaemon(path, { clock: new SystemClock(), timeoutMs: 30_000 });
    if (daemon === undefined) throw new Error('nobody listens');
    return daemon;
  };
  return { disk, tables, server, path, connect };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; !(await condition()); turn += 1) {
    if (turn > 500) throw new Error('it does not come about');
    await sleep(10);
  }
}

const storedItem = (pk: string, bytes = 10) => {
  const each = item({ pk, text: 'x'.repeat(bytes) });
  return Buffer.from(encodeStored(each, itemSizeBytes(each)));
};

t.test('the same as within the process', async (t) => {
  const { tables, server, path, connect } = await serve(t);
  t.equal(statSync(path).mode & 0o777, 0o600);
  const local = await open();
  await fill(local);
  const disk = new MemoryDisk();
  await dump(local, { disk });
  await restore(await connect(), disk);
  for (const name of local.names()) {
    t.same(identityOf(tables.get(name)), identityOf(local.get(name)));
    t.same(await itemsOf(tables, name), await itemsOf(local, name));
  }
  await local.close();
  await server.close();
  t.equal(await connectToDaemon(path, { clock: new SystemClock(), timeoutMs: 30_000 }), undefined);
  await tables.close();
});

t.test('refusals are told', async (t) => {
  const { tables, server, connect } = await serve(t);
  await put(await tables.create(draftOf()), item({ pk: 'a' }));
  await t.rejects((await connect()).snapshot(['none']), {
    code: 'REFUSED',
    message: 'there is no table none',
    cause: 'TABLE_NOT_FOUND',
  });
  const request = { name: 'table', draft: draftOf(), overwrite: false };
  await t.rejects((await connect()).restore([request]), { code: 'REFUSED', cause: 'TABLE_EXISTS' });
  const running = await (await connect()).restore([{ ...request, overwrite: true }]);
  const other = await connect();
  await t.rejects(other.restore([{ ...request, overwrite: true }]), { code: 'REFUSED', cause: 'TABLE_BUSY' });
  await running.abort();
  await server.close();
  await tables.close();
});

t.test('an item that cannot be is refused in the midst of many', async (t) => {
  const { tables, server, connect } = await serve(t);
  const running = await (await connect()).restore([{ name: 'table', draft: draftOf(), overwrite: false }]);
  const put = async () => {
    await running.put(0, [storedItem('')]);
    for (let n = 0; n < 1000; n += 1) await running.put(0, [storedItem(`key-${n}`, 100_000)]);
    await running.commit();
  };
  await t.rejects(put(), { code: 'REFUSED', cause: 'EMPTY_KEY' });
  await running.abort();
  t.same(tables.names(), []);
  await server.close();
  await tables.close();
});

t.test('a restoration that is broken off leaves nothing, and its name is free again', async (t) => {
  const { disk, tables, server, connect } = await serve(t);
  const daemon = await connect();
  const request = { name: 'table', draft: draftOf(), overwrite: false };
  const running = await daemon.restore([request]);
  await running.put(0, [storedItem('a'), storedItem('b')]);
  t.equal((await disk.list('/data/tables')).length, 1);
  daemon.close();
  await until(async () => (await disk.list('/data/tables')).length === 0);
  const again = await (await connect()).restore([request]);
  await again.put(0, [storedItem('c')]);
  await again.commit();
  t.same(await itemsOf(tables, 'table'), [item({ pk: 'c', text: 'xxxxxxxxxx' })]);
  await server.close();
  await tables.close();
});

t.test('a dump that is broken off lets go of its moment', async (t) => {
  const { tables, server, connect } = await serve(t);
  const table = await tables.create(draftOf());
  for (let n = 0; n < 60; n += 1) await put(table, item({ pk: `key-${n}`, text: 'x'.repeat(100_000) }));
  const snapshots = () =>
    table.partitions.reduce((sum, partition) => sum + partition.statistics.snapshots, 0);
  const daemon = await connect();
  const moment = await daemon.snapshot(undefined);
  for await (const batch of moment.items(0)) {
    t.ok(batch.length > 0);
    break;
  }
  t.ok(snapshots() >= 4);
  moment.release();
  await until(() => snapshots() === 0);
  await server.close();
  await tables.close();
});

t.test('a daemon that stops ends what is under way, without effect', async (t) => {
  const { disk, tables, server, connect } = await serve(t);
  const running = await (await connect()).restore([{ name: 'table', draft: draftOf(), overwrite: false }]);
  await running.put(0, [storedItem('a')]);
  t.equal(await server.close(), 1);
  await t.rejects(running.commit(), { code: 'DISCONNECTED' });
  t.same(tables.names(), []);
  await tables.close();
  t.same(await disk.list('/data/tables'), []);
});

t.test('whoever speaks otherwise is told so', async (t) => {
  const { tables, server, path } = await serve(t);
  const talk = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      const socket = createConnection({ path });
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(answer));
      socket.end(bytes);
    });
  t.equal(await talk(Buffer.alloc(0)), '');
  t.match(await talk(Buffer.from('GET / HTTP/1.1\r\n\r\n')), /does not speak/);
  t.match(await talk(encodeJsonFrame(FrameKind.json, { version: 9, ask: 'dump' })), /another release/);
  t.match(await talk(encodeJsonFrame(FrameKind.json, { version: 1, ask: 'shutdown' })), /does not speak/);
  t.match(await talk(Buffer.from([0, 0, 0, 9, 0, 0x7b])), /the connection broke/);
  t.match(await talk(Buffer.from([0, 0])), /the connection broke/);
  await server.close();
  await tables.close();
});

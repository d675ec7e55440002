import t from 'tap';

import { type DiskOperation, FaultyDisk, failNth } from '../../src/vfs/faulty-disk.js';
import { readWholeFile, writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

async function newFile() {
  const memory = new MemoryDisk();
  const clock = new VirtualClock();
  const disk = new FaultyDisk(memory, { clock });
  const file = await disk.open('/a', { access: 'write', create: 'exclusive' });
  await writeFully(file, Buffer.from('hello'), 0);
  return { memory, clock, disk, file };
}

const text = async (disk: FaultyDisk | MemoryDisk) => (await readWholeFile(disk, '/a')).toString('latin1');

t.test('an error, without effect or after it', async (t) => {
  const { memory, disk, file } = await newFile();
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
  await t.rejects(file.write(Buffer.from('J'), 0), { code: 'EIO', path: '/a' });
  t.equal(await text(memory), 'hello');
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO', when: 'after' } : undefined);
  await t.rejects(file.write(Buffer.from('J'), 0), { code: 'EIO' });
  t.equal(await text(memory), 'Jello');
});

t.test('short reads and writes', async (t) => {
  const { disk, file } = await newFile();
  disk.plan = () => ({ kind: 'short', bytes: 2 });
  t.equal(await file.write(Buffer.from('HELLO'), 0), 2);
  t.equal(await file.read(Buffer.alloc(5), 0, 5, 0), 2);
  t.equal(await text(disk), 'HEllo', 'the helpers go on after a short read');
});

t.test('a flipped bit', async (t) => {
  const { disk, memory } = await newFile();
  disk.plan = ({ kind }) => (kind === 'read' ? { kind: 'flip', bit: 5 } : undefined);
  t.equal(await text(disk), 'Hello');
  t.equal(await text(memory), 'hello');
});

t.test('delays let operations overtake each other', async (t) => {
  const { disk, clock, file } = await newFile();
  disk.plan = ({ index }) => ({ kind: 'delay', delayMs: 100 - index });
  const order: string[] = [];
  const writes = ['a', 'b', 'c'].map((letter) =>
    file.write(Buffer.from(letter), 0).then(() => order.push(letter)),
  );
  while (order.length < 3) {
    clock.advanceToNext();
    await new Promise(setImmediate);
  }
  await Promise.all(writes);
  t.same(order, ['c', 'b', 'a']);
});

t.test('a stop is final', async (t) => {
  const { disk, memory, file } = await newFile();
  disk.plan = ({ kind }) => (kind === 'sync' ? { kind: 'stop' } : undefined);
  const before = file.write(Buffer.from('J'), 0);
  await before;
  await t.rejects(file.sync(), { code: 'DISK_STOPPED' });
  await t.rejects(file.write(Buffer.from('x'), 0), { code: 'DISK_STOPPED' });
  await t.rejects(disk.list('/'), { code: 'DISK_STOPPED' });
  t.equal(await text(memory), 'Jello');
  await file.close();
});

t.test('operations are counted and shown', async (t) => {
  const { disk, file } = await newFile();
  const seen: DiskOperation[] = [];
  disk.onIssued = (operation) => seen.push(operation);
  await file.write(Buffer.from('xy'), 3);
  await disk.syncDirectory('/');
  t.same(seen, [
    { kind: 'write', path: '/a', position: 3, length: 2, index: 2 },
    { kind: 'syncDirectory', path: '/', index: 3 },
  ]);
  t.equal(disk.operations, 4);
});

t.test('failNth fails that one only', async (t) => {
  const { disk, file } = await newFile();
  disk.plan = failNth(1, 'ENOSPC', ({ kind }) => kind === 'write');
  const results = [];
  for (let i = 0; i < 4; i++) {
    await file.sync();
    results.push(await file.write(Buffer.from('x'), 0).catch((error: NodeJS.ErrnoException) => error.code));
  }
  t.same(results, [1, 'ENOSPC', 1, 1]);
});

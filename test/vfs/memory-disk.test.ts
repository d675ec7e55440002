/** What a power cut leaves of a `MemoryDisk`. */
import t from 'tap';

import type { Disk } from '../../src/vfs/disk.js';
import { makeDirectoryDurably, readWholeFile, writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';

const cut = (disk: MemoryDisk, survive: number, seed = 1) =>
  disk.crashClone({ random: new SeededRandom(seed), survive });

const text = async (disk: Disk, path: string) => (await readWholeFile(disk, path)).toString('latin1');

async function diskWithFile(content: string) {
  const disk = new MemoryDisk();
  await makeDirectoryDurably(disk, '/d');
  const file = await disk.open('/d/a', { access: 'write', create: 'exclusive' });
  await writeFully(file, Buffer.from(content), 0);
  await file.sync();
  await disk.syncDirectory('/d');
  return { disk, file };
}

t.test('what was synced survives, what was not may go', async (t) => {
  const { disk, file } = await diskWithFile('old');
  await file.write(Buffer.from('NEW!'), 0);
  t.equal(await text(cut(disk, 0), '/d/a'), 'old');
  t.equal(await text(cut(disk, 1), '/d/a'), 'NEW!');
  await file.sync();
  t.equal(await text(cut(disk, 0), '/d/a'), 'NEW!');
});

t.test('the buffer of an unsynced write may be used again', async (t) => {
  const { disk, file } = await diskWithFile('');
  const buffer = Buffer.from('abc');
  await file.write(buffer, 0);
  buffer.fill('x');
  t.equal(await text(cut(disk, 1), '/d/a'), 'abc');
  await file.sync();
  t.equal(await text(cut(disk, 0), '/d/a'), 'abc');
});

t.test('an unsynced write is torn at sectors, in any order', async (t) => {
  const { disk, file } = await diskWithFile('.'.repeat(1536));
  await file.write(Buffer.alloc(1036, 'x'), 500);
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const left = await text(cut(disk, 0.5, seed), '/d/a');
    seen.add([left[499], left[500], left[511], left[512], left[1023], left[1024], left[1535]].join(''));
  }
  const expected = [];
  for (const a of '.x')
    for (const b of '.x') for (const c of '.x') expected.push(`.${a}${a}${b}${b}${c}${c}`);
  t.same([...seen].sort(), expected.sort());
});

t.test('a synchronous write is durable when it resolves, and half done before', async (t) => {
  const { disk } = await diskWithFile('');
  const file = await disk.open('/d/a', { access: 'write', synchronous: true });
  const writing = file.write(Buffer.from('abc'), 0);
  const during = [cut(disk, 0), cut(disk, 1)];
  await writing;
  t.same(await Promise.all(during.map((clone) => text(clone, '/d/a'))), ['', 'abc']);
  t.equal(await text(cut(disk, 0), '/d/a'), 'abc');
});

t.test('a truncation is lost or kept like a write', async (t) => {
  const { disk, file } = await diskWithFile('hello');
  await file.truncate(1);
  t.equal(await text(cut(disk, 0), '/d/a'), 'hello');
  t.equal(await text(cut(disk, 1), '/d/a'), 'h');
});

t.test('entries need the sync of their directory', async (t) => {
  const { disk } = await diskWithFile('x');
  await disk.open('/d/b', { access: 'write', create: 'exclusive' });
  await disk.remove('/d/a');
  t.same(await cut(disk, 0).list('/d'), ['a']);
  t.same(await cut(disk, 1).list('/d'), ['b']);
  await disk.syncDirectory('/d');
  t.same(await cut(disk, 0).list('/d'), ['b']);
});

t.test('a rename is atomic, and syncing one of its directories is enough', async (t) => {
  const { disk } = await diskWithFile('x');
  await makeDirectoryDurably(disk, '/e');
  await disk.rename('/d/a', '/e/a');
  for (let seed = 0; seed < 20; seed++) {
    const clone = cut(disk, 0.5, seed);
    t.same([...(await clone.list('/d')), ...(await clone.list('/e'))], ['a']);
  }
  await disk.syncDirectory('/e');
  t.same(await cut(disk, 0).list('/d'), []);
  t.same(await cut(disk, 0).list('/e'), ['a']);
});

t.test('a later step on an entry never stands without the earlier one', async (t) => {
  const { disk } = await diskWithFile('x');
  await disk.rename('/d/a', '/d/b');
  await disk.rename('/d/b', '/d/c');
  const seen = new Set<string>();
  for (let seed = 0; seed < 50; seed++) seen.add((await cut(disk, 0.5, seed).list('/d')).join());
  t.same([...seen].sort(), ['a', 'b', 'c']);
});

t.test('a clone stands on its own', async (t) => {
  const { disk, file } = await diskWithFile('x');
  await disk.link('/d/a', '/d/b');
  await disk.syncDirectory('/d');
  const clone = cut(disk, 0);
  await file.write(Buffer.from('y'), 0);
  t.equal(await text(clone, '/d/a'), 'x');
  const cloned = await clone.open('/d/a', { access: 'write' });
  await cloned.write(Buffer.from('z'), 0);
  t.equal(await text(clone, '/d/b'), 'z', 'two links are one file in the clone too');
  t.equal(clone.usedBytes, 1);
});

t.test('ENOSPC, and space that comes back', async (t) => {
  const disk = new MemoryDisk({ capacityBytes: 10 });
  const file = await disk.open('/a', { access: 'write', create: 'exclusive' });
  await file.write(Buffer.alloc(8), 0);
  await file.write(Buffer.alloc(8), 0);
  await t.rejects(file.write(Buffer.alloc(3), 8), { code: 'ENOSPC' });
  t.equal(await file.sizeBytes(), 8);
  await disk.remove('/a');
  t.equal(disk.usedBytes, 0);
});

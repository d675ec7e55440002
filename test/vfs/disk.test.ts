/** One contract, every disk: what holds for the file system of the machine must hold for the one in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import t from 'tap';

import type { Disk, DiskFile } from '../../src/vfs/disk.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import {
  makeDirectoryDurably,
  readFully,
  readWholeFile,
  removeIfPresent,
  replaceFileDurably,
  writeFully,
} from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { RealDisk } from '../../src/vfs/real-disk.js';

const real = await mkdtemp(join(tmpdir(), 'varve-disk-'));
t.teardown(() => rm(real, { recursive: true, force: true }));

const disks: readonly [name: string, disk: Disk, root: string][] = [
  ['real', new RealDisk(), real],
  ['memory', new MemoryDisk(), '/root'],
  ['memory without tracking', new MemoryDisk({ trackDurability: false }), '/root'],
  ['faulty without faults', new FaultyDisk(new MemoryDisk()), '/root'],
];

async function write(disk: Disk, path: string, text: string): Promise<DiskFile> {
  const file = await disk.open(path, { access: 'write', create: 'if-missing' });
  await writeFully(file, Buffer.from(text), 0);
  return file;
}

async function create(disk: Disk, path: string, text = ''): Promise<void> {
  await (await write(disk, path, text)).close();
}

const text = async (disk: Disk, path: string) => (await readWholeFile(disk, path)).toString('latin1');

for (const [name, disk, root] of disks) {
  let directories = 0;
  const freshDirectory = async () => {
    directories += 1;
    const path = `${root}/${directories}`;
    await disk.makeDirectory(path);
    return path;
  };

  t.test(name, async (t) => {
    t.test('what is written is read back, at any position', async (t) => {
      const at = await freshDirectory();
      const file = await write(disk, `${at}/a`, 'hello');
      await file.write(Buffer.from('J'), 0);
      await file.write(Buffer.from('!'), 7);
      await file.sync();
      t.equal(await file.sizeBytes(), 8);
      t.equal(await text(disk, `${at}/a`), 'Jello\0\0!');
      const target = Buffer.alloc(10, '.');
      t.equal(await file.read(target, 2, 4, 1), 4);
      t.equal(target.toString(), '..ello....');
      t.equal(await file.read(target, 0, 10, 6), 2, 'a read stops at the end');
      t.equal(await file.read(target, 0, 10, 8), 0, 'nothing beyond the end');
      await t.rejects(readFully(file, target, 0, 4, 6), { code: 'UNEXPECTED_END' });
      await file.close();
    });

    t.test('a synchronous file writes too', async (t) => {
      const at = await freshDirectory();
      const options = { access: 'write', create: 'exclusive', synchronous: true } as const;
      const file = await disk.open(`${at}/a`, options);
      await writeFully(file, Buffer.from('abc'), 0);
      await file.close();
      t.equal(await text(disk, `${at}/a`), 'abc');
    });

    t.test('truncate cuts and extends with zeros', async (t) => {
      const at = await freshDirectory();
      const file = await write(disk, `${at}/a`, 'hello');
      await file.truncate(2);
      await file.truncate(4);
      t.equal(await text(disk, `${at}/a`), 'he\0\0');
      await file.close();
    });

    t.test('open', async (t) => {
      const at = await freshDirectory();
      await t.rejects(disk.open(`${at}/a`, { access: 'read' }), { code: 'ENOENT' });
      await t.rejects(disk.open(`${at}/no/a`, { access: 'write', create: 'if-missing' }), { code: 'ENOENT' });
      await create(disk, `${at}/a`, 'x');
      await t.rejects(disk.open(`${at}/a`, { access: 'write', create: 'exclusive' }), { code: 'EEXIST' });
      await t.rejects(disk.open(`${at}/a/b`, { access: 'read' }), { code: 'ENOTDIR' });
      await t.rejects(disk.open(at, { access: 'write' }), { code: 'EISDIR' });
      const file = await disk.open(`${at}/a`, { access: 'read' });
      await t.rejects(file.write(Buffer.from('y'), 0), { code: 'EBADF' });
      await t.rejects(file.truncate(0), { code: 'EINVAL' });
      await file.close();
      await file.close();
      await t.rejects(file.read(Buffer.alloc(1), 0, 1, 0), { code: 'EBADF' }, 'closed');
    });

    t.test('directories', async (t) => {
      const at = await freshDirectory();
      await makeDirectoryDurably(disk, `${at}/b/c`);
      await disk.makeDirectory(`${at}/b/c`);
      await create(disk, `${at}/a`);
      t.same(await disk.list(at), ['a', 'b']);
      t.same(await disk.list(`${at}/b`), ['c']);
      await t.rejects(disk.list(`${at}/x`), { code: 'ENOENT' });
      await t.rejects(disk.list(`${at}/a`), { code: 'ENOTDIR' });
      await disk.syncDirectory(at);
      await t.rejects(disk.syncDirectory(`${at}/x`), { code: 'ENOENT' });
      t.match(await disk.status(at), { isDirectory: true });
      t.equal(await disk.status(`${at}/x`), undefined);
      await disk.removeTree(`${at}/b`);
      await disk.removeTree(`${at}/b`);
      t.same(await disk.list(at), ['a']);
    });

    t.test('rename replaces; open files follow', async (t) => {
      const at = await freshDirectory();
      await disk.makeDirectory(`${at}/d`);
      const file = await write(disk, `${at}/a`, 'new');
      await create(disk, `${at}/d/b`, 'old');
      await disk.rename(`${at}/a`, `${at}/d/b`);
      await file.write(Buffer.from('N'), 0);
      await file.close();
      t.equal(await text(disk, `${at}/d/b`), 'New');
      t.same(await disk.list(at), ['d']);
      await t.rejects(disk.rename(`${at}/a`, `${at}/b`), { code: 'ENOENT' });
      await disk.makeDirectory(`${at}/e`);
      await create(disk, `${at}/f`);
      await t.rejects(disk.rename(`${at}/f`, `${at}/e`), { code: 'EISDIR' });
      await t.rejects(disk.rename(`${at}/e`, `${at}/d`), { code: 'ENOTEMPTY' });
      await t.rejects(disk.rename(`${at}/e`, `${at}/d/b`), { code: 'ENOTDIR' });
    });

    t.test('a hard link keeps the file', async (t) => {
      const at = await freshDirectory();
      await create(disk, `${at}/a`, 'x');
      await disk.link(`${at}/a`, `${at}/b`);
      await t.rejects(disk.link(`${at}/a`, `${at}/b`), { code: 'EEXIST' });
      await t.rejects(disk.link(`${at}/c`, `${at}/d`), { code: 'ENOENT' });
      await disk.remove(`${at}/a`);
      t.equal(await text(disk, `${at}/b`), 'x');
      await t.rejects(disk.remove(`${at}/a`), { code: 'ENOENT' });
      t.equal(await removeIfPresent(disk, `${at}/a`), false);
      t.equal(await removeIfPresent(disk, `${at}/b`), true);
    });

    t.test('a removed file that is open can still be read', async (t) => {
      const at = await freshDirectory();
      const file = await write(disk, `${at}/a`, 'x');
      await disk.remove(`${at}/a`);
      const target = Buffer.alloc(1);
      await readFully(file, target, 0, 1, 0);
      t.equal(target.toString(), 'x');
      await file.close();
    });

    t.test('replaceFileDurably', async (t) => {
      const at = await freshDirectory();
      await replaceFileDurably(disk, `${at}/a`, Buffer.from('one'));
      await create(disk, `${at}/a.tmp`, 'left by a crash, and longer');
      await replaceFileDurably(disk, `${at}/a`, Buffer.from('two'));
      t.equal(await text(disk, `${at}/a`), 'two');
      t.same(await disk.list(at), ['a']);
    });

    t.test('closing waits for what is in flight', async (t) => {
      const at = await freshDirectory();
      const file = await write(disk, `${at}/a`, '');
      const writes = [0, 1, 2, 3].map((i) => file.write(Buffer.alloc(1000, 65 + i), i * 1000));
      await file.close();
      t.same(await Promise.all(writes), [1000, 1000, 1000, 1000]);
      t.equal((await disk.status(`${at}/a`))?.sizeBytes, 4000);
    });

    t.test('one lock per directory', async (t) => {
      const at = await freshDirectory();
      const other = await freshDirectory();
      const lock = await disk.lock(at);
      await t.rejects(disk.lock(at), { code: 'DIRECTORY_LOCKED', holder: { pid: process.pid } });
      const otherLock = await disk.lock(other);
      await lock.release();
      await lock.release();
      await (await disk.lock(at)).release();
      await otherLock.release();
    });
  });
}

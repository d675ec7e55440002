import t from 'tap';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { Disk, DiskFile } from '../../src/vfs/disk.js';
import { diskError } from '../../src/vfs/errors.js';
import { newDisk } from './fixture.js';

/** A disk with files named 0 to 9 that counts descriptors. */
async function countingDisk(): Promise<{ disk: Disk; open: () => number; most: () => number }> {
  const inner = await newDisk();
  for (let i = 0; i < 10; i += 1)
    await (await inner.open(`/data/${i}`, { access: 'write', create: 'exclusive' })).close();
  let open = 0;
  let most = 0;
  const disk = Object.create(inner) as Disk;
  disk.open = async (path, options) => {
    const file = await inner.open(path, options);
    open += 1;
    most = Math.max(most, open);
    const close = file.close.bind(file);
    file.close = async () => {
      open -= 1;
      await close();
    };
    return file;
  };
  return { disk, open: () => open, most: () => most };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

t.test('a file stays open between reads while there is room', async (t) => {
  const { disk, open } = await countingDisk();
  const files = new OpenFiles({ limit: 2 });
  const file = files.file(disk, '/data/1');
  t.equal(open(), 0, 'nothing is opened before the first read');
  for (let i = 0; i < 3; i += 1) await file.with(async () => undefined);
  t.match(files.statistics, { open: 1, opened: 1 });
  await file.close();
  t.equal(open(), 0);
});

t.test('the file unused for longest makes room', async (t) => {
  const { disk } = await countingDisk();
  const files = new OpenFiles({ limit: 2 });
  const [a, b, c] = ['/data/1', '/data/2', '/data/3'].map((path) => files.file(disk, path));
  const read = async () => undefined;
  await a!.with(read);
  await b!.with(read);
  await a!.with(read);
  await c!.with(read);
  t.equal(files.statistics.opened, 3);
  await a!.with(read);
  t.equal(files.statistics.opened, 3, 'a was used after b');
  await b!.with(read);
  t.equal(files.statistics.opened, 4, 'b had made room');
});

t.test('the limit holds while every handle is borrowed', async (t) => {
  const { disk, open, most } = await countingDisk();
  const files = new OpenFiles({ limit: 3 });
  const shared = Array.from({ length: 10 }, (_, i) => files.file(disk, `/data/${i}`));
  const read = async (file: DiskFile) => {
    await turn();
    return file.path;
  };
  const paths = await Promise.all([...shared, ...shared].map((file) => file.with(read)));
  t.same(
    paths.slice(0, 10),
    shared.map(({ path }) => path),
  );
  t.equal(most(), 3);
  await Promise.all(shared.map((file) => file.close()));
  t.equal(open(), 0);
});

t.test('closing waits for the reads under way', async (t) => {
  const { disk, open } = await countingDisk();
  const file = new OpenFiles({ limit: 1 }).file(disk, '/data/1');
  let finish = () => {};
  const reading = file.with(() => new Promise<void>((resolve) => (finish = resolve)));
  await turn();
  const closing = file.close();
  await turn();
  t.equal(open(), 1);
  await t.rejects(
    file.with(async () => undefined),
    { code: 'TABLE_CLOSED' },
  );
  finish();
  await reading;
  await closing;
  t.equal(open(), 0);
});

t.test('a file that cannot be opened takes no place', async (t) => {
  const { disk } = await countingDisk();
  const files = new OpenFiles({ limit: 1 });
  const missing = files.file(disk, '/data/none');
  await t.rejects(
    missing.with(async () => undefined),
    { code: 'ENOENT' },
  );
  await t.rejects(
    missing.with(async () => undefined),
    { code: 'ENOENT' },
  );
  await files.file(disk, '/data/1').with(async () => undefined);
  t.equal(files.statistics.open, 1);
});

t.test('a file whose closing fails makes room all the same', async (t) => {
  const { disk, open } = await countingDisk();
  const opens = disk.open;
  disk.open = async (path, options) => {
    const file = await opens(path, options);
    const close = file.close.bind(file);
    file.close = async () => {
      await close();
      if (path === '/data/1') throw diskError('EIO', 'close', path);
    };
    return file;
  };
  const files = new OpenFiles({ limit: 1 });
  await files.file(disk, '/data/1').with(async () => undefined);
  const other = files.file(disk, '/data/2');
  for (let i = 0; i < 2; i += 1) t.equal(await other.with(async () => i), i);
  t.equal(files.statistics.open, 1);
  await other.close();
  t.match({ open: open(), counted: files.statistics.open }, { open: 0, counted: 0 });
});

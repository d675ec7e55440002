/** Whoever reads on when the partition was closed under them is told so: no file is opened any more. */
import t from 'tap';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { contentOf, directory, mutationsOf, openOn } from './fixture.js';

t.test('a cursor that comes late opens no table', async (t) => {
  const disk = new FaultyDisk(new MemoryDisk());
  const setting = { options: { automaticCompaction: false } };
  const first = await openOn(disk, setting);
  for (const key of ['a', 'b']) {
    await first.write(mutationsOf({ [key]: '1' }));
    await first.flush();
  }
  await first.close();
  for (const isGone of [false, true]) {
    const partition = await openOn(disk, setting);
    const cursor = partition.range({});
    await partition.close();
    // As the deletion of a table does.
    if (isGone) await disk.removeTree(directory);
    const opened: string[] = [];
    disk.onIssued = ({ kind, path }) => {
      if (kind === 'open') opened.push(path);
    };
    await t.rejects(async () => cursor.next(), { code: 'TABLE_CLOSED' }, isGone ? 'removed' : 'still there');
    cursor.close();
    t.same(opened, []);
    disk.onIssued = () => undefined;
  }
});

t.test(
  'nor does one of tables that were merged since; and it takes no file from who has the directory now',
  async (t) => {
    const disk = new FaultyDisk(new MemoryDisk());
    const setting = { options: { automaticCompaction: false } };
    const partition = await openOn(disk, setting);
    for (const key of ['a', 'b']) {
      await partition.write(mutationsOf({ [key]: '1' }));
      await partition.flush();
    }
    const cursor = partition.range({});
    await partition.compact();
    await partition.close();
    const next = await openOn(disk, setting);
    const operations: string[] = [];
    disk.onIssued = ({ kind, path }) => void operations.push(`${kind} ${path}`);
    await t.rejects(async () => cursor.next(), { code: 'TABLE_CLOSED' });
    cursor.close();
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    t.same(operations, []);
    disk.onIssued = () => undefined;
    t.equal(await contentOf(next), 'a=1 b=1');
    await next.close();
  },
);

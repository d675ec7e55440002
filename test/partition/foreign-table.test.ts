/** A whole table with the right number, of another partition: nothing of it is read. */
import t from 'tap';
import { tablePath } from '../../src/compaction/table-name.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { mutationsOf, openOn, textOf } from './fixture.js';

t.test('a table of another partition is told from the one that the manifest names', async (t) => {
  const disk = new MemoryDisk();
  const options = { automaticCompaction: false };
  for (const [directory, value] of [
    ['/one', '1'],
    ['/other', '22'],
  ] as const) {
    const partition = await openOn(disk, { directory, options });
    await partition.write(mutationsOf({ a: value, b: value }));
    await partition.flush();
    await partition.close();
  }
  const table = (await disk.list('/one')).find((name) => name.endsWith('.sst')) ?? '';
  t.equal(`/one/${table}`, tablePath('/one', Number.parseInt(table, 10)));
  t.ok((await disk.list('/other')).includes(table), 'both have the same number');
  await disk.remove(`/one/${table}`);
  await disk.link(`/other/${table}`, `/one/${table}`);
  const partition = await openOn(disk, { directory: '/one', options });
  await t.rejects(textOf(partition, 'a'), { code: 'TABLE_CORRUPT', path: `/one/${table}` });
  await partition.close();
});

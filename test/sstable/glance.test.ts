/** Blocks that the cache does not keep are looked at in memory that the next glance uses again. */
import { join } from 'node:path';
import t from 'tap';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { RealDisk } from '../../src/vfs/real-disk.js';
import { fileNumber, manyEntries, open, writeTable } from './fixture.js';

t.test('what a get has answered stays as it is', async (t) => {
  const disk = new RealDisk();
  const path = join(t.testdir(), '1.sst');
  const entries = manyEntries(500);
  await writeTable(disk, entries, {}, { path, fileNumber });
  // Every block is too large for the cache: each get of one is a glance.
  const reader = await open(disk, { path, cache: new BlockCache({ budgetBytes: 1 }) });
  await reader.get('key-00000000');
  const answers = new Map<string, Uint8Array | null | undefined>();
  for (const { key } of entries) answers.set(key, (await reader.get(key))?.value);
  for (const { key, value } of entries) t.same(answers.get(key), value);
  await reader.close();
});

/** What a start tells the operator of a log. */
import t from 'tap';
import type { Recovery } from '../../src/partition/types.js';
import { readWholeFile, writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { contentOf, directory, mutationsOf, openOn } from './fixture.js';

const LOG = `${directory}/log/0000000000000001.wal`;

/** As a crash leaves it: nothing was closed. */
async function crashed(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const partition = await openOn(disk);
  for (let i = 1; i <= 5; i += 1) await partition.write(mutationsOf({ [`k${i}`]: 'x'.repeat(100) }));
  return disk;
}

t.test('what was replayed, and the write that was cut off', async (t) => {
  const disk = await crashed();
  const told: Recovery[] = [];
  const onRecovery = (recovery: Recovery) => void told.push(recovery);
  await openOn(disk.crashClone({ random: { uint32: () => 0, bytes: () => new Uint8Array(0) }, survive: 1 }), {
    onRecovery,
  });
  t.match(told, [{ directory, records: 5, tornTail: undefined }]);

  // The last byte of the last write did not get to the disk.
  const bytes = await readWholeFile(disk, LOG);
  const end = bytes.lastIndexOf('x'.charCodeAt(0));
  const file = await disk.open(LOG, { access: 'write' });
  await writeFully(file, Buffer.alloc(1), end);
  await file.close();
  told.length = 0;
  const partition = await openOn(disk, { onRecovery });
  t.match(told, [{ directory, records: 4, tornTail: { file: LOG } }]);
  const { offset = 0, bytes: torn = 0 } = told[0]?.tornTail ?? {};
  t.ok(offset < end && offset + torn > end, `${offset} to ${offset + torn} has ${end}`);
  t.notMatch(await contentOf(partition), /k5/);
  await partition.flush();
  await partition.close();

  told.length = 0;
  await openOn(disk, { onRecovery });
  t.same(told, [], 'nothing to tell of a log that is in the tables');
});

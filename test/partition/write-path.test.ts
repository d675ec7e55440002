/** An answer never tells what a crash could take back. */
import t from 'tap';
import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { openPartition } from '../../src/partition/open-partition.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock } from '../../src/vfs/system-clock.js';

async function openOnFaultyDisk() {
  const disk = new FaultyDisk(new MemoryDisk());
  const partition = await openPartition({
    directory: '/partition',
    disk,
    clock: new SystemClock(),
    random: new SeededRandom(1),
    executor: new InlineExecutor(disk),
    shared: { blockCache: new BlockCache({ budgetBytes: 65_536 }), openFiles: new OpenFiles({ limit: 4 }) },
  });
  return { disk, partition };
}

const value = Buffer.from('value');

t.test('an update that writes nothing is settled once what it saw is durable', async (t) => {
  const { partition } = await openOnFaultyDisk();
  const order: string[] = [];
  const writing = partition.write([{ key: 'k', value }]).then(() => order.push('write'));
  const seeing = partition
    .update('k', (current) => {
      t.same(current, value, 'decide sees what is pending');
      return null;
    })
    .then(() => order.push('update'));
  const refusing = partition
    .update('k', () => {
      throw new Error('refused');
    })
    .catch(() => order.push('refusal'));
  t.equal(partition.get('k'), undefined, 'readers do not see it yet');
  await Promise.all([writing, seeing, refusing]);
  t.same(order, ['write', 'update', 'refusal']);
  await partition.close();
});

t.test('when what it saw is not to become durable, the update fails like the write', async (t) => {
  const { disk, partition } = await openOnFaultyDisk();
  disk.plan = (operation) => (operation.kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
  const writing = partition.write([{ key: 'k', value }]);
  const seeing = partition.update('k', () => null);
  const refusing = partition.update('k', () => {
    throw new Error('refused');
  });
  await t.rejects(writing, { code: 'WRITE_UNCERTAIN' });
  await t.rejects(seeing, { code: 'WRITE_UNCERTAIN' });
  await t.rejects(refusing, { code: 'WRITE_UNCERTAIN' });
  await t.rejects(partition.write([{ key: 'k', value }]), { code: 'READ_ONLY' });
  t.equal(partition.get('k'), undefined, 'and nobody reads it');
  await partition.close();
});

t.test('updates of one key that meet do not lose each other', async (t) => {
  const { partition } = await openOnFaultyDisk();
  const increment = (current: Uint8Array | undefined) => {
    const count = current === undefined ? 0 : Buffer.from(current).readUInt32BE();
    const next = Buffer.alloc(4);
    next.writeUInt32BE(count + 1);
    return [{ key: 'counter', value: next }];
  };
  await Promise.all(Array.from({ length: 64 }, () => partition.update('counter', increment)));
  t.equal(Buffer.from((await partition.get('counter')) ?? []).readUInt32BE(), 64);
  await partition.close();
});

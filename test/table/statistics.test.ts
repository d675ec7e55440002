/** How many items a table says it has. */
import t from 'tap';
import type { Entry, PartitionStatistics } from '../../src/partition/types.js';
import { ITEM_SPACE, itemAddress, itemKey } from '../../src/table/key-layout.js';
import { COUNTED_ENTRIES_MAX } from '../../src/table/limits.js';
import { PartitionCounter } from '../../src/table/statistics.js';
import { encodeStored } from '../../src/table/stored-item.js';
import { tokenMutation } from '../../src/transaction/token-format.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { MemoryPartition } from './memory-partition.js';

/** A partition of so many items of 10 bytes, which says that it has a million entries. */
function counterOf(items: number): PartitionCounter {
  const partition = new MemoryPartition(new Map<string, Entry>());
  const value = encodeStored(new Map([['pk', 'x']]), 10);
  for (let index = 0; index < items; index += 1) {
    const key = itemKey(itemAddress(`key ${index}`, undefined, 1));
    partition.entries.set(key, { key, value, sequence: 1 });
  }
  const token = tokenMutation({ value: 'token', digest: '00'.repeat(32) }, 1);
  partition.entries.set(token.key, { key: token.key, value: token.value as Uint8Array, sequence: 1 });
  const statistics = { sequence: 1, entriesEstimate: 1_000_000, tableBytes: 5000, memtableBytes: 5000 };
  const whole = Object.assign(partition.asPartition(), { statistics: statistics as PartitionStatistics });
  return new PartitionCounter(whole, 2, new VirtualClock());
}

t.test('few items are counted, whatever else the partition holds', async (t) => {
  t.same(await counterOf(3).count(ITEM_SPACE), { itemCount: 3, sizeBytes: 30 });
  const most = { itemCount: COUNTED_ENTRIES_MAX, sizeBytes: 10 * COUNTED_ENTRIES_MAX };
  t.same(await counterOf(COUNTED_ENTRIES_MAX).count(ITEM_SPACE), most);
});

t.test('many are estimated', async (t) => {
  const estimate = { itemCount: 500_000, sizeBytes: 5000 };
  const counter = counterOf(COUNTED_ENTRIES_MAX + 1);
  t.same(await counter.count(ITEM_SPACE), estimate);
  t.same(await counter.count(ITEM_SPACE), estimate);
});

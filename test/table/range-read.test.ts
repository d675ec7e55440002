/** Long reads let others run. */
import t from 'tap';
import type { Entry, Key } from '../../src/partition/types.js';
import { HASH_END, hashBound, ITEM_SPACE, itemAddress, itemKey } from '../../src/table/key-layout.js';
import { SLICE_MS } from '../../src/table/limits.js';
import { encodeStored } from '../../src/table/stored-item.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { definitionOf } from './fixture.js';
import { MemoryPartition, ownerOf } from './memory-partition.js';

t.test('a long read pauses every few milliseconds', async (t) => {
  const entries = new Map<Key, Entry>();
  for (let index = 0; index < 3000; index += 1) {
    const key = itemKey(itemAddress(`key ${index}`, undefined, 1));
    entries.set(key, { key, value: encodeStored(new Map([['pk', `key ${index}`]]), 10), sequence: 1 });
  }
  const clock = new VirtualClock();
  // Each look at the clock costs a millisecond.
  clock.monotonic = () => {
    clock.advance(1);
    return clock.now();
  };
  const owner = ownerOf(definitionOf(), new MemoryPartition(entries), clock);
  let turns = 0;
  let reading = true;
  const count = () => {
    turns += 1;
    if (reading) setImmediate(count);
  };
  setImmediate(count);
  const page = await owner.range({
    partition: 0,
    from: hashBound(ITEM_SPACE, 0),
    to: hashBound(ITEM_SPACE, HASH_END),
    reverse: false,
    limit: Number.POSITIVE_INFINITY,
    bytesMax: Number.POSITIVE_INFINITY,
    wantItems: true,
    fetch: false,
  });
  reading = false;
  t.equal(page.count, 3000);
  t.ok(turns >= 3000 / 32 / (SLICE_MS + 2) - 1, `${turns} turns of the event loop`);
});

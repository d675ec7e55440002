/** Long reads let others run. */
import t from 'tap';
import type { Cursor, Entry, Key } from '../../src/partition/types.js';
import { HASH_END, hashBound, ITEM_SPACE, itemAddress, itemKey } from '../../src/table/key-layout.js';
import { SLICE_MS } from '../../src/table/limits.js';
import { encodeStored } from '../../src/table/stored-item.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { definitionOf } from './fixture.js';
import { MemoryPartition, ownerOf } from './memory-partition.js';

const EVERYTHING = {
  partition: 0,
  from: hashBound(ITEM_SPACE, 0),
  to: hashBound(ITEM_SPACE, HASH_END),
  reverse: false,
  limit: Number.POSITIVE_INFINITY,
  bytesMax: Number.POSITIVE_INFINITY,
  wantItems: true,
  fetch: false,
};

function entryOf(index: number): Entry {
  const key = itemKey(itemAddress(`key ${index}`, undefined, 1));
  return { key, value: encodeStored(new Map([['pk', `key ${index}`]]), 10), sequence: 1 };
}

/** Gives what it is made with, and counts how often it is closed. */
class ScriptedPartition extends MemoryPartition {
  closed = 0;

  constructor(private readonly script: readonly (() => ReturnType<Cursor['next']>)[]) {
    super();
  }

  override range(): Cursor {
    const left = [...this.script];
    return {
      next: () => left.shift()?.(),
      close: () => {
        this.closed += 1;
      },
    };
  }
}

t.test('a page in memory is answered at once', async (t) => {
  const partition = new ScriptedPartition([() => entryOf(1), () => entryOf(2)]);
  const page = ownerOf(definitionOf(), partition, new VirtualClock()).range(EVERYTHING);
  t.notOk(page instanceof Promise);
  t.equal((await page).count, 2);
  t.equal(partition.closed, 1);
});

t.test('a page of which some is read from disk', async (t) => {
  const partition = new ScriptedPartition([() => entryOf(1), async () => entryOf(2), () => entryOf(3)]);
  const page = ownerOf(definitionOf(), partition, new VirtualClock()).range(EVERYTHING);
  t.type(page, Promise);
  t.equal(partition.closed, 0, 'the cursor is needed');
  t.equal((await page).count, 3);
  t.equal(partition.closed, 1);
});

t.test('the cursor is closed when reading fails', async (t) => {
  const fail = () => {
    throw new Error('damaged');
  };
  const atOnce = new ScriptedPartition([() => entryOf(1), fail]);
  t.throws(() => ownerOf(definitionOf(), atOnce, new VirtualClock()).range(EVERYTHING), /damaged/);
  t.equal(atOnce.closed, 1);
  for (const later of [async () => fail(), fail]) {
    const partition = new ScriptedPartition([async () => entryOf(1), later]);
    await t.rejects(
      Promise.resolve(ownerOf(definitionOf(), partition, new VirtualClock()).range(EVERYTHING)),
      /damaged/,
    );
    t.equal(partition.closed, 1);
  }
});

t.test('a long read pauses every few milliseconds', async (t) => {
  const entries = new Map<Key, Entry>();
  for (let index = 0; index < 3000; index += 1) {
    const entry = entryOf(index);
    entries.set(entry.key, entry);
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
  const page = await owner.range(EVERYTHING);
  reading = false;
  t.equal(page.count, 3000);
  t.ok(turns >= 3000 / 32 / (SLICE_MS + 2) - 1, `${turns} turns of the event loop`);
});

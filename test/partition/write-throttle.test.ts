/** Delay before stop: both bounded, both counted. */
import t from 'tap';

import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { defaultPartitionOptions } from '../../src/partition/limits.js';
import { WriteThrottle } from '../../src/partition/write-throttle.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { mutationsOf, openOn, textOf } from './fixture.js';

const options = {
  ...defaultPartitionOptions,
  level0SlowdownTables: 4,
  level0StopTables: 8,
  delayMsMax: 20,
  waitingWritesMax: 3,
  waitingMsMax: 100,
  pendingBytesMax: 1000,
};

function throttled() {
  const clock = new VirtualClock();
  const pressure = { pendingBytes: 0, memtablesFull: false, level0Tables: 0 };
  const throttle = new WriteThrottle(clock, options, pressure);
  const log: string[] = [];
  const enter = (name: string) =>
    throttle.enter(
      () => log.push(name),
      () => log.push(`${name} refused`),
    );
  return { clock, pressure, throttle, log, enter };
}

t.test('the delay grows with level 0, up to the largest just before the stop', (t) => {
  for (const [level0Tables, delayMs] of [
    [0, 0],
    [3, 0],
    [4, 5],
    [5, 10],
    [6, 15],
    [7, 20],
  ] as const) {
    const { clock, pressure, throttle, log, enter } = throttled();
    pressure.level0Tables = level0Tables;
    enter('a');
    if (delayMs > 0) {
      clock.advance(delayMs - 1);
      t.same(log, [], `${level0Tables} tables: not before ${delayMs} ms`);
      clock.advance(1);
    }
    t.same(log, ['a'], `${level0Tables} tables`);
    const delayedWrites = delayMs > 0 ? 1 : 0;
    t.match(throttle.statistics, { delayedWrites, delayedMs: delayMs, stoppedWrites: 0, refusedWrites: 0 });
  }
  t.end();
});

for (const [what, stop] of [
  ['level 0 is full', { level0Tables: 8 }],
  ['all memtables are full', { memtablesFull: true }],
  ['too much waits for the log', { pendingBytes: 1000 }],
] as const) {
  t.test(`writes wait while ${what}, and come in first come first served`, (t) => {
    const { clock, pressure, throttle, log, enter } = throttled();
    Object.assign(pressure, stop);
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    t.same(log, ['d refused'], 'no more than may wait');
    clock.advance(99);
    t.same(log, ['d refused']);
    Object.assign(pressure, { level0Tables: 0, memtablesFull: false, pendingBytes: 0 });
    throttle.relieve();
    t.same(log, ['d refused', 'a', 'b', 'c']);
    t.match(throttle.statistics, { stoppedWrites: 3, refusedWrites: 1 });
    t.end();
  });
}

t.test('whoever waits too long is refused, each in its time', (t) => {
  const { clock, pressure, log, enter } = throttled();
  pressure.memtablesFull = true;
  enter('a');
  clock.advance(60);
  enter('b');
  clock.advance(40);
  t.same(log, ['a refused']);
  clock.advance(60);
  t.same(log, ['a refused', 'b refused']);
  t.end();
});

t.test('a partition delays, then stops, and shows both; when merges follow, writes go on', async (t) => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk();
  const inline = new InlineExecutor(disk);
  let letMergesGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letMergesGo = resolve;
  });
  const partition = await openOn(disk, {
    clock,
    executor: { run: (job, signal) => gate.then(() => inline.run(job, signal)), close: () => inline.close() },
    options: {
      level0SlowdownTables: 2,
      level0StopTables: 4,
      delayMsMax: 20,
      compaction: { level0TablesMax: 2, baseBytes: 1000, levelFactor: 4, targetTableBytes: 1000 },
    },
  });
  const put = (i: number) => partition.write(mutationsOf({ [`k${i}`]: 'value' }));
  for (const [tables, delayMs] of [
    [0, 0],
    [1, 0],
    [2, 10],
    [3, 20],
  ] as const) {
    t.equal(partition.statistics.tablesPerLevel[0], tables);
    const before = partition.statistics.writes.delayedMs;
    const writing = put(tables);
    clock.advance(delayMs);
    await writing;
    t.equal(partition.statistics.writes.delayedMs - before, delayMs, `${tables} tables`);
    await partition.flush();
  }
  const stopped = put(4);
  t.match(partition.statistics.writes, {
    delayedWrites: 2,
    delayedMs: 30,
    stoppedWrites: 1,
    refusedWrites: 0,
  });
  t.equal(await textOf(partition, 'k3'), 'value', 'reads do not wait');
  letMergesGo();
  t.equal(await stopped, 5);
  await partition.close();
});

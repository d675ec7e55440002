/** Delay before stop: both bounded, both counted. */
import t from 'tap';

import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { defaultPartitionOptions, spaceRetryMs } from '../../src/partition/limits.js';
import type { StallChange } from '../../src/partition/types.js';
import { WriteThrottle } from '../../src/partition/write-throttle.js';
import { errorCode } from '../../src/vfs/errors.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
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
  const pressure = { pendingBytes: 0, memtablesFull: false, level0Tables: 0, noSpace: undefined as unknown };
  const stalls: StallChange[] = [];
  const throttle = new WriteThrottle(clock, options, pressure, (change) => stalls.push(change));
  const log: string[] = [];
  const enter = (name: string) =>
    throttle.enter(
      () => log.push(name),
      ({ code }) => log.push(`${name} refused${code === 'OUT_OF_SPACE' ? ': full' : ''}`),
    );
  return { clock, pressure, throttle, log, stalls, enter };
}

/** Lets what timers have set off come to its end. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
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
    t.equal(throttle.statistics.stoppedMs, 99, 'of the partition, however many wait, and while they do');
    Object.assign(pressure, { level0Tables: 0, memtablesFull: false, pendingBytes: 0 });
    throttle.relieve();
    t.same(log, ['d refused', 'a', 'b', 'c']);
    clock.advance(1000);
    t.match(throttle.statistics, { stoppedWrites: 3, stoppedMs: 99, refusedWrites: 1 });
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

t.test('the beginning and the end of a stall are told', (t) => {
  const { clock, pressure, throttle, stalls, enter } = throttled();
  pressure.level0Tables = 8;
  enter('a');
  enter('b');
  t.same(stalls.splice(0), [{ state: 'begun', reason: '8 tables of level 0 wait to be merged' }]);
  clock.advance(50);
  throttle.relieve();
  t.same(stalls, [], 'it goes on');
  pressure.level0Tables = 0;
  throttle.relieve();
  t.same(stalls.splice(0), [{ state: 'ended', durationMs: 50, writes: 2 }]);
  pressure.memtablesFull = true;
  enter('c');
  clock.advance(100);
  t.match(stalls, [{ state: 'begun' }, { state: 'ended', durationMs: 100, writes: 1 }], 'refused, too');
  t.end();
});

t.test('whoever waits in vain for a full disk is told so at once', (t) => {
  const { clock, pressure, throttle, log, enter } = throttled();
  pressure.memtablesFull = true;
  enter('a');
  enter('b');
  throttle.reconsider();
  t.same(log, [], 'the work has failed for another reason');
  pressure.noSpace = new Error('ENOSPC');
  throttle.reconsider();
  enter('c');
  t.same(log, ['a refused: full', 'b refused: full', 'c refused: full']);
  clock.advance(1000);
  pressure.memtablesFull = false;
  enter('d');
  t.same(log.slice(3), ['d'], 'where nothing has to wait it does not matter');
  t.end();
});

t.test(
  'a partition whose flush meets a full disk refuses writes at once, says why, and goes on',
  async (t) => {
    const clock = new VirtualClock();
    const disk = new FaultyDisk(new MemoryDisk());
    const troubles: string[] = [];
    const partition = await openOn(disk, {
      clock,
      options: { memtableBytes: 100, frozenMemtablesMax: 1 },
      onTrouble: ({ work, error }) => troubles.push(`${work} ${errorCode(error)}`),
    });
    disk.plan = ({ kind, path }) =>
      kind === 'write' && path.endsWith('.sst') ? { kind: 'error', code: 'EDQUOT' } : undefined;
    const refused = await (async () => {
      for (let i = 0; i < 20; i += 1) await partition.write(mutationsOf({ [`k${i}`]: 'x'.repeat(60) }));
      return undefined;
    })().catch((error: unknown) => error);
    t.match(refused, { code: 'OUT_OF_SPACE', maySurvive: false, cause: { code: 'EDQUOT' } });
    t.equal(troubles[0], 'flush EDQUOT');
    t.equal(await textOf(partition, 'k0'), 'x'.repeat(60), 'reads go on');
    for (let i = 0; i < 12; i += 1) {
      clock.advance(spaceRetryMs);
      await settle();
    }
    disk.plan = () => undefined;
    clock.advance(spaceRetryMs);
    await settle();
    await partition.write(mutationsOf({ again: 'there' }));
    t.equal(await textOf(partition, 'again'), 'there');
    await partition.close();
  },
);

t.test('a log that cannot grow for a while is opened again', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk());
  const partition = await openOn(disk, { clock });
  await partition.write(mutationsOf({ first: 'x' }));
  disk.plan = ({ kind }) => (kind === 'open' ? { kind: 'error', code: 'EMFILE' } : undefined);
  let written = 0;
  const put = () => partition.write(mutationsOf({ [`k${written}`]: 'x'.repeat(500) }));
  const stalled = await (async () => {
    for (;;) await put().then(() => (written += 1));
  })().catch((error: unknown) => error);
  t.match(stalled, { code: 'STALLED', maySurvive: true });
  t.ok(written > 3, `${written} writes found room`);
  clock.advance(spaceRetryMs);
  await settle();
  await t.rejects(put(), { code: 'STALLED' }, 'still no descriptor');
  disk.plan = () => undefined;
  clock.advance(spaceRetryMs);
  await settle();
  await put();
  t.equal(partition.failure, undefined);
  t.equal(await textOf(partition, `k${written}`), 'x'.repeat(500));
  await partition.close();
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
    executor: {
      run: (job, signal) =>
        job.kind === 'flush' ? inline.run(job, signal) : gate.then(() => inline.run(job, signal)),
      close: () => inline.close(),
    },
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

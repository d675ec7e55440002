/** The live change feed: the past, then each change as it is committed; a slow one costs segments of the log, no memory. */
import t from 'tap';

import { spaceRetryMs } from '../../src/partition/limits.js';
import type { Change, ChangesOptions, Partition } from '../../src/partition/types.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { contentOf, mutationsOf, openOn, type Setting } from './fixture.js';

const ID = 'f0'.repeat(16);
const OTHER_ID = '0f'.repeat(16);
const stamp = { id: ID, timestampMs: 1_700_000_000_000 };

/** Log segments of a few dozen records. */
const setting: Setting = {
  schedule: queueMicrotask,
  options: { memtableBytes: 3_000, delayMsMax: 0 },
  log: { segmentBytes: 4096, firstChunkBytes: 1024, batchBytesMax: 512 },
};

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const logFiles = async (disk: MemoryDisk) => (await disk.list('/partition/log')).length;

async function writeThrough(partition: Partition, last: number): Promise<void> {
  for (let i = partition.statistics.sequence + 1; i <= last; i += 1) {
    await partition.write(mutationsOf({ [`k${i % 20}`]: `value ${i}` }));
  }
}

/** Follows from `after` on, as fast as it can. */
function follow(partition: Partition, after: number, options: ChangesOptions = {}) {
  const changes: Change[] = [];
  const ended = (async () => {
    for await (const change of partition.changes(after, { live: true, ...options })) {
      if (change.sequence > partition.statistics.sequence) throw new Error('nobody may see it yet');
      changes.push(change);
    }
  })();
  let failed: unknown;
  ended.catch((error) => {
    failed = error;
  });
  const through = async (sequence: number) => {
    while ((changes.at(-1)?.sequence ?? after) < sequence) {
      if (failed !== undefined) throw failed;
      await turn();
    }
    return changes.map((change) => change.sequence);
  };
  return { changes, ended, through };
}

t.test('the past, then what comes, once and in order, over flushes and recycled segments', async (t) => {
  const disk = new MemoryDisk();
  const partition = await openOn(disk, setting);
  await partition.retain('origin', 0);
  await writeThrough(partition, 300);
  const feeds = [follow(partition, 0), follow(partition, 150), follow(partition, 300)];
  let files = 0;
  for (let last = 310; last <= 1500; last += 10) {
    await writeThrough(partition, last);
    await turn();
    if (last === 600) await partition.retain('origin', 600);
    if (last > 900) files = Math.max(files, await logFiles(disk));
    if (last === 800) partition.dismiss('origin');
  }
  for (const [at, after] of [0, 150, 300].entries()) {
    t.same(await feeds[at]?.through(1500), range(after + 1, 1500));
  }
  t.ok(files < 20, `${files} files: what all have passed is recycled`);
  await partition.close();
  for (const { ended } of feeds) await ended;
  t.pass('closing the partition ends the feeds without an error');
});

t.test('a slow one delays no writer, and loses nothing: the log is kept for it until it stops', async (t) => {
  const faulty = new MemoryDisk();
  const disk = new FaultyDisk(faulty);
  const partition = await openOn(disk, setting);
  let bytesRead = 0;
  disk.onIssued = ({ kind, path, length = 0 }) => {
    if (kind === 'read' && path.endsWith('.wal')) bytesRead += length;
  };
  const slow = partition.changes(0, { live: true })[Symbol.asyncIterator]();
  await writeThrough(partition, 1);
  t.equal((await slow.next()).value?.sequence, 1);
  const before = bytesRead;
  await writeThrough(partition, 600);
  await partition.flush();
  t.equal(bytesRead, before, 'nothing is read for who does not ask');
  const held = await logFiles(faulty);
  t.ok(held > 10, `${held} files`);
  for (let sequence = 2; sequence <= 600; sequence += 1) {
    const { value } = await slow.next();
    if (value?.sequence !== sequence) t.equal(value?.sequence, sequence);
  }
  await writeThrough(partition, 610);
  await partition.flush();
  t.ok((await logFiles(faulty)) < held / 2, 'what it has passed goes');
  await slow.return?.();
  await writeThrough(partition, 1200);
  await partition.flush();
  t.ok((await logFiles(faulty)) < held / 2, 'after its end nothing is kept for it');
  await partition.close();
});

t.test('aborting ends it at once, waiting or not', async (t) => {
  const partition = await openOn(new MemoryDisk(), setting);
  await partition.retain('origin', 0);
  await writeThrough(partition, 20);
  const aborted = follow(partition, 0, { signal: AbortSignal.abort() });
  await aborted.ended;
  t.same(aborted.changes, []);
  const controller = new AbortController();
  const waiting = follow(partition, 0, { signal: controller.signal });
  t.same(await waiting.through(20), range(1, 20));
  controller.abort();
  await waiting.ended;
  const early = new AbortController();
  const seen: number[] = [];
  for await (const { sequence } of partition.changes(0, { live: true, signal: early.signal })) {
    seen.push(sequence);
    if (sequence === 5) early.abort();
  }
  t.same(seen, range(1, 5));
  await writeThrough(partition, 30);
  t.equal(waiting.changes.length, 20);
  await partition.close();
});

t.test('a transaction comes when it is committed, whole, with its id and time', async (t) => {
  const partition = await openOn(new MemoryDisk(), setting);
  const { changes, through } = follow(partition, 0);
  await partition.write(mutationsOf({ a: '1' }));
  await partition.prepare(ID, mutationsOf({ b: '2', c: '2' }), ['0', '1']);
  await partition.prepare(OTHER_ID, mutationsOf({ d: '3' }), ['0', '1']);
  await partition.write(mutationsOf({ a: '4' }));
  await through(4);
  t.same(
    changes.map(({ sequence }) => sequence),
    [1, 4],
    'what is prepared is no change',
  );
  // Outcomes are in no hurry: they go to the log along with the write.
  const outcomes = [partition.abort(OTHER_ID), partition.commit(ID, stamp)];
  await partition.write(mutationsOf({ a: '5' }), {
    transaction: { id: OTHER_ID, timestampMs: stamp.timestampMs + 1 },
  });
  await Promise.all(outcomes);
  const last = partition.statistics.sequence;
  await through(last);
  const text = changes
    .slice(2)
    .map(({ mutations, transaction }) => [
      mutations.map(({ key, value }) => `${key}=${Buffer.from(value ?? [])}`).join(),
      transaction?.id,
      transaction?.timestampMs,
    ]);
  t.same(text, [
    ['b=2,c=2', ID, stamp.timestampMs],
    ['a=5', OTHER_ID, stamp.timestampMs + 1],
  ]);
  await partition.close();
});

t.test('when the disk was full it goes on where it was, in the log that was opened again', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const partition = await openOn(disk, { ...setting, clock });
  const { through, ended } = follow(partition, 0);
  await writeThrough(partition, 50);
  t.same(await through(50), range(1, 50));
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC' } : undefined);
  await t.rejects(partition.write(mutationsOf({ a: 'x' })));
  disk.plan = () => undefined;
  for (let tries = 0; tries < 100 && partition.failure !== undefined; tries += 1) {
    clock.advance(1_000);
    await turn();
  }
  t.equal(partition.failure, undefined, 'writes go on');
  await writeThrough(partition, 200);
  t.same(await through(200), range(1, 200));
  await partition.close();
  await ended;
});

t.test('when no more can be committed it says why, after all that was', async (t) => {
  const disk = new FaultyDisk(new MemoryDisk());
  const partition = await openOn(disk, setting);
  await writeThrough(partition, 10);
  const { changes, through, ended } = follow(partition, 0);
  await through(10);
  disk.plan = ({ kind, path }) =>
    kind === 'write' && path.endsWith('.wal') ? { kind: 'error', code: 'EIO' } : undefined;
  await t.rejects(partition.write(mutationsOf({ a: 'x' })));
  await t.rejects(ended, { code: 'READ_ONLY' });
  t.equal(changes.length, 10);
  await partition.close();
});

t.test('what the log no longer has is an error, and no gap', async (t) => {
  const partition = await openOn(new MemoryDisk(), setting);
  await writeThrough(partition, 500);
  await partition.flush();
  await t.rejects(follow(partition, 0).ended, { code: 'LOG_TRUNCATED' });
  await partition.close();
});

t.test('one signal ends several feeds', async (t) => {
  const partition = await openOn(new MemoryDisk(), setting);
  const abort = new AbortController();
  const open = () => partition.changes(0, { live: true, signal: abort.signal })[Symbol.asyncIterator]();
  const feeds = [open(), open(), open()];
  const waiting = feeds.map((feed) => feed.next());
  await partition.write(mutationsOf({ a: '1' }));
  for (const first of waiting) t.equal((await first).value?.sequence, 1);
  await feeds[0]?.return?.();
  const last = feeds.slice(1).map((feed) => feed.next());
  await turn();
  abort.abort();
  for (const end of last) t.equal((await end).done, true);
  await partition.close();
});

t.test('one that falls behind by more than the bound is told so, and the log goes', async (t) => {
  const disk = new MemoryDisk();
  const bounded = { ...setting, options: { ...setting.options, feedLogBytesMax: 40_000 } };
  const partition = await openOn(disk, bounded);
  await partition.retain('registered', 0);
  await writeThrough(partition, 1);
  const feed = partition.changes(0, { live: true })[Symbol.asyncIterator]();
  await feed.next();
  await writeThrough(partition, 1500);
  await partition.flush();
  t.ok((await logFiles(disk)) > 12, 'a registered reader is not bounded');
  partition.dismiss('registered');
  await writeThrough(partition, 1510);
  await partition.flush();
  const files = await logFiles(disk);
  t.ok(files > 6 && files <= 12, `${files} files of 4096 bytes, spares and a segment that is read included`);
  const readAll = async () => {
    let last = 1;
    for (let next = await feed.next(); !next.done; next = await feed.next()) {
      t.equal(next.value.sequence, last + 1, 'no gap before it');
      last += 1;
    }
  };
  await t.rejects(readAll(), { code: 'LOG_TRUNCATED' });
  await partition.close();
});

t.test('a slow one that was reading when the disk became full goes on in the new log, too', async (t) => {
  for (const when of ['before', 'after'] as const) {
    const clock = new VirtualClock();
    const disk = new FaultyDisk(new MemoryDisk(), { clock });
    const partition = await openOn(disk, { ...setting, clock });
    const slow = partition.changes(0, { live: true })[Symbol.asyncIterator]();
    await writeThrough(partition, 1);
    await slow.next();
    await writeThrough(partition, 50);
    disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC', when } : undefined);
    await t.rejects(partition.write(mutationsOf({ a: 'x' })), { code: 'OUT_OF_SPACE' });
    disk.plan = () => undefined;
    while (partition.failure !== undefined) {
      clock.advance(spaceRetryMs);
      await turn();
    }
    const { sequence } = partition.statistics;
    t.equal(sequence, when === 'before' ? 50 : 51, 'what had reached the disk nevertheless is there');
    await writeThrough(partition, 200);
    for (let expected = 2; expected <= 200; expected += 1) {
      const { value } = await slow.next();
      if (value?.sequence !== expected) t.equal(value?.sequence, expected);
    }
    await slow.return?.();
    await partition.close();
  }
});

t.test('the power goes: what was yielded is there, and a registered reader goes on behind it', async (t) => {
  for (let seed = 0; seed < 20; seed += 1) {
    const memory = new MemoryDisk();
    const disk = new FaultyDisk(memory);
    let partition = await openOn(disk, setting);
    await partition.retain('copy', 0);
    const copy = await openOn(new MemoryDisk(), setting);
    const { changes } = follow(partition, 0);
    const random = new SeededRandom(seed);
    let remains: MemoryDisk | undefined;
    let yielded: readonly Change[] = [];
    let operations = 40 + seed * 7;
    disk.onIssued = () => {
      operations -= 1;
      if (operations > 0 || remains !== undefined) return;
      yielded = [...changes];
      remains = memory.crashClone({ random, survive: [0, 0.5, 1][seed % 3] ?? 0 });
      disk.stop();
    };
    for (let i = 0; remains === undefined; i += 1) {
      const writing = partition.write(mutationsOf({ [`k${i % 9}`]: `${seed} ${i}`, [`k${i % 4}`]: null }));
      const aWhile = Promise.all(Array.from({ length: 10 }, turn));
      await Promise.race([writing.catch(() => undefined), aWhile]);
    }
    for (const { mutations } of yielded) await copy.write(mutations);

    partition = await openOn(remains, setting);
    t.ok(partition.statistics.sequence >= yielded.length, `seed ${seed}: nothing was yielded too early`);
    const next = follow(partition, yielded.length);
    await partition.write(mutationsOf({ last: `${seed}` }));
    const { sequence } = partition.statistics;
    t.same(await next.through(sequence), range(yielded.length + 1, sequence));
    for (const { mutations } of next.changes) await copy.write(mutations);
    t.equal(
      await contentOf(copy),
      await contentOf(partition),
      'what was yielded, replayed, is the partition',
    );
    await partition.close();
    await copy.close();
  }
});

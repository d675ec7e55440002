/** The change feed: committed changes in order, each once; over flushes, restarts and recycled segments of the log. */
import t from 'tap';

import { spaceRetryMs } from '../../src/partition/limits.js';
import type { Partition } from '../../src/partition/types.js';
import { errorCode } from '../../src/vfs/errors.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { changesOf, contentOf, mutationsOf, openOn, type Setting, textOf } from './fixture.js';

/** Log segments of a few dozen records. */
const setting: Setting = {
  schedule: queueMicrotask,
  options: { memtableBytes: 3_000, delayMsMax: 0 },
  log: { segmentBytes: 4096, firstChunkBytes: 1024, batchBytesMax: 512 },
};

const logFiles = (disk: MemoryDisk) => disk.list('/partition/log');
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function writeThrough(partition: Partition, last: number): Promise<void> {
  for (let i = partition.statistics.sequence + 1; i <= last; i += 1) {
    await partition.write(mutationsOf({ [`k${i % 20}`]: `value ${i}` }));
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function sequencesAfter(partition: Partition, after: number): Promise<number[]> {
  return (await changesOf(partition, after)).map(({ sequence }) => sequence);
}

t.test('a change is what was written: deletions, several keys, the time', async (t) => {
  const partition = await openOn(new MemoryDisk(), setting);
  await partition.write(mutationsOf({ a: '1', b: '2' }));
  await partition.write(mutationsOf({ a: null }));
  await partition.update('b', () => null);
  await partition.update('b', (current) => mutationsOf({ c: `${Buffer.from(current ?? [])}!` }));
  const changes = await changesOf(partition, 0);
  const plain = changes.map(({ sequence, mutations }) => [
    sequence,
    ...mutations.map(({ key, value }) => `${key}=${value === null ? null : Buffer.from(value)}`),
  ]);
  t.same(plain, [
    [1, 'a=1', 'b=2'],
    [2, 'a=null'],
    [3, 'c=2!'],
  ]);
  t.ok(changes.every(({ timestampMs }, i) => timestampMs >= (changes[i - 1]?.timestampMs ?? 1)));
  t.same(await changesOf(partition, 3), []);
  await partition.close();
});

t.test('a registered reader gets all it has not passed: over flushes, merges, restarts', async (t) => {
  const disk = new MemoryDisk();
  let partition = await openOn(disk, setting);
  await partition.retain('reader', 0);
  for (let last = 100; last <= 400; last += 100) {
    await writeThrough(partition, last);
    await partition.flush();
    await partition.compact();
    await partition.close();
    partition = await openOn(disk, setting);
    t.same(await sequencesAfter(partition, 0), range(1, last), `through ${last}`);
    t.same(await sequencesAfter(partition, last - 30), range(last - 29, last));
  }
  await partition.close();
});

t.test('the slowest reader holds the log, over restarts; what all have passed is recycled', async (t) => {
  const disk = new MemoryDisk();
  let partition = await openOn(disk, setting);
  await partition.retain('slow', 0);
  await partition.retain('fast', 0);
  await writeThrough(partition, 500);
  await partition.retain('fast', 500);
  await partition.flush();
  const held = (await logFiles(disk)).length;
  t.ok(held > 5, `${held} files`);
  await partition.close();

  partition = await openOn(disk, setting);
  await writeThrough(partition, 510);
  await partition.flush();
  t.same(await sequencesAfter(partition, 0), range(1, 510), 'the slow one is remembered');

  await partition.retain('slow', 300);
  await writeThrough(partition, 520);
  await partition.flush();
  t.same(await sequencesAfter(partition, 300), range(301, 520));
  await t.rejects(sequencesAfter(partition, 0), { code: 'LOG_TRUNCATED' }, 'an error, and no gap');

  await partition.retain('slow', 520);
  await partition.retain('fast', 520);
  await writeThrough(partition, 530);
  await partition.flush();
  t.ok((await logFiles(disk)).length < held / 2, 'files went');
  t.same(await sequencesAfter(partition, 520), range(521, 530));
  await partition.close();
});

t.test('a reader that is dismissed holds nothing, after a restart neither', async (t) => {
  const disk = new MemoryDisk();
  let partition = await openOn(disk, setting);
  await partition.retain('gone', 0);
  await writeThrough(partition, 300);
  await partition.flush();
  const held = (await logFiles(disk)).length;
  partition.dismiss('gone');
  await writeThrough(partition, 310);
  await partition.flush();
  t.ok((await logFiles(disk)).length < held / 2, 'files went');
  await partition.close();
  partition = await openOn(disk, setting);
  await writeThrough(partition, 320);
  await partition.flush();
  await t.rejects(sequencesAfter(partition, 100), { code: 'LOG_TRUNCATED' });
  await partition.close();
});

t.test(
  'a reader that follows: each change once, in order, while segments are recycled behind it',
  async (t) => {
    const disk = new MemoryDisk();
    const partition = await openOn(disk, setting);
    await partition.retain('follower', 0);
    const seen: number[] = [];
    let files = 0;
    const writing = (async () => {
      for (let last = 10; last <= 2000; last += 10) {
        await writeThrough(partition, last);
        await turn();
      }
    })();
    while (seen.length < 2000) {
      for await (const { sequence } of partition.changes(seen.length)) {
        seen.push(sequence);
        if (sequence > partition.statistics.sequence) t.fail('a change that nobody can read yet');
      }
      await partition.retain('follower', seen.length);
      files = Math.max(files, (await logFiles(disk)).length);
      await turn();
    }
    await writing;
    t.same(seen, range(1, 2000));
    t.ok(files < 20, `${files} files at most`);
    await partition.close();
  },
);

t.test('back-pressure: a reader that does not ask makes the feed read nothing', async (t) => {
  const faulty = new FaultyDisk(new MemoryDisk());
  const partition = await openOn(faulty, setting);
  await partition.retain('reader', 0);
  await writeThrough(partition, 300);
  let bytesRead = 0;
  faulty.onIssued = ({ kind, path, length = 0 }) => {
    if (kind === 'read' && path.endsWith('.wal')) bytesRead += length;
  };
  const changes = partition.changes(0)[Symbol.asyncIterator]();
  t.equal(bytesRead, 0, 'nothing before it is asked');
  t.equal((await changes.next()).value?.sequence, 1);
  const afterFirst = bytesRead;
  await writeThrough(partition, 600);
  t.equal(bytesRead, afterFirst, 'nothing while it waits');
  t.ok(afterFirst <= 4096, 'one segment at most');
  for (let sequence = 2; sequence <= 600; sequence += 1) {
    const { value } = await changes.next();
    if (value?.sequence !== sequence) t.equal(value?.sequence, sequence);
  }
  t.equal((await changes.next()).done, true, 'it ends at the present');
  await partition.close();
});

t.test('a reader that stops early leaves nothing open', async (t) => {
  const disk = new MemoryDisk();
  const partition = await openOn(disk, setting);
  await partition.retain('reader', 0);
  await writeThrough(partition, 200);
  for await (const { sequence } of partition.changes(0)) if (sequence === 3) break;
  await partition.retain('reader', 200);
  await writeThrough(partition, 210);
  await partition.flush();
  await partition.close();
  t.ok((await logFiles(disk)).length <= 4, 'the segment that it was in could go');
});

t.test('what the feed yields, replayed, is the partition', async (t) => {
  const disk = new MemoryDisk();
  const partition = await openOn(disk, setting);
  await partition.retain('replica', 0);
  await writeThrough(partition, 250);
  await partition.write(mutationsOf({ k1: null, k2: null }));
  await partition.compact();
  const copy = await openOn(new MemoryDisk(), setting);
  for await (const { mutations } of partition.changes(0)) await copy.write(mutations);
  t.equal(await contentOf(copy), await contentOf(partition));
  t.equal(await textOf(copy, 'k1'), undefined);
  await partition.close();
  await copy.close();
});

t.test('whoever reads while the log is opened again gets all of it, or is told why not', async (t) => {
  for (const when of ['before', 'after'] as const) {
    const clock = new VirtualClock();
    const disk = new FaultyDisk(new MemoryDisk(), { clock });
    const partition = await openOn(disk, { ...setting, clock });
    await partition.retain('reader', 0);
    await writeThrough(partition, 50);
    // Of a record that is spread over batches the first ones are there, and are cut off when the log is opened again.
    let left = when === 'before' ? 2 : 0;
    disk.plan = ({ kind }) => {
      if (kind !== 'write') return undefined;
      left -= 1;
      return left < 0 ? { kind: 'error', code: 'ENOSPC', when } : undefined;
    };
    const value = 'x'.repeat(when === 'before' ? 1500 : 1);
    await t.rejects(partition.write(mutationsOf({ a: value })), { code: 'OUT_OF_SPACE' });
    disk.plan = () => undefined;
    const begun = [partition.changes(0), partition.changes(10)].map((changes) =>
      changes[Symbol.asyncIterator](),
    );
    for (const reader of begun) await reader.next();
    const reads: Promise<number[] | string>[] = [];
    // At each operation on the disk, those of the reads themselves excepted.
    disk.onIssued = ({ kind }) => {
      if (kind === 'read' || kind === 'open' || partition.failure === undefined) return;
      reads.push(sequencesAfter(partition, 0).catch((error: unknown) => errorCode(error) ?? String(error)));
    };
    while (partition.failure !== undefined) {
      clock.advance(spaceRetryMs);
      await turn();
    }
    disk.onIssued = () => undefined;
    const { sequence } = partition.statistics;
    t.equal(sequence, when === 'before' ? 50 : 51, 'what had reached the disk nevertheless is there');
    const found = await Promise.all(reads);
    t.ok(found.length > 3, `${found.length} reads`);
    for (const what of found) {
      if (what === 'OUT_OF_SPACE') continue;
      t.same(what, range(1, what.length === 50 ? 50 : sequence));
    }
    await writeThrough(partition, 200);
    for (const [index, reader] of begun.entries()) {
      let last = index * 10 + 1;
      for (let next = await reader.next(); !next.done; next = await reader.next()) {
        last += 1;
        if (next.value.sequence !== last) t.equal(next.value.sequence, last, 'no gap before it');
      }
      t.ok(last >= 50, `read through ${last}`);
    }
    await partition.close();
  }
});

t.test('a reader of the past is told that the partition was closed under it', async (t) => {
  const disk = new MemoryDisk();
  const partition = await openOn(disk, setting);
  await partition.retain('reader', 0);
  await writeThrough(partition, 300);
  const reader = partition.changes(0)[Symbol.asyncIterator]();
  await reader.next();
  await partition.close();
  // As the next opening does with what nobody needs.
  for (const name of await disk.list('/partition/log')) await disk.remove(`/partition/log/${name}`);
  const readAll = async () => {
    while (!(await reader.next()).done);
  };
  await t.rejects(readAll(), { code: 'CLOSED' });
});

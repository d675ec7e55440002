/** A checkpoint is one moment, whole or not there, and neither it nor its source disturbs the other. */
import t from 'tap';
import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type { Partition, SequenceNumber } from '../../src/partition/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { Clock } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import { errorCode } from '../../src/vfs/errors.js';
import { FaultyDisk, failNth } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock } from '../../src/vfs/system-clock.js';

const SOURCE = '/data/partition';
const TARGET = '/backup/one';
const KEYS = 120;

/** Small, so that segments end, are recycled, and tables merge all the time. */
function open(disk: Disk, directory = SOURCE, automaticCompaction = true): Promise<Partition> {
  return openPartition({
    directory,
    disk,
    clock: new SystemClock(),
    random: new SeededRandom(7),
    executor: new InlineExecutor(disk),
    shared: { blockCache: new BlockCache({ budgetBytes: 65_536 }), openFiles: new OpenFiles({ limit: 4 }) },
    options: {
      memtableBytes: 6_000,
      automaticCompaction,
      // Delays are timers that do not keep the process alive.
      level0SlowdownTables: 1000,
      level0StopTables: 2000,
      table: { blockBytes: 300, filterBitsPerKey: 10, compression: 'none' },
      compaction: { level0TablesMax: 2, baseBytes: 4_000, levelFactor: 3, targetTableBytes: 2_000 },
    },
    log: { segmentBytes: 4096, firstChunkBytes: 1024, batchBytesMax: 1024 },
  });
}

type Content = Map<string, string>;

/** What was written, by the sequence that it got. */
class History {
  readonly #writes = new Map<SequenceNumber, [key: string, value: string | null][]>();
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  async write(partition: Partition): Promise<void> {
    const writes = Array.from({ length: 1 + randomBelow(this.#random, 3) }, (): [string, string | null] => {
      const key = `k${String(randomBelow(this.#random, KEYS)).padStart(3, '0')}`;
      // Longer than a batch of the log, now and then.
      const bytes = randomBelow(this.#random, 40) === 0 ? 1500 : randomBelow(this.#random, 60);
      return [key, randomBelow(this.#random, 4) === 0 ? null : `${this.#random.uint32()}`.padEnd(bytes, '.')];
    });
    const mutations = writes.map(([key, value]) => ({
      key,
      value: value === null ? null : Buffer.from(value),
    }));
    this.#writes.set(await partition.write(mutations), writes);
  }

  at(sequence: SequenceNumber): Content {
    const content: Content = new Map();
    for (let at = 1; at <= sequence; at += 1) {
      for (const [key, value] of this.#writes.get(at) ?? []) {
        if (value === null) content.delete(key);
        else content.set(key, value);
      }
    }
    return new Map([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

async function contentOf(partition: Partition): Promise<Content> {
  const content: Content = new Map();
  const cursor = partition.range({});
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    content.set(entry.key, Buffer.from(entry.value).toString());
  }
  cursor.close();
  return content;
}

async function contentOn(disk: Disk, directory: string): Promise<{ content: Content; sequence: number }> {
  const partition = await open(disk, directory);
  const { sequence } = partition.statistics;
  const content = await contentOf(partition);
  await partition.close();
  return { content, sequence };
}

/** As a power cut now leaves it: only what was synced. */
const afterPowerCut = (disk: MemoryDisk, survive = 0, seed = 1) =>
  disk.crashClone({ random: new SeededRandom(seed), survive });

/** A delay is so many turns of the event loop. */
const turns: Clock = {
  now: () => 0,
  monotonic: () => 0,
  after: (count, callback) => {
    const wait = (left: number) => setImmediate(() => (left <= 0 ? callback() : wait(left - 1)));
    wait(count);
    return { cancel: () => undefined };
  },
};

/** Everything takes a while, so that others get a turn in between. */
function slow(disk: Disk, seed: number): Disk {
  const random = new SeededRandom(seed);
  return new FaultyDisk(disk, {
    plan: () => (randomBelow(random, 3) === 0 ? { kind: 'delay', delayMs: 0 } : undefined),
    clock: turns,
  });
}

t.test('taken under writes and compaction it is exactly one moment', async (t) => {
  for (const seed of [1, 2]) {
    const disk = new MemoryDisk();
    const partition = await open(slow(disk, seed));
    const history = new History(seed);
    let writing = true;
    const writers = Array.from({ length: 4 }, async () => {
      while (writing) await history.write(partition);
    });
    const taken = [];
    for (let i = 0; i < 4; i += 1) {
      const from = partition.statistics.sequence;
      while (partition.statistics.sequence < from + 150)
        await new Promise((resolve) => setImmediate(resolve));
      const directory = `/backup/${i}`;
      const before = partition.statistics.sequence;
      const checkpoint = await partition.checkpoint(directory);
      t.ok(checkpoint.sequence >= before, 'not before it was asked for');
      taken.push({ directory, ...checkpoint, disk: afterPowerCut(disk) });
    }
    writing = false;
    await Promise.all(writers);
    await partition.compact();
    t.ok(
      partition.statistics.compaction.merges > 0 && taken.some(({ tables }) => tables > 1),
      `seed ${seed}`,
    );
    for (const { directory, sequence, disk: synced } of taken) {
      const expected = { content: history.at(sequence), sequence };
      t.same(await contentOn(synced, directory), expected, `${directory} of seed ${seed}, once it was taken`);
      t.same(await contentOn(disk, directory), expected, `${directory} of seed ${seed}, much later`);
    }
    t.same(await contentOf(partition), history.at(partition.statistics.sequence), 'the source goes on');
    await partition.close();
  }
});

async function filled(disk: Disk): Promise<{ partition: Partition; history: History }> {
  const partition = await open(disk, SOURCE, false);
  const history = new History(5);
  for (let i = 0; i < 150; i += 1) await history.write(partition);
  await partition.flush();
  for (let i = 0; i < 30; i += 1) await history.write(partition);
  return { partition, history };
}

t.test('an error at any operation leaves nothing or all of it', async (t) => {
  const disk = new FaultyDisk(new MemoryDisk());
  const { partition, history } = await filled(disk);
  let whole = 0;
  for (let nth = 0; ; nth += 1) {
    const target = `${TARGET}-${nth}`;
    disk.plan = failNth(nth, 'EIO', ({ path }) => path.startsWith('/backup'));
    const failed = await partition.checkpoint(target).then(
      () => false,
      (error: unknown) =>
        ['EIO', 'LOG_FAILED', 'LOG_NO_ROOM'].includes(errorCode(error) ?? '') || Promise.reject(error),
    );
    disk.plan = () => undefined;
    const { sequence } = partition.statistics;
    const there = (await disk.status(target)) !== undefined;
    if (there) {
      whole += 1;
      t.same(await contentOn(disk, target), { content: history.at(sequence), sequence }, `operation ${nth}`);
    } else if (failed) {
      t.equal((await partition.checkpoint(target)).sequence, sequence, 'it can be tried again');
    }
    await history.write(partition);
    if (!failed) {
      t.ok(nth > 30 && there, `${nth} operations failed, ${whole} checkpoints were whole`);
      break;
    }
  }
  t.same(await contentOf(partition), history.at(partition.statistics.sequence));
  await partition.close();
});

t.test('a power cut at any operation leaves nothing or all of it, and the source', async (t) => {
  const original = new MemoryDisk();
  const { history } = await filled(original);
  for (let stop = 0; ; stop += 1) {
    const memory = afterPowerCut(original);
    const disk = new FaultyDisk(memory);
    const partition = await open(disk, SOURCE, false);
    const { sequence } = partition.statistics;
    const first = disk.operations;
    const remains: MemoryDisk[] = [];
    disk.onIssued = ({ index }) => {
      if (index !== first + stop) return;
      disk.stop();
      remains.push(...[0, 0.5, 1].map((survive) => afterPowerCut(memory, survive, stop)));
    };
    const taken = await partition.checkpoint(TARGET).then(
      () => true,
      () => false,
    );
    for (const disk of remains) {
      const expected = { content: history.at(sequence), sequence };
      if ((await disk.status(TARGET)) !== undefined)
        t.same(await contentOn(disk, TARGET), expected, `cut at operation ${stop}`);
      const partial = await outcomeOf(disk, `${TARGET}.tmp`);
      t.ok(
        partial === 'nothing' || partial === 'refused' || partial === sequence,
        'a partial copy is no partition',
      );
      t.same(await contentOn(disk, SOURCE), expected, 'the source is what it was');
    }
    if (taken) break;
  }
});

/** What opening a directory comes to; the sequence when it is a partition. */
async function outcomeOf(disk: Disk, directory: string): Promise<'nothing' | 'refused' | SequenceNumber> {
  if ((await disk.status(directory)) === undefined || (await disk.list(directory)).length === 0)
    return 'nothing';
  try {
    return (await contentOn(disk, directory)).sequence;
  } catch (error) {
    if (errorCode(error) === 'PARTITION_CORRUPT') return 'refused';
    throw error;
  }
}

t.test('source and checkpoint do not disturb each other', async (t) => {
  const disk = new MemoryDisk();
  const { partition, history } = await filled(disk);
  const { sequence } = await partition.checkpoint(TARGET);
  const expected = history.at(sequence);

  const copy = await open(disk, TARGET);
  for (let i = 0; i < KEYS; i += 1) await copy.write([{ key: `k${i}`, value: Buffer.from('of the copy') }]);
  await copy.compact();
  t.same(await contentOf(partition), expected, 'the source knows nothing of writes to the copy');
  await copy.close();

  await partition.checkpoint('/backup/two');
  for (let i = 0; i < 300; i += 1) await history.write(partition);
  await partition.compact();
  await partition.close();
  t.same(await contentOn(disk, '/backup/two'), { content: expected, sequence });
});

t.test('readers of the log find in the copy what they have not passed', async (t) => {
  const disk = new MemoryDisk();
  const partition = await open(disk, SOURCE, false);
  await partition.retain('slow', 10);
  const history = new History(9);
  for (let i = 0; i < 200; i += 1) await history.write(partition);
  await partition.flush();
  const { sequence } = await partition.checkpoint(TARGET);
  const copy = await open(disk, TARGET);
  const changes = [];
  for await (const change of copy.changes(10)) changes.push(change.sequence);
  t.same(
    changes,
    Array.from({ length: sequence - 10 }, (_, i) => 11 + i),
  );
  await copy.close();
  // One that asks for what was released before it came does not stand in the way.
  partition.dismiss('slow');
  await history.write(partition);
  await partition.flush();
  await partition.retain('late', 0);
  t.equal((await partition.checkpoint('/backup/two')).sequence, sequence + 1);
  await partition.close();
});

t.test(
  'a disk that gets full under the copy of the log: no checkpoint, and nobody is left waiting',
  async (t) => {
    const disk = new MemoryDisk();
    const faulty = new FaultyDisk(disk, { clock: turns });
    const partition = await open(faulty);
    await partition.retain('reader', 0);
    const history = new History(5);
    while (partition.statistics.sequence < 200) await history.write(partition);
    const isCopy = (path: string) => path.startsWith('/backup/');
    let left = 0;
    let isFull = true;
    for (let room = 1; isFull; room += 1) {
      left = room;
      isFull = false;
      faulty.plan = ({ kind, path }) => {
        // The log is read slowly, so that the copy fails between two pieces of it.
        if (kind === 'read' && !isCopy(path)) return { kind: 'delay', delayMs: 20 };
        if (!isCopy(path) || (kind !== 'truncate' && kind !== 'write')) return undefined;
        left -= 1;
        isFull ||= left < 0;
        return left < 0 ? { kind: 'error', code: 'ENOSPC' } : undefined;
      };
      const taken = await partition.checkpoint(TARGET).catch((error: unknown) => error);
      t.equal(taken instanceof Error, isFull, `with room for ${room} operations`);
      if (isFull) t.ok(['ENOSPC', 'LOG_NO_SPACE'].includes(errorCode(taken) ?? ''), String(taken));
    }
    t.same((await contentOn(disk, TARGET)).content, history.at(partition.statistics.sequence));
    await partition.close();
  },
);

t.test('what is there is not overwritten, and a closed partition is not copied', async (t) => {
  const disk = new MemoryDisk();
  const partition = await open(disk);
  t.equal((await partition.checkpoint(TARGET)).sequence, 0, 'of an empty partition');
  await t.rejects(partition.checkpoint(TARGET), { code: 'CHECKPOINT_EXISTS' });
  const late = partition.checkpoint('/backup/late');
  await partition.close();
  await late;
  t.same(await contentOn(disk, '/backup/late'), { content: new Map(), sequence: 0 }, 'closing waits for it');
  await t.rejects(partition.checkpoint('/backup/later'), { code: 'CLOSED' });
});

t.test(
  'a transaction in doubt is in doubt in the copy, also when the flush has passed its prepare',
  async (t) => {
    const disk = new MemoryDisk();
    const partition = await open(disk);
    const id = 'ab'.repeat(16);
    await partition.prepare(id, [{ key: 'k', value: Buffer.from('prepared') }], ['other']);
    await partition.write([{ key: 'l', value: Buffer.from('later') }]);
    await partition.flush();
    await partition.checkpoint(TARGET);
    void partition.abort(id);
    const copy = await open(disk, TARGET);
    t.same([...copy.prepared.keys()], [id]);
    void copy.commit(id, { id, timestampMs: 1 });
    t.same(
      await contentOf(copy),
      new Map([
        ['k', 'prepared'],
        ['l', 'later'],
      ]),
    );
    t.same(await contentOf(partition), new Map([['l', 'later']]));
    await copy.close();
    await partition.close();
  },
);

/**
 * One small workload, stopped at each of its operations on the disk, and with each of them failing, one after the other:
 * not by chance. It makes a partition, writes, deletes, flushes, rotates and recycles the log, merges, registers a reader
 * of the log, closes, and opens again; so every step of a flush, a merge, a manifest edit, a log rotation and an opening
 * is among them.
 */
import t, { type Test } from 'tap';

import type { Partition } from '../../src/partition/types.js';
import { errorCode } from '../../src/vfs/errors.js';
import { type DiskOperation, FaultyDisk, failNth, isMutating } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { checkFiles } from '../simulation/checks.js';
import { cutPower } from '../vfs/power-cut.js';
import { changesOf, contentOf, directory, mutationsOf, openOn, type Setting } from './fixture.js';

const settings: Setting = {
  options: {
    memtableBytes: 100_000,
    automaticCompaction: false,
    table: { blockBytes: 64, filterBitsPerKey: 10, compression: 'none' },
  },
  log: { segmentBytes: 4096, firstChunkBytes: 1024, batchBytesMax: 512 },
};

type Values = { readonly [key: string]: string | null };

/** What was issued, in order, and how far it was acknowledged. */
class Journal {
  readonly records: Values[] = [];
  acknowledged = 0;

  async write(partition: Partition, values: Values): Promise<void> {
    this.records.push(values);
    this.acknowledged = await partition.write(mutationsOf(values));
  }

  /** `a=1 b=2`: of every key after the first `count` records. */
  contentAfter(count: number): string {
    const content: Values = Object.assign({}, ...this.records.slice(0, count));
    return Object.entries(content)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(' ');
  }
}

async function workload(disk: FaultyDisk, journal: Journal): Promise<void> {
  let partition = await openOn(disk, settings);
  try {
    await partition.retain('reader', 0);
    for (let i = 0; i < 4; i += 1) await journal.write(partition, { [`a${i}`]: `first ${i}`, b: `${i}` });
    await partition.flush();
    await journal.write(partition, { a1: null, c: 'x'.repeat(600) });
    await partition.flush();
    await partition.compact();
    await partition.retain('reader', 5);
    await journal.write(partition, { b: null, a2: 'second' });
    await partition.flush();
    await journal.write(partition, { d: 'only in the log' });
    await partition.close();
    partition = await openOn(disk, settings);
    await journal.write(partition, { b: 'again' });
    await partition.compact();
    await journal.write(partition, { c: null });
  } finally {
    await partition.close();
  }
}

/** The partition opens on a sound disk; holds a prefix with all that was acknowledged; is written to and opens again. */
async function checkRecovered(t: Test, disk: MemoryDisk, journal: Journal, where: string): Promise<void> {
  const partition = await openOn(disk, settings);
  const { sequence } = partition.statistics;
  if (sequence < journal.acknowledged) t.fail(`${where}: recovered ${sequence} of ${journal.acknowledged}`);
  const content = await contentOf(partition);
  const expected = journal.contentAfter(sequence);
  if (JSON.stringify(content) !== JSON.stringify(expected))
    t.same(content, expected, `${where}: the content`);
  await partition.write(mutationsOf({ e: 'after' }));
  const changes = (await changesOf(partition, sequence)).map((change) => change.sequence);
  if (changes.join() !== `${sequence + 1}`) t.same(changes, [sequence + 1], `${where}: the change feed`);
  await partition.compact();
  await partition.close();
  await checkFiles(disk, directory, partition);
  const again = await openOn(disk, settings);
  const expectedAgain = `${expected} e=after`.trim();
  const contentAgain = await contentOf(again);
  if (contentAgain !== expectedAgain)
    t.equal(contentAgain, expectedAgain, `${where}: the content after it went on`);
  await again.close();
}

/** Operations of the workload when nothing fails. */
async function countOperations(which: (operation: DiskOperation) => boolean): Promise<number> {
  let count = 0;
  const disk = new FaultyDisk(new MemoryDisk(), {
    onIssued: (operation) => {
      if (which(operation)) count += 1;
    },
  });
  await workload(disk, new Journal());
  return count;
}

for (const survive of [0, 0.5, 1]) {
  t.test(`a stop at each step, ${survive * 100} % of what was not synced left`, async (t) => {
    const steps = await countOperations(isMutating);
    for (let step = 0; step < steps; step += 1) {
      const memory = new MemoryDisk();
      const journal = new Journal();
      const disk = new FaultyDisk(memory);
      const cut = cutPower(disk, memory, { step, survive });
      await workload(disk, journal).catch(() => undefined);
      const { remains = memory } = cut;
      t.not(remains, memory, 'it was stopped');
      await checkRecovered(t, remains, journal, `step ${step}`);
    }
    t.ok(steps > 80, `${steps} steps`);
  });
}

for (const [code, when] of [
  ['EIO', 'before'],
  ['EIO', 'after'],
  ['ENOSPC', 'before'],
] as const) {
  t.test(`${code} at each operation (${when} it took effect)`, async (t) => {
    const writes = ({ kind }: DiskOperation) => kind === 'write' || kind === 'truncate' || kind === 'open';
    const which = code === 'ENOSPC' ? writes : () => true;
    const steps = await countOperations(which);
    const outcomes = new Map<string, number>();
    for (let step = 0; step < steps; step += 1) {
      const memory = new MemoryDisk();
      const journal = new Journal();
      const nth = failNth(step, code, which);
      const disk = new FaultyDisk(memory, {
        plan: (operation) => {
          const fault = nth(operation);
          return fault?.kind === 'error' ? { ...fault, when } : fault;
        },
      });
      let outcome = 'no harm';
      try {
        await workload(disk, journal);
      } catch (error) {
        outcome = errorCode(error) ?? 'no code';
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await checkRecovered(t, memory, journal, `${code} at operation ${step}`);
    }
    t.comment(JSON.stringify([...outcomes]));
    const expected = [
      'no harm',
      code,
      'WRITE_UNCERTAIN',
      'READ_ONLY',
      'OUT_OF_SPACE',
      'LOG_FAILED',
      'LOG_NO_SPACE',
      'LOG_NO_ROOM',
      'STALLED',
    ];
    t.same(
      [...outcomes.keys()].filter((outcome) => !expected.includes(outcome)),
      [],
      'an error says what failed',
    );
    t.ok(steps > 20, `${steps} steps`);
  });
}

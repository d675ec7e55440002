/** Tables that are made beside log and memtable: what they hide, where they go, and that a stop leaves all of one or nothing. */
import t, { type Test } from 'tap';

import { EntryPacker, type PackedPiece } from '../../src/compaction/packed-entries.js';
import type { Partition } from '../../src/partition/types.js';
import { verifyPartition } from '../../src/partition/verify.js';
import { errorCode } from '../../src/vfs/errors.js';
import { FaultyDisk, failNth, isMutating } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { checkFiles } from '../simulation/checks.js';
import { cutPower } from '../vfs/power-cut.js';
import { changesOf, contentOf, directory, mutationsOf, openOn } from './fixture.js';

function pieceOf(...pairs: readonly (readonly [string, string])[]): PackedPiece {
  const entries = new SharedArrayBuffer(4096);
  const packer = new EntryPacker(entries);
  for (const [key, text] of pairs) packer.add({ key, sequence: 0, value: Buffer.from(text) });
  return { entries, count: packer.count };
}

async function checkSound(t: Test, disk: MemoryDisk): Promise<void> {
  const found: string[] = [];
  const observer = {
    onBytes: () => undefined,
    onFinding: ({ fault }: { fault: string }) => found.push(fault),
  };
  await verifyPartition({ disk, directory, observer });
  t.same(found, [], 'nothing is found');
}

const inLevels = (partition: Partition) => partition.statistics.tablesPerLevel.join(' ');

t.test('loads in the order of their keys go to the last level, and nothing is merged', async (t) => {
  const disk = new MemoryDisk();
  let partition = await openOn(disk);
  for (let n = 0; n < 10; n += 1) {
    await partition.load([pieceOf([`k${n}b`, '2']), pieceOf([`k${n}a`, '1'])]);
  }
  t.equal(inLevels(partition), '0 0 0 0 0 0 10');
  const expected = Array.from({ length: 10 }, (_, n) => `k${n}a=1 k${n}b=2`).join(' ');
  t.equal(await contentOf(partition), expected);
  t.equal(partition.statistics.compaction.merges, 0);
  t.same(await changesOf(partition, 0), [], 'the change feed does not have them');
  await partition.close();
  await checkSound(t, disk);
  partition = await openOn(disk);
  t.equal(await contentOf(partition), expected, 'opened again');
  const sequence = await partition.write(mutationsOf({ k0a: 'written', k5b: null }));
  t.equal(sequence, 11, 'writes go on after the loads');
  t.same(
    (await changesOf(partition, 10)).map((change) => change.sequence),
    [11],
  );
  await partition.compact();
  t.equal(await contentOf(partition), expected.replace('k0a=1', 'k0a=written').replace(' k5b=2', ''));
  await partition.close();
  await checkSound(t, disk);
});

t.test('the later entry of a key stays: within a piece, among pieces, among loads', async (t) => {
  const disk = new MemoryDisk();
  const partition = await openOn(disk, { options: { automaticCompaction: false } });
  await partition.load([pieceOf(['a', '1'], ['b', '1'], ['a', '2']), pieceOf(['b', '2'], ['z', '1'])]);
  t.equal(await contentOf(partition), 'a=2 b=2 z=1');
  await partition.load([pieceOf(['b', '3'], ['c', '3'])]);
  t.equal(inLevels(partition), '1 0 0 0 0 0 1', 'what overlaps stays above');
  await partition.load([pieceOf(['zz', '4'])]);
  t.equal(inLevels(partition), '2 0 0 0 0 0 1', 'and so does what comes while something is above');
  t.equal(await contentOf(partition), 'a=2 b=3 c=3 z=1 zz=4');
  await partition.compact();
  t.equal(await contentOf(partition), 'a=2 b=3 c=3 z=1 zz=4');
  await partition.close();
  await checkSound(t, disk);
});

t.test('a partition that is written to is not loaded', async (t) => {
  const partition = await openOn(new MemoryDisk());
  await partition.write(mutationsOf({ a: '1' }));
  await t.rejects(partition.load([pieceOf(['b', '1'])]), { message: /is not written to/ });
  await partition.flush();
  await partition.load([pieceOf(['b', '1'])]);
  t.equal(await contentOf(partition), 'a=1 b=1');
  await partition.close();
  await t.rejects(partition.load([pieceOf(['c', '1'])]), { code: 'CLOSED' });
});

async function workload(disk: FaultyDisk, onLoaded: (loads: number) => void): Promise<void> {
  const partition = await openOn(disk);
  try {
    for (let n = 0; n < 3; n += 1) {
      await partition.load([pieceOf([`a${n}`, `${n}`], ['b', `${n}`])]);
      onLoaded(n + 1);
    }
  } finally {
    await partition.close();
  }
}

const CONTENTS = ['', 'a0=0 b=0', 'a0=0 a1=1 b=1', 'a0=0 a1=1 a2=2 b=2'];

async function checkLoaded(t: Test, disk: MemoryDisk, loaded: number, where: string): Promise<void> {
  const partition = await openOn(disk);
  const content = await contentOf(partition);
  const found = CONTENTS.indexOf(content);
  if (found < loaded) t.fail(`${where}: ${loaded} loads were done, and the content is ${content}`);
  await partition.load([pieceOf(['c', 'after'])]);
  if ((await contentOf(partition)) !== `${content} c=after`.trim()) t.fail(`${where}: it does not go on`);
  await partition.close();
  await checkFiles(disk, directory, partition);
  await checkSound(t, disk);
}

for (const survive of [0, 0.5, 1]) {
  t.test(`a stop at each step, ${survive * 100} % of what was not synced left`, async (t) => {
    for (let step = 0; ; step += 1) {
      const memory = new MemoryDisk();
      let loaded = 0;
      const disk = new FaultyDisk(memory);
      const cut = cutPower(disk, memory, { step, survive });
      await workload(disk, (loads) => {
        loaded = loads;
      }).catch(() => undefined);
      if (cut.remains === undefined) {
        t.ok(step > 25, `${step} steps`);
        return;
      }
      await checkLoaded(t, cut.remains, loaded, `step ${step}`);
    }
  });
}

t.test('each operation fails: the load says so, and what was loaded before stays', async (t) => {
  const outcomes = new Set<string>();
  for (let step = 0; ; step += 1) {
    const memory = new MemoryDisk();
    let loaded = 0;
    let hasFailed = false;
    const nth = failNth(step, 'EIO', isMutating);
    const disk = new FaultyDisk(memory, {
      plan: (operation) => {
        const fault = nth(operation);
        hasFailed ||= fault !== undefined;
        return fault;
      },
    });
    const outcome = await workload(disk, (loads) => {
      loaded = loads;
    }).then(
      () => 'no harm',
      (error: unknown) => errorCode(error) ?? String(error),
    );
    if (!hasFailed) break;
    outcomes.add(outcome);
    await checkLoaded(t, memory, loaded, `operation ${step}`);
  }
  const expected = ['no harm', 'EIO', 'WRITE_UNCERTAIN', 'READ_ONLY', 'LOG_FAILED'];
  t.same(
    [...outcomes].filter((outcome) => !expected.includes(outcome)),
    [],
    'an error says what failed',
  );
  t.ok(outcomes.has('EIO'));
});

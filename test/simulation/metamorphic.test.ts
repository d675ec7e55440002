/**
 * The same operations under different options give the same answers. Options, the kind of disk, restarts, flushes and
 * merges may change how fast something is, and nothing else.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';

import type { PartitionOptions } from '../../src/partition/limits.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { Clock } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { RealDisk } from '../../src/vfs/real-disk.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { openOn, type Setting } from '../partition/fixture.js';
import { Choices } from './choices.js';
import { makeScript, ScriptRun, type Step } from './script.js';

interface Variant extends Setting {
  readonly disk?: Disk;
  /** Steps between restarts; they wait until no snapshot is held. */
  readonly restartEvery?: number;
}

/** The wall clock of a script shows the number of its step; time in which background work waits is real. */
class StepClock extends SystemClock implements Clock {
  step = 0;

  override now(): number {
    return 1_700_000_000_000 + this.step;
  }
}

/** Level 0 never delays writes: a delayed one would be overtaken by those behind it. */
const unhurried = { delayMsMax: 0 };
const table = { blockBytes: 4096, filterBitsPerKey: 10, compression: 'none' } as const;
const compaction = { level0TablesMax: 4, baseBytes: 4_000, levelFactor: 4, targetTableBytes: 2_000 };

const variants: Readonly<Record<string, Variant>> = {
  'a tiny memtable': { options: { memtableBytes: 300, frozenMemtablesMax: 1, compaction } },
  'a memtable that is never full': { options: { memtableBytes: 2 ** 30 } },
  'tiny blocks without filters': {
    options: { memtableBytes: 2_000, table: { ...table, blockBytes: 64, filterBitsPerKey: 0 } },
  },
  'no cache and one open file': {
    options: { memtableBytes: 2_000 },
    shared: { blockCache: new BlockCache({ budgetBytes: 0 }), openFiles: new OpenFiles({ limit: 1 }) },
  },
  'one level': {
    options: {
      memtableBytes: 1_000,
      compaction: { ...compaction, level0TablesMax: 1, baseBytes: 2 ** 30, targetTableBytes: 2 ** 30 },
    },
  },
  'many levels': {
    options: {
      memtableBytes: 500,
      compaction: { level0TablesMax: 1, baseBytes: 300, levelFactor: 2, targetTableBytes: 200 },
    },
  },
  'no merge unless asked for': {
    options: {
      memtableBytes: 3_000,
      automaticCompaction: false,
      level0SlowdownTables: 999,
      level0StopTables: 1000,
    },
  },
  'compressed blocks': {
    options: { memtableBytes: 2_000, table: { ...table, compression: 'deflate' }, compaction },
  },
  'tiny log segments and batches': {
    options: { memtableBytes: 2_000, compaction },
    log: { segmentBytes: 4096, firstChunkBytes: 512, batchBytesMax: 256, sparesMax: 3 },
  },
  'a restart after every operation': { restartEvery: 1, options: { memtableBytes: 4_000, compaction } },
  'a restart after every seventh operation': { restartEvery: 7, log: { segmentBytes: 4096 } },
};

async function run(script: readonly Step[], variant: Variant): Promise<string[]> {
  const {
    disk = new MemoryDisk({ trackDurability: false }),
    restartEvery = Number.POSITIVE_INFINITY,
    ...settings
  } = variant;
  const clock = new StepClock();
  const options: Partial<PartitionOptions> = { ...settings.options, ...unhurried };
  const scriptRun = new ScriptRun(() => openOn(disk, { ...settings, clock, options }));
  const answers: string[] = [];
  let sinceStart = 0;
  for (const step of script) {
    answers.push(JSON.stringify(await scriptRun.answer(step)) ?? '');
    clock.step += 1;
    sinceStart += 1;
    if (sinceStart < restartEvery || scriptRun.holdsSnapshots) continue;
    await scriptRun.close();
    sinceStart = 0;
  }
  answers.push(JSON.stringify(await scriptRun.everything()));
  await scriptRun.close();
  answers.push(JSON.stringify(await scriptRun.everything()));
  await scriptRun.close();
  return answers;
}

for (const seed of [1, 2, 3]) {
  t.test(`script ${seed}`, async (t) => {
    const script = makeScript(seed, 150);
    const expected = await run(script, {});
    const check = async (name: string, variant: Variant) => {
      const answers = await run(script, variant);
      const step = answers.findIndex((answer, at) => answer !== expected[at]);
      const where = step < 0 ? '' : `: step ${step}, ${JSON.stringify(script[step])}`;
      t.same(answers[step], expected[step], `${name}${where}`);
    };
    for (const [name, variant] of Object.entries(variants)) await check(name, variant);
    const options = new Choices(seed).partitionOptions();
    await check(`options by chance: ${JSON.stringify(options)}`, { options });
    const directory = await mkdtemp(join(tmpdir(), 'varve-metamorphic-'));
    t.teardown(() => rm(directory, { recursive: true }));
    await check('a real disk', {
      disk: new RealDisk(),
      directory,
      options: { memtableBytes: 4_000, compaction },
    });
  });
}

/** Merges are held to a rate, until writers could come to wait for them. */
import t from 'tap';

import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import type { JobSignals } from '../../src/compaction/job-control.js';
import type { BackgroundJob, CompactionSpec, Executor } from '../../src/compaction/types.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { mutationsOf, openOn } from './fixture.js';

t.test('a merge has the rate, and hurries from twice the tables of level 0 on', async (t) => {
  const disk = new MemoryDisk();
  const inline = new InlineExecutor(disk);
  const merges: { spec: CompactionSpec; signals: JobSignals | undefined }[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const executor: Executor = {
    async run<Result>(job: BackgroundJob, signals?: JobSignals): Promise<Result> {
      if (job.kind === 'compaction') {
        merges.push({ spec: job as CompactionSpec, signals });
        await gate;
      }
      return inline.run<Result>(job, signals);
    },
    close: () => inline.close(),
  };
  const mergeRate = { bytesPerSecond: 1_000_000 };
  const partition = await openOn(disk, { executor, options: { mergeRate } });
  const hurried: boolean[] = [];
  for (let table = 1; table <= 8; table += 1) {
    await partition.write(mutationsOf({ k: `${table}` }));
    await partition.flush();
    if (merges.length > 0) hurried.push(merges[0]?.signals?.hurry?.aborted === true);
  }
  t.equal(merges.length, 1, 'the first waits');
  t.equal(merges[0]?.spec.bytesPerSecond, 1_000_000);
  t.same([hurried.at(0), hurried.at(-2), hurried.at(-1)], [false, false, true]);
  mergeRate.bytesPerSecond = 2_000_000;
  open();
  for (let table = 1; table <= 4; table += 1) {
    await partition.write(mutationsOf({ k: `${table}` }));
    await partition.flush();
  }
  for (let turn = 0; turn < 1000 && merges.length < 2; turn += 1) await new Promise(setImmediate);
  t.equal(merges[1]?.spec.bytesPerSecond, 2_000_000, 'a rate that was changed counts from the next merge on');
  await partition.write(mutationsOf({ k: 'last' }));
  await partition.compact();
  t.equal(merges.at(-1)?.spec.bytesPerSecond, 0, 'what is asked for by hand is not held');
  await partition.close();
});

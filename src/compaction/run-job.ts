/** What a job's kind means: the one place that both executors go through. */
import type { Clock } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import { runCompaction } from './compaction-job.js';
import { runFlush } from './flush-job.js';
import type { JobControl } from './job-control.js';
import { runLoad } from './load-job.js';
import { Pace } from './pace.js';
import type { BackgroundJob, CompactionSpec, FlushSpec, LoadSpec } from './types.js';

/** `clock`: for the rate of merges; absent, they have none. */
export async function runJob(
  disk: Disk,
  job: BackgroundJob,
  control: JobControl,
  clock?: Clock,
): Promise<unknown> {
  control.goOn();
  if (job.kind === 'compaction') {
    const spec = job as CompactionSpec;
    const pace = clock === undefined ? undefined : new Pace(clock, spec.bytesPerSecond, control);
    return runCompaction(disk, spec, control, pace);
  }
  if (job.kind === 'flush') return runFlush(disk, job as FlushSpec, control);
  if (job.kind === 'load') return runLoad(disk, job as LoadSpec, control);
  throw new TypeError(`no such job: ${job.kind}`);
}

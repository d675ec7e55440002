/** What a job's kind means: the one place that both executors go through. */
import type { Disk } from '../vfs/disk.js';
import type { Cancellation } from './cancellation.js';
import { runCompaction } from './compaction-job.js';
import { runFlush } from './flush-job.js';
import type { BackgroundJob, CompactionSpec, FlushSpec } from './types.js';

export async function runJob(disk: Disk, job: BackgroundJob, cancellation: Cancellation): Promise<unknown> {
  cancellation.throwIfCancelled();
  if (job.kind === 'compaction') return runCompaction(disk, job as CompactionSpec, cancellation);
  if (job.kind === 'flush') return runFlush(disk, job as FlushSpec, cancellation);
  throw new TypeError(`no such job: ${job.kind}`);
}

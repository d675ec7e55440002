/** What a job's kind means: the one place that both executors go through. */
import type { Disk } from '../vfs/disk.js';
import type { Cancellation } from './cancellation.js';
import { runCompaction } from './compaction-job.js';
import type { BackgroundJob, CompactionSpec } from './types.js';

export async function runJob(disk: Disk, job: BackgroundJob, cancellation: Cancellation): Promise<unknown> {
  cancellation.throwIfCancelled();
  if (job.kind === 'compaction') return runCompaction(disk, job as CompactionSpec, cancellation);
  throw new TypeError(`no such job: ${job.kind}`);
}

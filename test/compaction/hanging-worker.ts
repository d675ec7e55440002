/** A worker whose jobs answer, or begin and never end: without leaving the thread to others, or waiting for nothing. */
import { JobControl } from '../../src/compaction/job-control.js';
import type { JobAnswer, JobMessage } from '../../src/compaction/worker.js';

export function answer({ job, control }: JobMessage): Promise<JobAnswer> {
  new JobControl(control).goOn();
  if (job.kind === 'answer') return Promise.resolve({ ok: true, result: 'an answer' });
  const { began } = job as unknown as { readonly began: SharedArrayBuffer };
  Atomics.store(new Int32Array(began), 0, 1);
  while (job.kind === 'spin');
  return new Promise(() => undefined);
}

/** What runs on a thread of the pool. It opens a real disk of its own: nothing is shared with the owner but files. */
import { errorCode } from '../vfs/errors.js';
import { RealDisk } from '../vfs/real-disk.js';
import { SystemClock } from '../vfs/system-clock.js';
import type { JobFault } from './errors.js';
import { JobControl } from './job-control.js';
import { runJob } from './run-job.js';
import type { BackgroundJob } from './types.js';

/** To a thread: plain data, and what the job is told later. */
export interface JobMessage {
  readonly job: BackgroundJob;
  readonly control: SharedArrayBuffer;
}

/** From a thread. A job that fails is an answer too; no answer means that the thread has died. */
export type JobAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly fault: JobFault };

const disk = new RealDisk();
const clock = new SystemClock(true);

export async function answer({ job, control }: JobMessage): Promise<JobAnswer> {
  try {
    return { ok: true, result: await runJob(disk, job, new JobControl(control), clock) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, fault: { code: errorCode(error), message, stack } };
  }
}

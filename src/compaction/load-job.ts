/** Runs a load: sorts entries that were packed by whoever fills a partition, and writes them as one table. */
import type { Disk } from '../vfs/disk.js';
import type { JobControl } from './job-control.js';
import { entriesPerCheck } from './limits.js';
import { unpackSorted } from './packed-entries.js';
import { TableOutput } from './table-output.js';
import type { LoadSpec, TableJobResult } from './types.js';

export async function runLoad(disk: Disk, spec: LoadSpec, control: JobControl): Promise<TableJobResult> {
  const output = new TableOutput(disk, spec);
  try {
    const sorted = unpackSorted(spec.pieces);
    for (const [at, { key, value }] of sorted.entries()) {
      // The next one was added later.
      if (sorted[at + 1]?.key === key) continue;
      const writing = output.add(key, spec.sequence, value);
      if (writing !== undefined) await writing;
      if (at % entriesPerCheck === 0) control.goOn();
    }
    return { outputs: await output.finish() };
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

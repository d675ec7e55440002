/** Runs a flush: sorts the entries of a memtable and writes them as one table. */
import type { Disk } from '../vfs/disk.js';
import type { JobControl } from './job-control.js';
import { entriesPerCheck } from './limits.js';
import { unpackSorted } from './packed-entries.js';
import { TableOutput } from './table-output.js';
import type { FlushSpec, TableJobResult } from './types.js';

export async function runFlush(disk: Disk, spec: FlushSpec, control: JobControl): Promise<TableJobResult> {
  const output = new TableOutput(disk, spec);
  try {
    let added = 0;
    for (const { key, sequence, value } of unpackSorted([spec])) {
      const writing = output.add(key, sequence, value);
      if (writing !== undefined) await writing;
      added += 1;
      if (added % entriesPerCheck === 0) control.goOn();
    }
    return { outputs: await output.finish() };
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

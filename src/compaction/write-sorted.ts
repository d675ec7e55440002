/** Writes entries that are in the order of their keys as the tables of a job. */
import type { VersionedEntry } from '../memtable/types.js';
import type { Disk } from '../vfs/disk.js';
import type { JobControl } from './job-control.js';
import { entriesPerCheck } from './limits.js';
import { TableOutput } from './table-output.js';
import type { OutputSpec, TableJobResult } from './types.js';

export async function writeSorted(
  disk: Disk,
  spec: OutputSpec,
  entries: Iterable<VersionedEntry>,
  control: JobControl,
): Promise<TableJobResult> {
  const output = new TableOutput(disk, spec);
  try {
    let added = 0;
    for (const { key, sequence, value } of entries) {
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

/** Runs a flush: sorts the entries of a memtable and writes them as one table. */
import type { Disk } from '../vfs/disk.js';
import type { JobControl } from './job-control.js';
import { unpackSorted } from './packed-entries.js';
import type { FlushSpec, TableJobResult } from './types.js';
import { writeSorted } from './write-sorted.js';

export function runFlush(disk: Disk, spec: FlushSpec, control: JobControl): Promise<TableJobResult> {
  return writeSorted(disk, spec, unpackSorted([spec]), control);
}

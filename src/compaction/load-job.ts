/** Runs a load: sorts entries that were packed by whoever fills a partition, and writes them as one table. */
import type { VersionedEntry } from '../memtable/types.js';
import type { Disk } from '../vfs/disk.js';
import type { JobControl } from './job-control.js';
import { unpackSorted } from './packed-entries.js';
import type { LoadSpec, TableJobResult } from './types.js';
import { writeSorted } from './write-sorted.js';

export function runLoad(disk: Disk, spec: LoadSpec, control: JobControl): Promise<TableJobResult> {
  return writeSorted(disk, spec, lastOfEachKey(unpackSorted(spec.pieces), spec.sequence), control);
}

/** @param sorted entries of the same key in the order in which they were added */
function* lastOfEachKey(
  sorted: readonly VersionedEntry[],
  sequence: number,
): Generator<VersionedEntry, void> {
  for (const [at, { key, value }] of sorted.entries()) {
    if (sorted[at + 1]?.key !== key) yield { key, sequence, value };
  }
}

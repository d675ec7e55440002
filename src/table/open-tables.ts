/** Opens the tables of a data directory on the storage engine. */

import type { PartitionOptions } from '../partition/limits.js';
import { openPartition } from '../partition/open-partition.js';
import type { PartitionEnvironment } from '../partition/types.js';
import type { LogOptions } from '../wal/limits.js';
import { Tables } from './tables.js';
import type { TablesOptions } from './tables-environment.js';

export interface OpenTablesOptions extends PartitionEnvironment {
  readonly options?: TablesOptions | undefined;
  /** Of every partition, the catalog's included. */
  readonly partitionOptions?: Partial<PartitionOptions> | undefined;
  /** Likewise of every log. */
  readonly logOptions?: LogOptions | undefined;
}

/**
 * The caller has made and locked `directory`. Everything that was acknowledged is there when it resolves; files that a
 * crash left behind are gone. Rejects with what is wrong with the files, and then has closed what it had opened.
 */
export function openTables({
  options,
  partitionOptions,
  logOptions,
  ...environment
}: OpenTablesOptions): Promise<Tables> {
  const { directory, disk, clock, random } = environment;
  return Tables.open({
    directory,
    disk,
    clock,
    random,
    options,
    openPartition: (partitionDirectory, { existing = false, markAfterMs }) =>
      openPartition({
        ...environment,
        directory: partitionDirectory,
        existing,
        log: { ...logOptions, ...(markAfterMs !== undefined && { markAfterMs }) },
        ...(partitionOptions !== undefined && { options: partitionOptions }),
      }),
  });
}

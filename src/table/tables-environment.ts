/** What the tables of a data directory are given, and what a creator says of a table. */
import type { Partition } from '../partition/types.js';
import type { CoordinatorOptions } from '../transaction/coordinator.js';
import type { Clock, Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import type { TableDefinition } from './types.js';

export interface TablesOptions {
  /** Partitions of a table that is created without saying. Default 4. */
  readonly partitionCount?: number | undefined;
  /** How long a table stays CREATING, UPDATING or DELETING, in milliseconds. Default 0: it never shows. */
  readonly transitionMs?: number | undefined;
  /** Limit of the items of one partition key with their index entries, in tables with local indexes. Default 10 GiB. */
  readonly collectionBytesMax?: number | undefined;
  readonly transactions?: CoordinatorOptions | undefined;
  /** Default 2,500, as in the service. */
  readonly tablesMax?: number | undefined;
}

export interface PartitionOpening {
  /** It has been made: to find none is damage. Default false. */
  readonly existing?: boolean;
  /** Milliseconds after which a record is safe from being taken for a write that was cut off (wal/limits.ts). */
  readonly markAfterMs?: number;
}

/** Opens, or creates, the partition in a directory. */
export type OpenTablePartition = (directory: string, how: PartitionOpening) => Promise<Partition>;

export interface TablesEnvironment {
  /** Absolute; there already, and locked by the caller. */
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly openPartition: OpenTablePartition;
  readonly options?: TablesOptions | undefined;
}

/** What a creator says of a table; the rest is decided here. */
export type TableDraft = Omit<TableDefinition, 'id' | 'createdAtMs' | 'partitionCount'> & {
  readonly partitionCount?: number | undefined;
};

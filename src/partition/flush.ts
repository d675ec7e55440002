/**
 * Flush: the oldest frozen memtable becomes a table of level 0.
 *
 * 1. plan: which memtable, which file number.
 * 2. run: write the table.
 * 3. install: one manifest edit says that the table is there and the log is flushed through its last record.
 * 4. The log's segments through that record are released, as far as its readers allow.
 *
 * After a crash before 3 the table is an orphan, and the log replays its records; after 3 it skips them.
 */

import { tablePath } from '../compaction/table-name.js';
import { TableOutput } from '../compaction/table-output.js';
import type { OutputSpec, TableJobResult } from '../compaction/types.js';
import type { Disk } from '../vfs/disk.js';
import type { PartitionOptions } from './limits.js';
import type { LogReaders } from './log-readers.js';
import type { FrozenMemtable, PartitionState } from './partition-state.js';
import type { PreparedTransactions } from './prepared-transactions.js';
import type { TableSet } from './table-set.js';

export interface FlushEnvironment {
  readonly directory: string;
  readonly disk: Disk;
  readonly options: PartitionOptions;
  readonly state: PartitionState;
  readonly tables: TableSet;
  readonly readers: LogReaders;
  readonly prepared: PreparedTransactions;
  /** The log may be released through the flushed record. */
  readonly onInstalled: () => Promise<void>;
}

/** One step of the flush task. */
export async function flushOldest(environment: FlushEnvironment): Promise<boolean> {
  const { directory, options, state, tables } = environment;
  const frozen = state.frozen[0];
  if (frozen === undefined) return false;
  const spec: OutputSpec = {
    directory,
    firstFileNumber: tables.reserveFileNumbers(1),
    fileNumbersMax: 1,
    // Tables of level 0 are ordered by age: a memtable is one table.
    targetTableBytes: Number.POSITIVE_INFINITY,
    table: options.table,
  };
  try {
    const { outputs } = await writeMemtable(environment.disk, spec, frozen);
    environment.prepared.hold(environment.readers, frozen.through.sequence);
    const readers = environment.readers.changes();
    await tables.install(
      {
        added: outputs.map((properties) => ({ level: 0, properties })),
        flushed: frozen.through,
        ...(readers !== undefined && { readers }),
      },
      (version) => {
        state.flushed(frozen, version);
        if (readers !== undefined) environment.readers.saved(readers);
      },
    );
  } catch (error) {
    tables.discard([tablePath(directory, spec.firstFileNumber)]);
    throw error;
  }
  await environment.onInstalled();
  return true;
}

/** Yields to the event loop whenever a piece of the file is written. */
async function writeMemtable(disk: Disk, spec: OutputSpec, frozen: FrozenMemtable): Promise<TableJobResult> {
  const output = new TableOutput(disk, spec);
  try {
    const cursor = frozen.memtable.cursor({});
    for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) {
      const writing = output.add(entry.key, entry.sequence, entry.value);
      if (writing !== undefined) await writing;
    }
    return { outputs: await output.finish() };
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

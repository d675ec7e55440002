/**
 * Flush: the oldest frozen memtable becomes a table of level 0.
 *
 * 1. plan: which memtable, which file number.
 * 2. run: its entries, packed into one piece of memory, go to a job that writes the table.
 * 3. install: one manifest edit says that the table is there and the log is flushed through its last record.
 * 4. The log's segments through that record are released, as far as its readers allow.
 *
 * After a crash before 3 the table is an orphan, and the log replays its records; after 3 it skips them.
 */

import assert from 'node:assert/strict';
import { EntryPacker, packedBytesMax } from '../compaction/packed-entries.js';
import { sumOfBytes } from '../compaction/policy.js';
import { tablePath } from '../compaction/table-name.js';
import type { Executor, FlushSpec, OutputSpec, TableJobResult } from '../compaction/types.js';
import type { Memtable } from '../memtable/types.js';
import { type PartitionOptions, packSliceBytes } from './limits.js';
import type { LogReaders } from './log-readers.js';
import type { PartitionState } from './partition-state.js';
import type { PreparedTransactions } from './prepared-transactions.js';
import type { TableSet } from './table-set.js';
import type { SequenceNumber } from './types.js';

export interface FlushEnvironment {
  readonly directory: string;
  readonly executor: Executor;
  readonly options: PartitionOptions;
  readonly state: PartitionState;
  readonly tables: TableSet;
  readonly readers: LogReaders;
  readonly prepared: PreparedTransactions;
  /** The log may be released through the flushed record. Gets the size of the table. */
  readonly onInstalled: (bytes: number) => Promise<void>;
}

/** One step of the flush task. */
export async function flushOldest(environment: FlushEnvironment): Promise<boolean> {
  const { directory, options, state, tables } = environment;
  const frozen = state.frozen[0];
  if (frozen === undefined) return false;
  const output: OutputSpec = {
    directory,
    firstFileNumber: tables.reserveFileNumbers(1),
    fileNumbersMax: 1,
    // Tables of level 0 are ordered by age: a memtable is one table.
    targetTableBytes: Number.POSITIVE_INFINITY,
    table: options.table,
  };
  let bytes: number;
  try {
    const entries = new ArrayBuffer(packedBytesMax(frozen.memtable));
    const count = await pack(frozen.memtable, new EntryPacker(entries));
    const spec: FlushSpec = {
      kind: 'flush',
      ...output,
      entries,
      count,
    };
    const result = await environment.executor.run<TableJobResult>(spec);
    checkOutputs(result, spec, frozen.through.sequence);
    bytes = sumOfBytes(result.outputs);
    environment.prepared.hold(environment.readers, frozen.through.sequence);
    const readers = environment.readers.changes();
    await tables.install(
      {
        added: result.outputs.map((properties) => ({ level: 0, properties })),
        flushed: frozen.through,
        ...(readers !== undefined && { readers }),
      },
      (version) => {
        state.flushed(frozen, version);
        if (readers !== undefined) environment.readers.saved(readers);
      },
    );
  } catch (error) {
    tables.discard([tablePath(directory, output.firstFileNumber)]);
    throw error;
  }
  await environment.onInstalled(bytes);
  return true;
}

/**
 * Packs the memtable in slices, with turns for others in between. Sorting, checksums and the filter are left to the job,
 * which mostly runs on another thread; and a memtable that nobody has walked is never put in order.
 */
async function pack(memtable: Memtable, packer: EntryPacker): Promise<number> {
  let sliceEnd = packSliceBytes;
  for (const entry of memtable.newest()) {
    packer.add(entry);
    if (packer.usedBytes < sliceEnd) continue;
    sliceEnd = packer.usedBytes + packSliceBytes;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return packer.count;
}

/** What comes from another thread is checked before it is believed. */
function checkOutputs({ outputs }: TableJobResult, spec: FlushSpec, through: SequenceNumber): void {
  const [table] = outputs;
  assert(outputs.length === 1 && table !== undefined, 'a memtable becomes one table');
  assert.equal(table.fileNumber, spec.firstFileNumber);
  assert.equal(table.entries, spec.count, 'the table has every key of the memtable');
  assert(table.largestSequence <= through, 'the table has nothing newer than the memtable');
}

/**
 * Load: entries that were packed elsewhere become a table, beside the log and the memtable.
 *
 * 1. An empty record in the log: its sequence is what all of the entries get, so that it is in the log's order which of
 *    two loads is the newer one, and the log never ends before the tables do.
 * 2. A job writes the table.
 * 3. One manifest edit says that the table is there and the log is flushed through that record.
 *
 * After a crash before 3 the table is an orphan, and the log has a record without effect.
 */
import assert from 'node:assert/strict';
import type { PackedPiece } from '../compaction/packed-entries.js';
import { sumOfBytes } from '../compaction/policy.js';
import { tablePath } from '../compaction/table-name.js';
import type { LoadSpec, TableJobResult } from '../compaction/types.js';
import type { TableProperties } from '../sstable/types.js';
import type { FlushEnvironment } from './flush.js';
import { levelsMax } from './limits.js';
import type { PartitionState } from './partition-state.js';
import type { SequenceNumber } from './types.js';
import type { Version } from './version.js';

/** @param sequence of the empty record, which is the last one that is visible */
export async function loadPieces(
  environment: FlushEnvironment,
  pieces: readonly PackedPiece[],
  sequence: SequenceNumber,
): Promise<void> {
  const { directory, options, state, tables } = environment;
  const spec: LoadSpec = {
    kind: 'load',
    directory,
    firstFileNumber: tables.reserveFileNumbers(1),
    fileNumbersMax: 1,
    targetTableBytes: Number.POSITIVE_INFINITY,
    table: options.table,
    pieces,
    sequence,
  };
  let outputs: readonly TableProperties[];
  try {
    ({ outputs } = await environment.executor.run<TableJobResult>(spec));
    checkOutputs(outputs, spec);
    assertUnwritten(state, sequence);
    await tables.install(
      {
        added: outputs.map((properties) => ({ level: levelFor(properties, tables.current), properties })),
        flushed: { sequence, timestampMs: state.timestampMs },
      },
      (version) => state.replaceVersion(version),
    );
  } catch (error) {
    tables.discard([tablePath(directory, spec.firstFileNumber)]);
    throw error;
  }
  await environment.onInstalled(sumOfBytes(outputs));
}

/** What the manifest says to be flushed must be in tables. */
export function assertUnwritten({ view, frozen, sequence }: PartitionState, last: SequenceNumber): void {
  assert(
    view.active.count === 0 && frozen.length === 0 && sequence === last,
    'a partition that is loaded is not written to',
  );
}

/**
 * The last level, when all tables are there and none is around its keys: so nothing is ever merged of what comes in the
 * order of its keys. While another level has tables a merge may be under way, whose outputs could overlap with it.
 */
function levelFor({ smallestKey, largestKey }: TableProperties, { levels }: Version): number {
  const last = levelsMax - 1;
  const isFree = levels.every((tables, level) =>
    level < last
      ? tables.length === 0
      : tables.every(
          ({ properties }) => properties.largestKey < smallestKey || properties.smallestKey > largestKey,
        ),
  );
  return isFree ? last : 0;
}

/** What comes from another thread is checked before it is believed. */
function checkOutputs(outputs: readonly TableProperties[], spec: LoadSpec): void {
  const [table] = outputs;
  const count = spec.pieces.reduce((sum, piece) => sum + piece.count, 0);
  assert(outputs.length === 1 && table !== undefined, 'a load becomes one table');
  assert.equal(table.fileNumber, spec.firstFileNumber);
  assert(table.entries > 0 && table.entries <= count, 'the table has the keys of the load');
  assert(table.smallestSequence === spec.sequence && table.largestSequence === spec.sequence);
}

/** Figures of a partition, gathered from its parts. */
import { sumOfBytes } from '../compaction/policy.js';
import type { LogReaders } from './log-readers.js';
import type { PartitionState } from './partition-state.js';
import type { PartitionStatistics } from './types.js';
import type { Version } from './version.js';

export function partitionStatistics(
  parts: {
    readonly state: PartitionState;
    readonly version: Version;
    readonly readers: LogReaders;
  } & Pick<PartitionStatistics, 'writes' | 'flush' | 'compaction'>,
): PartitionStatistics {
  const { state, version, readers, writes, flush, compaction } = parts;
  let tableBytes = 0;
  const { active, decided } = state.view;
  let entriesEstimate = active.count + decided.length;
  for (const { memtable } of state.frozen) entriesEstimate += memtable.count;
  for (const { properties } of version.tables) {
    tableBytes += properties.sizeBytes;
    // A tombstone is no entry, and mostly hides one.
    entriesEstimate += properties.entries - properties.tombstones;
  }
  return {
    sequence: state.sequence,
    memtableBytes: state.memtableBytes,
    tableBytes,
    tablesPerLevel: version.levels.map((tables) => tables.length),
    bytesPerLevel: version.levels.map((tables) => sumOfBytes(tables.map(({ properties }) => properties))),
    frozenMemtables: state.frozen.length,
    unflushedSinceMs: state.unflushedSinceMs,
    readerLags: readers.lags(state.sequence),
    entriesEstimate,
    snapshots: state.snapshots.count,
    writes,
    flush,
    compaction,
  };
}

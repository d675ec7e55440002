/** Figures of all tables of a data directory. What was counted for a table that is gone stays counted. */
import type { Partition, PartitionStatistics } from '../partition/types.js';
import type { OperationCounts } from '../statistics/operation-counts.js';
import type { Table } from './table.js';

/** Only ever grow. */
export interface PartitionCounters {
  readonly delayedWrites: number;
  readonly delayedMs: number;
  readonly stoppedWrites: number;
  readonly stoppedMs: number;
  readonly refusedWrites: number;
  readonly flushes: number;
  readonly flushFailures: number;
  readonly flushedBytes: number;
  readonly merges: number;
  readonly mergeFailures: number;
  readonly moves: number;
  readonly mergeReadBytes: number;
  readonly mergeWrittenBytes: number;
}

export interface LevelStatistics {
  readonly tables: number;
  readonly bytes: number;
}

export interface TableFigures {
  readonly name: string;
  /** Upper bound: overwritten items and index entries are counted. */
  readonly entriesEstimate: number;
  /** Of sorted files and memtables. */
  readonly bytes: number;
  /** That its logs have taken since it was made. */
  readonly records: number;
}

/** What was asked of a table since this process has it open. */
export interface TableOperations {
  readonly name: string;
  readonly operations: ReadonlyMap<string, OperationCounts>;
}

export interface UnflushedWrite {
  readonly table: string;
  /** Wall-clock milliseconds at which it was made. */
  readonly sinceMs: number;
}

export interface TablesStatistics {
  /** Of each table; of the largest ones when there are more than `TABLES_TOLD_MAX`. */
  readonly largest: readonly TableFigures[];
  /** Likewise of those that were asked most. */
  readonly busiest: readonly TableOperations[];
  readonly tables: number;
  readonly partitions: number;
  /** Read-only since their log failed. */
  readonly failedPartitions: number;
  /** Upper bound: overwritten items and index entries are counted. */
  readonly entriesEstimate: number;
  readonly memtableBytes: number;
  readonly frozenMemtables: number;
  /** Wall-clock milliseconds at which the last flush of any partition ended; undefined: none since they are open. */
  readonly lastFlushAtMs: number | undefined;
  /** Partitions with writes that are in no sorted file yet: a start has to replay them. */
  readonly unflushedPartitions: number;
  readonly oldestUnflushed: UnflushedWrite | undefined;
  readonly snapshots: number;
  /** Sorted files, by level. */
  readonly levels: readonly LevelStatistics[];
  /** The most records that a reader of the log has still to pass in any partition, by its name. */
  readonly readerLags: ReadonlyMap<string, number>;
  readonly counters: PartitionCounters;
}

/** Tables whose figures are told one by one: each is a handful of time series for whoever keeps them. */
export const TABLES_TOLD_MAX = 100;

const NOTHING: PartitionCounters = {
  delayedWrites: 0,
  delayedMs: 0,
  stoppedWrites: 0,
  stoppedMs: 0,
  refusedWrites: 0,
  flushes: 0,
  flushFailures: 0,
  flushedBytes: 0,
  merges: 0,
  mergeFailures: 0,
  moves: 0,
  mergeReadBytes: 0,
  mergeWrittenBytes: 0,
};

export class TableTotals {
  /** Of tables that are gone. */
  #retired = NOTHING;

  /** It will not be gathered again. */
  retire(table: Table): void {
    for (const { statistics } of table.partitions) this.#retired = sum(this.#retired, countersOf(statistics));
  }

  gather(tables: readonly Table[]): TablesStatistics {
    const partitions: readonly Partition[] = tables.flatMap((table) => table.partitions);
    const all = partitions.map((partition) => partition.statistics);
    const total = (figure: (statistics: PartitionStatistics) => number) =>
      all.reduce((soFar, statistics) => soFar + figure(statistics), 0);
    const levels = Math.max(0, ...all.map(({ tablesPerLevel }) => tablesPerLevel.length));
    return {
      largest: largestOf(tables),
      busiest: busiestOf(tables),
      tables: tables.length,
      partitions: partitions.length,
      failedPartitions: partitions.filter(({ failure }) => failure !== undefined).length,
      entriesEstimate: total(({ entriesEstimate }) => entriesEstimate),
      memtableBytes: total(({ memtableBytes }) => memtableBytes),
      frozenMemtables: total(({ frozenMemtables }) => frozenMemtables),
      lastFlushAtMs: lastFlushOf(all),
      unflushedPartitions: all.filter(({ unflushedSinceMs }) => unflushedSinceMs !== undefined).length,
      oldestUnflushed: oldestUnflushedOf(tables),
      snapshots: total(({ snapshots }) => snapshots),
      levels: Array.from({ length: levels }, (_, level) => ({
        tables: total(({ tablesPerLevel }) => tablesPerLevel[level] ?? 0),
        bytes: total(({ bytesPerLevel }) => bytesPerLevel[level] ?? 0),
      })),
      readerLags: largestLags(all),
      counters: all.reduce((soFar, statistics) => sum(soFar, countersOf(statistics)), this.#retired),
    };
  }
}

function largestOf(tables: readonly Table[]): TableFigures[] {
  const figures = tables.map(({ definition, partitions }) => {
    let [entriesEstimate, bytes, records] = [0, 0, 0];
    for (const { statistics } of partitions) {
      entriesEstimate += statistics.entriesEstimate;
      bytes += statistics.tableBytes + statistics.memtableBytes;
      records += statistics.sequence;
    }
    return { name: definition.name, entriesEstimate, bytes, records };
  });
  if (figures.length <= TABLES_TOLD_MAX) return figures;
  return figures.sort((left, right) => right.bytes - left.bytes).slice(0, TABLES_TOLD_MAX);
}

function busiestOf(tables: readonly Table[]): TableOperations[] {
  const asked = tables
    .filter(({ operations }) => operations.size > 0)
    .map(({ definition, operations }) => ({ name: definition.name, operations }));
  if (asked.length <= TABLES_TOLD_MAX) return asked;
  const counts = new Map(asked.map((table) => [table, requestsOf(table)]));
  return asked
    .sort((left, right) => (counts.get(right) ?? 0) - (counts.get(left) ?? 0))
    .slice(0, TABLES_TOLD_MAX);
}

function lastFlushOf(all: readonly PartitionStatistics[]): number | undefined {
  let last: number | undefined;
  for (const { flush } of all) {
    if (flush.lastAtMs !== undefined) last = Math.max(flush.lastAtMs, last ?? 0);
  }
  return last;
}

function oldestUnflushedOf(tables: readonly Table[]): UnflushedWrite | undefined {
  let oldest: UnflushedWrite | undefined;
  for (const { definition, partitions } of tables) {
    for (const { statistics } of partitions) {
      const sinceMs = statistics.unflushedSinceMs;
      if (sinceMs === undefined || sinceMs >= (oldest?.sinceMs ?? Number.POSITIVE_INFINITY)) continue;
      oldest = { table: definition.name, sinceMs };
    }
  }
  return oldest;
}

function requestsOf({ operations }: TableOperations): number {
  let requests = 0;
  for (const { count } of operations.values()) requests += count;
  return requests;
}

function countersOf({ writes, flush, compaction }: PartitionStatistics): PartitionCounters {
  return {
    delayedWrites: writes.delayedWrites,
    delayedMs: writes.delayedMs,
    stoppedWrites: writes.stoppedWrites,
    stoppedMs: writes.stoppedMs,
    refusedWrites: writes.refusedWrites,
    flushes: flush.runs,
    flushFailures: flush.failures,
    flushedBytes: flush.writtenBytes,
    merges: compaction.merges,
    mergeFailures: compaction.failures,
    moves: compaction.moves,
    mergeReadBytes: compaction.readBytes,
    mergeWrittenBytes: compaction.writtenBytes,
  };
}

function sum(left: PartitionCounters, right: PartitionCounters): PartitionCounters {
  const names = Object.keys(NOTHING) as (keyof PartitionCounters)[];
  return Object.fromEntries(
    names.map((name) => [name, left[name] + right[name]]),
  ) as unknown as PartitionCounters;
}

function largestLags(all: readonly PartitionStatistics[]): ReadonlyMap<string, number> {
  const lags = new Map<string, number>();
  for (const { readerLags } of all) {
    for (const [name, lag] of readerLags) lags.set(name, Math.max(lag, lags.get(name) ?? 0));
  }
  return lags;
}

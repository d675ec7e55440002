/**
 * Every metric of the daemon, once: /metrics and docs/metrics.md come from this table. Names follow Prometheus's rules
 * ("Metric and label naming"): base units, `_total` for what only grows.
 *
 * Nothing here runs while requests are served: the engine counts in plain fields, and these are read when somebody asks.
 */
import type { EngineStatistics } from '../engine/statistics.js';
import type { HttpStatistics } from '../server/http/types.js';
import type { RequestBytes } from '../server/limits.js';
import type { SocketStatistics } from '../server/socket/socket-server.js';
import type { Histogram } from '../statistics/histogram.js';
import type { OperationCounts } from '../statistics/operation-counts.js';

/** All figures at the time of one look. */
export interface Figures {
  readonly version: string;
  readonly engine: EngineStatistics;
  readonly http: HttpStatistics;
  /** Absent: there is no socket. */
  readonly socket: SocketStatistics | undefined;
}

export type Labels = Readonly<Record<string, string>>;
/** One number, or one for each combination of labels. */
export type Samples = number | readonly (readonly [labels: Labels, value: number])[];
export type HistogramSamples = readonly (readonly [labels: Labels, histogram: Histogram])[];

interface Definition<Type, Read> {
  readonly name: string;
  readonly type: Type;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly read: (figures: Figures) => Read;
}

export type ScalarDefinition = Definition<'counter' | 'gauge', Samples>;
export type HistogramDefinition = Definition<'histogram', HistogramSamples> & {
  /** What the engine counts in, in the unit of the name: 0.001 for milliseconds. */
  readonly scale: number;
};
export type MetricDefinition = ScalarDefinition | HistogramDefinition;

const MS = 0.001;

function gauge(name: string, help: string, read: (figures: Figures) => Samples, ...labels: string[]) {
  return { name: `varve_${name}`, type: 'gauge', help, read, labels } as const;
}

function counter(name: string, help: string, read: (figures: Figures) => Samples, ...labels: string[]) {
  return { name: `varve_${name}_total`, type: 'counter', help, read, labels } as const;
}

function histogram(
  name: string,
  help: string,
  scale: number,
  read: (figures: Figures) => HistogramSamples,
  ...labels: string[]
) {
  return { name: `varve_${name}`, type: 'histogram', help, scale, read, labels } as const;
}

type Sample = readonly [labels: Labels, value: number];

function outcomesOf({ successes, errors }: OperationCounts, labels: Labels): Sample[] {
  return [
    [{ ...labels, outcome: 'Success' }, successes],
    ...[...errors].map(([outcome, count]): Sample => [{ ...labels, outcome }, count]),
  ];
}

function ofTables<Told>(
  { tables }: EngineStatistics,
  samples: (labels: Labels, counts: OperationCounts) => readonly Told[],
): Told[] {
  return tables.busiest.flatMap(({ name, operations }) =>
    [...operations].flatMap(([operation, counts]) => samples({ table: name, operation }, counts)),
  );
}

function byTransport(http: number, socket: number | undefined): Sample[] {
  return [
    [{ transport: 'http' }, http],
    [{ transport: 'socket' }, socket ?? 0],
  ];
}

const requests: readonly MetricDefinition[] = [
  gauge('info', 'Always 1; the version is a label.', ({ version }) => [[{ version }, 1]], 'version'),
  counter(
    'operations',
    'Operations, by how they ended: Success, or the name of the error.',
    ({ engine }) =>
      [...engine.operations].flatMap(([operation, { counts }]) => outcomesOf(counts, { operation })),
    'operation',
    'outcome',
  ),
  histogram(
    'operation_duration_seconds',
    'From the parsed request to the output, the wait for the sync included.',
    MS,
    ({ engine }) =>
      [...engine.operations]
        .filter(([, { counts }]) => counts.count > 0)
        .map(([operation, { counts }]) => [{ operation }, counts.durationMs]),
    'operation',
  ),
  counter(
    'table_operations',
    'Operations that name the table, by how they ended. Only the 100 tables that were asked most have figures of their own.',
    ({ engine }) =>
      ofTables(engine, (labels, counts) => outcomesOf(counts, labels).filter(([, count]) => count > 0)),
    'table',
    'operation',
    'outcome',
  ),
  histogram(
    'table_operation_duration_seconds',
    'How long these operations took, with fewer buckets. Likewise.',
    MS,
    ({ engine }) => ofTables(engine, (labels, { durationMs }) => [[labels, durationMs] as const]),
    'table',
    'operation',
  ),
  gauge(
    'connections',
    'Open connections.',
    ({ http, socket }) => byTransport(http.connections, socket?.connections),
    'transport',
  ),
  counter(
    'connections_refused',
    'Connections that were closed at once, because there were as many as descriptors allow.',
    ({ http, socket }) => byTransport(http.connectionsRefused, socket?.connectionsRefused),
    'transport',
  ),
  gauge(
    'requests_in_flight',
    'Requests without the end of their reply.',
    ({ http, socket }) => byTransport(http.arriving + http.inFlight, socket?.inFlight),
    'transport',
  ),
  counter(
    'http_refused',
    'Requests that were refused before they were looked at: too many at once, or too large.',
    ({ http }) => [
      [{ reason: 'overloaded' }, http.overloaded],
      [{ reason: 'too_large' }, http.tooLarge],
    ],
    'reason',
  ),
  counter(
    'socket_refused',
    'Likewise on the Unix socket: requests refused, and connections ended, because there was too much at once.',
    ({ socket }) => socket?.overloaded ?? 0,
  ),
  gauge(
    'request_bytes',
    'Memory of requests that arrive, of those in progress, and of replies that nobody has read; the setting requests bounds each.',
    ({ http, socket }) => [...requestBytes('http', http.bytes), ...requestBytes('socket', socket?.bytes)],
    'transport',
    'state',
  ),
];

function requestBytes(transport: string, bytes: RequestBytes | undefined): Sample[] {
  return [
    [{ transport, state: 'arriving' }, bytes?.arriving ?? 0],
    [{ transport, state: 'in_progress' }, bytes?.inProgress ?? 0],
    [{ transport, state: 'unread' }, bytes?.unread ?? 0],
  ];
}

const log: readonly MetricDefinition[] = [
  histogram(
    'log_write_duration_seconds',
    'Writes of a batch to a log, until it is on stable storage.',
    MS,
    ({ engine }) => [[{}, engine.log.writeMs]],
  ),
  histogram('log_batch_records', 'Records that shared a write, and so a sync.', 1, ({ engine }) => [
    [{}, engine.log.batchRecords],
  ]),
  counter('log_written_bytes', 'Bytes written to logs.', ({ engine }) => engine.log.bytes),
  counter(
    'log_failures',
    'Logs that a write or a full disk made unusable.',
    ({ engine }) => engine.log.failures,
  ),
  gauge(
    'log_reader_lag_records',
    'Records that a reader of the log has still to pass, in the partition where these are the most.',
    ({ engine }) => [...engine.tables.readerLags].map(([reader, lag]) => [{ reader }, lag]),
    'reader',
  ),
];

const storage: readonly MetricDefinition[] = [
  gauge('tables', 'Tables.', ({ engine }) => engine.tables.tables),
  gauge('partitions', 'Partitions of all tables.', ({ engine }) => engine.tables.partitions),
  gauge(
    'partitions_failed',
    'Partitions that take no writes.',
    ({ engine }) => engine.tables.failedPartitions,
  ),
  gauge(
    'entries_estimate',
    'Upper bound on items and index entries: overwritten ones count again.',
    ({ engine }) => engine.tables.entriesEstimate,
  ),
  gauge(
    'table_entries_estimate',
    'Likewise of one table. Only the 100 largest tables have figures of their own.',
    ({ engine }) =>
      engine.tables.largest.map(({ name, entriesEstimate }) => [{ table: name }, entriesEstimate]),
    'table',
  ),
  gauge(
    'table_bytes',
    'Bytes of a table in sorted files and memtables. Likewise.',
    ({ engine }) => engine.tables.largest.map(({ name, bytes }) => [{ table: name }, bytes]),
    'table',
  ),
  counter(
    'table_log_records',
    'Records that the logs of a table have taken since it was made: writes, and parts of transactions. Likewise.',
    ({ engine }) => engine.tables.largest.map(({ name, records }) => [{ table: name }, records]),
    'table',
  ),
  gauge(
    'memtable_bytes',
    'Writes that are not in a sorted file yet.',
    ({ engine }) => engine.tables.memtableBytes,
  ),
  gauge('memtable_budget_bytes', 'The setting memtables.', ({ engine }) => engine.memtablesBytesMax),
  gauge(
    'memtables_frozen',
    'Memtables that wait for their flush.',
    ({ engine }) => engine.tables.frozenMemtables,
  ),
  gauge('snapshots', 'Moments that readers hold.', ({ engine }) => engine.tables.snapshots),
  gauge(
    'level_files',
    'Sorted files.',
    ({ engine }) => engine.tables.levels.map(({ tables }, level) => [{ level: String(level) }, tables]),
    'level',
  ),
  gauge(
    'level_bytes',
    'Bytes of sorted files.',
    ({ engine }) => engine.tables.levels.map(({ bytes }, level) => [{ level: String(level) }, bytes]),
    'level',
  ),
  gauge('open_files', 'Sorted files that are open.', ({ engine }) => engine.openFiles.open),
  counter(
    'writes_delayed',
    'Writes that were slowed down, so that merges keep up.',
    ({ engine }) => engine.tables.counters.delayedWrites,
  ),
  counter(
    'writes_delayed_seconds',
    'How long, altogether.',
    ({ engine }) => engine.tables.counters.delayedMs * MS,
  ),
  counter(
    'writes_stopped',
    'Writes that had to wait for room.',
    ({ engine }) => engine.tables.counters.stoppedWrites,
  ),
  counter(
    'writes_stopped_seconds',
    'How long a partition had writes that waited for room, altogether; counted on while they wait.',
    ({ engine }) => engine.tables.counters.stoppedMs * MS,
  ),
  counter(
    'writes_refused',
    'Writes that waited in vain, or could not wait.',
    ({ engine }) => engine.tables.counters.refusedWrites,
  ),
  counter(
    'flushes',
    'Memtables that were written to sorted files.',
    ({ engine }) => engine.tables.counters.flushes,
  ),
  counter(
    'flush_failures',
    'Flushes that failed, and are tried again.',
    ({ engine }) => engine.tables.counters.flushFailures,
  ),
  counter(
    'flush_written_bytes',
    'Bytes of the sorted files.',
    ({ engine }) => engine.tables.counters.flushedBytes,
  ),
  counter('compactions', 'Merges of sorted files.', ({ engine }) => engine.tables.counters.merges),
  counter(
    'compaction_failures',
    'Merges that failed, and are tried again.',
    ({ engine }) => engine.tables.counters.mergeFailures,
  ),
  counter(
    'compaction_moves',
    'Sorted files that went down a level as they were.',
    ({ engine }) => engine.tables.counters.moves,
  ),
  counter(
    'compaction_read_bytes',
    'Bytes that merges read.',
    ({ engine }) => engine.tables.counters.mergeReadBytes,
  ),
  counter(
    'compaction_written_bytes',
    'Bytes that merges wrote.',
    ({ engine }) => engine.tables.counters.mergeWrittenBytes,
  ),
  gauge('background_jobs', 'Flushes and merges that run or wait for a thread.', ({ engine }) => engine.jobs),
];

const reads: readonly MetricDefinition[] = [
  counter('block_cache_hits', 'Blocks that were in the cache.', ({ engine }) => engine.blockCache.hits),
  counter('block_cache_misses', 'Blocks that were not.', ({ engine }) => engine.blockCache.misses),
  counter(
    'block_cache_evictions',
    'Blocks that made room for others.',
    ({ engine }) => engine.blockCache.evictions,
  ),
  gauge('block_cache_bytes', 'Memory of the blocks.', ({ engine }) => engine.blockCache.usedBytes),
  gauge(
    'block_cache_pinned_bytes',
    'Memory of indexes and filters of open files, of the same budget.',
    ({ engine }) => engine.blockCache.pinnedBytes,
  ),
  gauge('block_cache_budget_bytes', 'The setting block-cache.', ({ engine }) => engine.blockCacheBytesMax),
  counter(
    'filter_checks',
    'Keys that the filter of a file was asked for.',
    ({ engine }) => engine.blockCache.filterChecks,
  ),
  counter(
    'filter_exclusions',
    'Of these, the ones for which nothing had to be read.',
    ({ engine }) => engine.blockCache.filterExclusions,
  ),
];

const transactions: readonly MetricDefinition[] = [
  counter(
    'transactions',
    'Write transactions, by how they ended.',
    ({
      engine: {
        transactions: { committed, repeated, refused },
      },
    }) => [
      [{ outcome: 'committed' }, committed],
      [{ outcome: 'repeated' }, repeated],
      [{ outcome: 'refused' }, refused],
    ],
    'outcome',
  ),
  gauge(
    'transactions_in_doubt',
    'Transactions whose decision is not known yet.',
    ({ engine }) => engine.transactions.inDoubt,
  ),
  counter(
    'locks_acquired',
    'Operations that got their locks.',
    ({ engine }) => engine.transactions.locks.acquired,
  ),
  counter(
    'lock_waits',
    'Operations that had to wait for locks.',
    ({ engine }) => engine.transactions.locks.waited,
  ),
  counter(
    'lock_wait_seconds',
    'How long, altogether.',
    ({ engine }) => engine.transactions.locks.waitMs * MS,
  ),
  counter(
    'lock_conflicts',
    'Operations that waited in vain: TransactionConflictException.',
    ({ engine }) => engine.transactions.locks.conflicts,
  ),
  counter(
    'lock_hold_seconds',
    'How long locks were held, altogether.',
    ({ engine }) => engine.transactions.locks.holdMs * MS,
  ),
  gauge('lock_holders', 'Operations that hold locks.', ({ engine }) => engine.transactions.locks.holders),
];

export const METRICS: readonly MetricDefinition[] = [
  ...requests,
  ...log,
  ...storage,
  ...reads,
  ...transactions,
];

/** The table of docs/metrics.md. */
export function metricsMarkdown(): string {
  const rows = METRICS.map(({ name, type, labels = [], help }) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${help} |`;
  });
  return ['| name | type | labels | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

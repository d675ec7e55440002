/** What `varve status` tells of a daemon: the daemon sends it as JSON, the command prints it. */
import type { Figures } from '../src/metrics/definitions.js';
import type { SentDump } from '../src/server/control-server.js';
import type { Settings } from './config/settings.js';
import type { Places } from './endpoint.js';
import { formatBytes, formatCount, formatCounted, formatDuration } from './format.js';

export interface DaemonStatus {
  readonly running: true;
  readonly version: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly url: string;
  readonly socket: string | null;
  /** Null: in memory only. */
  readonly data: string | null;
  readonly tables: number;
  readonly partitions: number;
  /** Partitions that take no writes. */
  readonly partitionsFailed: number;
  /** Upper bound on items and index entries. */
  readonly entriesEstimate: number;
  readonly fileBytes: number;
  readonly memtableBytes: number;
  readonly memoryBytes: number;
  readonly connections: number;
  readonly operations: number;
  /** Of these, those that ended with an error. */
  readonly operationErrors: number;
  readonly writesDelayed: number;
  readonly writesStopped: number;
  readonly writesRefused: number;
  readonly backgroundFailures: number;
  /** The last time that a memtable of any partition was written to a sorted file; null: not since this process runs. */
  readonly lastFlush: {
    /** ISO 8601. */
    readonly endedAt: string;
    readonly ageMs: number;
  } | null;
  /** Writes that are in no sorted file yet, so that a start reads them from the logs; null when there are none. */
  readonly unflushed: {
    readonly partitions: number;
    /** The oldest of them. */
    readonly oldest: {
      readonly table: string;
      /** ISO 8601. */
      readonly writtenAt: string;
      readonly ageMs: number;
    };
  } | null;
  /** The last one that this process has sent to its end; null when there was none. */
  readonly lastDump: {
    /** ISO 8601. */
    readonly endedAt: string;
    readonly ageMs: number;
    readonly durationMs: number;
    readonly tables: number;
  } | null;
}

export interface StatusSources {
  readonly settings: Settings;
  readonly places: Places;
  readonly figures: Figures;
  readonly lastDump: SentDump | undefined;
  readonly startedAtMs: number;
  readonly nowMs: number;
}

export function daemonStatus({
  settings,
  places,
  figures,
  lastDump,
  startedAtMs,
  nowMs,
}: StatusSources): DaemonStatus {
  const { tables, operations } = figures.engine;
  const { counters } = tables;
  const counts = [...operations.values()];
  const successes = counts.reduce((sum, operation) => sum + operation.counts.successes, 0);
  const all = counts.reduce((sum, operation) => sum + operation.counts.count, 0);
  return {
    running: true,
    version: figures.version,
    pid: process.pid,
    startedAt: new Date(startedAtMs).toISOString(),
    uptimeMs: nowMs - startedAtMs,
    url: places.url,
    socket: places.socketPath ?? null,
    data: settings.inMemory ? null : settings.data,
    tables: tables.tables,
    partitions: tables.partitions,
    partitionsFailed: tables.failedPartitions,
    entriesEstimate: tables.entriesEstimate,
    fileBytes: tables.levels.reduce((sum, { bytes }) => sum + bytes, 0),
    memtableBytes: tables.memtableBytes,
    memoryBytes: process.memoryUsage.rss(),
    connections: figures.http.connections + (figures.socket?.connections ?? 0),
    operations: all,
    operationErrors: all - successes,
    writesDelayed: counters.delayedWrites,
    writesStopped: counters.stoppedWrites,
    writesRefused: counters.refusedWrites,
    backgroundFailures: counters.flushFailures + counters.mergeFailures,
    lastFlush: tables.lastFlushAtMs === undefined ? null : ended(tables.lastFlushAtMs, nowMs),
    unflushed: unflushed(tables, nowMs),
    lastDump:
      lastDump === undefined
        ? null
        : {
            ...ended(lastDump.endedAtMs, nowMs),
            durationMs: lastDump.durationMs,
            tables: lastDump.tables,
          },
  };
}

function ended(atMs: number, nowMs: number) {
  return { endedAt: new Date(atMs).toISOString(), ageMs: ageOf(atMs, nowMs) };
}

/** Clocks are set back now and then. */
function ageOf(atMs: number, nowMs: number): number {
  return Math.max(0, nowMs - atMs);
}

function unflushed(
  { unflushedPartitions, oldestUnflushed }: StatusSources['figures']['engine']['tables'],
  nowMs: number,
): DaemonStatus['unflushed'] {
  if (oldestUnflushed === undefined) return null;
  const { table, sinceMs } = oldestUnflushed;
  return {
    partitions: unflushedPartitions,
    oldest: { table, writtenAt: new Date(sinceMs).toISOString(), ageMs: ageOf(sinceMs, nowMs) },
  };
}

/** For a person. */
export function statusLines(status: DaemonStatus): string[] {
  const { tables, partitions, entriesEstimate, fileBytes, memtableBytes } = status;
  const trouble = status.partitionsFailed > 0;
  return [
    `varve ${status.version} is running: process ${status.pid}, for ${formatDuration(status.uptimeMs)}`,
    `url         ${status.url}`,
    `socket      ${status.socket ?? 'none'}`,
    `data        ${status.data ?? 'in memory only'}`,
    `tables      ${formatCounted(tables, 'table')}, ${formatCounted(partitions, 'partition')}, at most ${formatCounted(entriesEstimate, 'entry', 'entries')}`,
    `size        ${formatBytes(fileBytes)} in files, ${formatBytes(memtableBytes)} of writes in memory`,
    `memory      ${formatBytes(status.memoryBytes)}`,
    `requests    ${formatCount(status.operations)}, of which ${formatCount(status.operationErrors)} ended with an error; ${formatCounted(status.connections, 'connection')}`,
    `stalls      ${formatCounted(status.writesDelayed, 'write')} delayed, ${formatCount(status.writesStopped)} stopped, ${formatCount(status.writesRefused)} refused`,
    `background  ${formatCounted(status.backgroundFailures, 'failure')}`,
    `last flush  ${lastFlushText(status)}`,
    `last dump   ${lastDumpText(status.lastDump)}`,
    ...(trouble
      ? [`TROUBLE: ${formatCounted(status.partitionsFailed, 'partition')} take no writes; see the log`]
      : []),
  ];
}

function lastFlushText({ lastFlush, unflushed }: DaemonStatus): string {
  const last = lastFlush === null ? 'none since it runs' : `${formatDuration(lastFlush.ageMs)} ago`;
  if (unflushed === null) return `${last}; no writes are in the log alone`;
  const { partitions, oldest } = unflushed;
  return `${last}; ${formatCounted(partitions, 'partition')} with writes in the log alone, the oldest ${formatDuration(oldest.ageMs)} old, in table ${oldest.table}`;
}

function lastDumpText(dump: DaemonStatus['lastDump']): string {
  if (dump === null) return 'none since it runs';
  const { tables, ageMs, durationMs } = dump;
  return `of ${formatCounted(tables, 'table')}, ${formatDuration(ageMs)} ago, in ${formatDuration(durationMs)}`;
}

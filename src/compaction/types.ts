/**
 * Background jobs as plain data. The vocabulary, used with these meanings only:
 *
 *   plan     the owner of the files decides what should happen: a spec, pure data
 *   run      a job does what a spec says, on files alone, on whatever thread
 *   install  the owner checks what the job made, opens it, and takes it into the manifest in one edit
 */
import type { TableProperties, TableWriterOptions } from '../sstable/types.js';
import type { JobSignals } from './job-control.js';
import type { PackedPiece } from './packed-entries.js';

/** Plain data; the kinds are below. */
export interface BackgroundJob {
  readonly kind: string;
}

/** Runs a background job described by plain data: on a worker thread, or inline in tests and on an in-memory disk. */
export interface Executor {
  /** `job` and the result are structured-clonable. Rejects when the job failed or was cancelled. */
  run<Result>(job: BackgroundJob, signals?: JobSignals): Promise<Result>;
  close(): Promise<void>;
}

/** What every job that writes tables is told. */
export interface OutputSpec {
  /** Where tables are. */
  readonly directory: string;
  /** Outputs are numbered from here on; the owner has reserved `fileNumbersMax` of them. */
  readonly firstFileNumber: number;
  readonly fileNumbersMax: number;
  /** An output is finished at the first entry after it has grown to this size. */
  readonly targetTableBytes: number;
  readonly table: TableWriterOptions;
}

/** Both ends inclusive. */
export interface KeySpan {
  readonly smallestKey: string;
  readonly largestKey: string;
}

/** Merge tables into tables of `outputLevel`. */
export interface CompactionSpec extends OutputSpec {
  readonly kind: 'compaction';
  readonly outputLevel: number;
  /** Runs of tables, newest first; the tables of one run are disjoint and in key order. */
  readonly runs: readonly (readonly TableProperties[])[];
  /** Where deeper levels have tables: a tombstone of a key in one of these spans still hides something. Sorted. */
  readonly olderSpans: readonly KeySpan[];
  /** What may be read in a second until the job is told to hurry. 0: no limit. */
  readonly bytesPerSecond: number;
}

/** Write the entries of a memtable as one table. */
export interface FlushSpec extends OutputSpec {
  readonly kind: 'flush';
  /** Packed (see packed-entries.ts), each key once, in any order. Handed over: a job on another thread takes it away. */
  readonly entries: ArrayBuffer;
  readonly count: number;
}

/** Write entries that no memtable has had as one table. */
export interface LoadSpec extends OutputSpec {
  readonly kind: 'load';
  /** In any order. Of entries with the same key the last one counts. Not changed before the job has ended. */
  readonly pieces: readonly PackedPiece[];
  /** What all of them get. */
  readonly sequence: number;
}

/** What is waited for by whom: a flush by writers when memtables are full, a merge by nobody for a long time. */
export type Lane = 'flushes' | 'merges';

export function laneOf(job: BackgroundJob): Lane {
  return job.kind === 'flush' || job.kind === 'load' ? 'flushes' : 'merges';
}

/** Memory that goes to another thread with the job, instead of being copied. */
export function handedOver(job: BackgroundJob): ArrayBuffer[] {
  return job.kind === 'flush' ? [(job as FlushSpec).entries] : [];
}

export interface TableJobResult {
  /** In key order. May be empty: everything was deleted. */
  readonly outputs: readonly TableProperties[];
}

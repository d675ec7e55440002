/** Bounds and tuning of compaction. Sizes in bytes. */

/** Levels 0 to 6. */
export const levelsMax = 7;

export interface CompactionTuning {
  /** Level 0 is merged when it has this many tables (default 4), or as many bytes as `baseBytes`. */
  readonly level0TablesMax: number;
  /** What level 0 may hold (default 64 MiB). Below it, levels of less than half of this are not kept. */
  readonly baseBytes: number;
  /** Each level may be this many times the one above (default 10). Larger: fewer levels and less space for data that
   * was overwritten, but more written for each merge. */
  readonly levelFactor: number;
  /** Size of a table that a merge writes (default 16 MiB). */
  readonly targetTableBytes: number;
}

export const defaultCompactionTuning: CompactionTuning = {
  level0TablesMax: 4,
  baseBytes: 64 * 1024 * 1024,
  levelFactor: 10,
  targetTableBytes: 16 * 1024 * 1024,
};

/** Entries between two looks at the cancel flag: about a millisecond of work. */
export const entriesPerCheck = 512;

/** Milliseconds that a merge waits at a time when it is ahead of its rate; being ahead by less does not matter. */
export const paceSliceMs = 20;

/** Bytes that a merge reads between two looks at its rate. */
export const bytesPerPaceCheck = 256 * 1024;

/** A flush keeps a processor busy for a few milliseconds at a time: one thread is enough for so many. */
export const processorsPerFlushThread = 4;

/** Jobs that may wait for a thread. */
export const queuedJobsMax = 4096;

/** Milliseconds without a step after which a job is taken to hang, and is ended. A step takes a few of them. */
export const hungJobMs = 5 * 60 * 1000;

/** A job whose thread died is started again this many times. */
export const deadThreadRetriesMax = 2;

/** Milliseconds after which a thread without work ends. */
export const idleThreadMs = 10_000;

/** Blocks stream through a merge once; what is charged here is what open tables keep for themselves. */
export const inputCacheBytes = 1024 * 1024;

/**
 * Megabytes of the youngest objects of a thread. A thread whose buffers go with its objects keeps those of several jobs
 * until that much has piled up: with the runtime's own bound, which is six times that, a restoration takes 45 MB more.
 */
export const threadYoungGenerationMb = 8;

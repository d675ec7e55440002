/** What a partition refuses or cannot do, and what is wrong with its files. */

/**
 * - `CLOSED`: the partition is closed or closing. Not written.
 * - `INVALID_MUTATION`: a key, a value or a record is out of bounds. Not written.
 * - `OVERLOADED`: flush or compaction is too far behind, or too much waits already. Not written; try again later.
 * - `READ_ONLY`: an earlier failure of the log stands. Not written; reopen the partition.
 * - `OUT_OF_SPACE`: the disk is full. The write may survive when `maySurvive`; writes resume when there is space.
 * - `STALLED`: the log cannot grow for now, for lack of file descriptors, say. As with `OUT_OF_SPACE`.
 * - `WRITE_UNCERTAIN`: the log failed under this write: it may or may not survive.
 * - `SNAPSHOT_RELEASED`: a snapshot was used after its release.
 * - `CHECKPOINT_EXISTS`: there is something where the checkpoint was to be.
 */
export type PartitionErrorCode =
  | 'CLOSED'
  | 'INVALID_MUTATION'
  | 'OVERLOADED'
  | 'READ_ONLY'
  | 'OUT_OF_SPACE'
  | 'STALLED'
  | 'WRITE_UNCERTAIN'
  | 'SNAPSHOT_RELEASED'
  | 'CHECKPOINT_EXISTS';

export class PartitionError extends Error {
  override readonly name = 'PartitionError';

  constructor(
    readonly code: PartitionErrorCode,
    readonly directory: string,
    fault: string,
    options: ErrorOptions & { readonly maySurvive?: boolean } = {},
  ) {
    super(`partition ${directory}: ${fault}`, options);
    this.maySurvive = options.maySurvive ?? false;
  }

  /** The write that was refused may be there after a restart nevertheless. */
  readonly maySurvive: boolean;
}

/** A file of the partition does not hold what was written to it, or is not there. */
export class CorruptionError extends Error {
  override readonly name = 'CorruptionError';
  readonly code = 'PARTITION_CORRUPT';

  constructor(
    readonly path: string,
    readonly offset: number,
    readonly fault: string,
    options?: ErrorOptions,
  ) {
    super(`${path} is corrupt at offset ${offset}: ${fault}`, options);
  }
}

/** The file is whole, but written by a newer release in a format that this one does not know. */
export class UnsupportedVersionError extends Error {
  override readonly name = 'UnsupportedVersionError';
  readonly code = 'PARTITION_VERSION_UNSUPPORTED';

  constructor(
    readonly path: string,
    fault: string,
  ) {
    super(`${path} was written by a newer release: ${fault}`);
  }
}

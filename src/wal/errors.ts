/** Errors of the log. `code` says what the owner may do. */

/** Damage that a torn last write cannot explain: acknowledged records may be lost. Restore, or open with `repair`. */
export class LogCorruptionError extends Error {
  readonly code = 'LOG_CORRUPTION';
  override readonly name = 'LogCorruptionError';

  constructor(
    readonly file: string,
    /** Byte offset in `file` of the damaged structure. */
    readonly offset: number,
    readonly reason: string,
  ) {
    super(`${file} is damaged at byte ${offset}: ${reason}`);
  }
}

/** The segment was written in a later format. Use the newer program; nothing is damaged. */
export class LogVersionError extends Error {
  readonly code = 'LOG_VERSION';
  override readonly name = 'LogVersionError';

  constructor(
    readonly file: string,
    readonly version: number,
    readonly supported: number,
  ) {
    super(`${file} has log format ${version}; this program reads formats up to ${supported}`);
  }
}

/** A write or sync failed: what is on the disk is unknown. Final for the handle; reopening recovers. */
export class LogFailedError extends Error {
  readonly code = 'LOG_FAILED';
  override readonly name = 'LogFailedError';

  constructor(
    readonly directory: string,
    cause: unknown,
  ) {
    super(`the log in ${directory} failed: ${messageOf(cause)}`, { cause });
  }
}

/** The device is full. Final for the handle; the records that were pending were not acknowledged. Reopening succeeds
 * once there is space. */
export class LogNoSpaceError extends Error {
  readonly code = 'LOG_NO_SPACE';
  override readonly name = 'LogNoSpaceError';

  constructor(
    readonly directory: string,
    cause: unknown,
  ) {
    super(`no space for the log in ${directory}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * There is no room for a batch, for a reason that may pass (no descriptor is left, say). No write failed. Final for the
 * handle; the records that were pending were not acknowledged. Reopening succeeds once the reason is gone.
 */
export class LogNoRoomError extends Error {
  readonly code = 'LOG_NO_ROOM';
  override readonly name = 'LogNoRoomError';

  constructor(
    readonly directory: string,
    cause: unknown,
  ) {
    super(`no room could be made for the log in ${directory}: ${messageOf(cause)}`, { cause });
  }
}

/** Records that a reader asked for were released before it came. It must start over from a later point. */
export class LogTruncatedError extends Error {
  readonly code = 'LOG_TRUNCATED';
  override readonly name = 'LogTruncatedError';

  constructor(
    readonly directory: string,
    readonly after: number,
    readonly releasedThrough: number,
  ) {
    super(
      `records after ${after} were asked of the log in ${directory}, which was released through ${releasedThrough}`,
    );
  }
}

export class LogClosedError extends Error {
  readonly code = 'LOG_CLOSED';
  override readonly name = 'LogClosedError';

  constructor(readonly directory: string) {
    super(`the log in ${directory} is closed`);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Why a dump cannot be written or restored. The messages are the operator's. */

export type BackupErrorCode =
  /** Neither a dump nor an export is there. */
  | 'NOT_A_DUMP'
  /** It was cut short: the dump did not end, or files are missing. */
  | 'INCOMPLETE'
  /** A file is not what its checksum says, or does not parse. */
  | 'DAMAGED'
  /** Another format, or another version of it. */
  | 'UNSUPPORTED'
  /** An item breaks a rule of its table. */
  | 'INVALID_ITEM'
  /** What is asked for is not in the dump, or cannot be done with it. */
  | 'CHOICE'
  /** Something is there already where the dump is to go. */
  | 'EXISTS'
  /** The daemon said no, in these words. */
  | 'REFUSED'
  /** The connection to the daemon ended. */
  | 'DISCONNECTED'
  /** The connection is there, and the daemon does nothing on it. */
  | 'TIMED_OUT';

export class BackupError extends Error {
  override readonly name = 'BackupError';

  constructor(
    readonly code: BackupErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function damaged(file: string, fault: string, cause?: unknown): BackupError {
  return new BackupError('DAMAGED', `${file}: ${fault}`, { cause });
}

/** Errors of this room. Errors of the file system itself are Node-style: an `Error` with `code`, `syscall` and `path`. */

/** Who holds a data directory, as far as the lock can tell. */
export interface LockHolder {
  readonly pid: number;
  /** Wall-clock milliseconds since the epoch at which the holder took the lock. */
  readonly sinceMs: number;
}

/** Another live process (or another part of this one) holds the directory. Stop that one, or choose another directory. */
export class DirectoryLockedError extends Error {
  readonly code = 'DIRECTORY_LOCKED';
  override readonly name = 'DirectoryLockedError';

  constructor(
    readonly directory: string,
    readonly holder: LockHolder,
  ) {
    super(
      `${directory} is in use by process ${holder.pid} since ${new Date(holder.sinceMs).toISOString()}; ` +
        'one process at a time may serve a data directory',
    );
  }
}

/** The simulated machine has stopped: nothing that was asked after that moment happens. */
export class DiskStoppedError extends Error {
  readonly code = 'DISK_STOPPED';
  override readonly name = 'DiskStoppedError';

  constructor(readonly path: string) {
    super(`the disk has stopped: ${path}`);
  }
}

/** A file ended before all the bytes that were asked for. */
export class UnexpectedEndError extends Error {
  readonly code = 'UNEXPECTED_END';
  override readonly name = 'UnexpectedEndError';

  constructor(
    readonly path: string,
    readonly position: number,
    readonly missingBytes: number,
  ) {
    super(`${path} ends at byte ${position}, ${missingBytes} bytes short of what was to be read`);
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  EBADF: 'bad file descriptor',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file already exists',
  EINVAL: 'invalid argument',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EPERM: 'operation not permitted',
};

/** An error of the shape that `node:fs` gives, for disks that are not real. */
export function diskError(code: string, syscall: string, path: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: ${MESSAGES[code] ?? code}, ${syscall} '${path}'`);
  error.code = code;
  error.syscall = syscall;
  error.path = path;
  return error;
}

/** The `code` of whatever was thrown, if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** No space is left, on the device or of the user's quota. */
export function isNoSpace(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The process, or the machine, has as many files open as it may. */
export function isNoDescriptor(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/**
 * What a disk is to the rest of the project. Everything that touches files goes through this
 * interface, so that the same code runs on a real file system, in memory, and on a disk that fails on purpose.
 *
 * Paths are absolute and use `/`. Errors are Node-style: an `Error` with a `code` such as `ENOENT`, `EIO`, `ENOSPC`.
 */

/** How a file is opened. */
export interface OpenOptions {
  /** `read`: reads only. `write`: reads and writes. */
  readonly access: 'read' | 'write';
  /** Default `never`. `exclusive` fails with `EEXIST` when the file is there. */
  readonly create?: 'never' | 'if-missing' | 'exclusive';
  /** Every write returns only when its data is on stable storage (O_DSYNC). Default false. */
  readonly synchronous?: boolean;
}

/** An open file. Reads and writes are positional; there is no shared cursor. */
export interface DiskFile {
  readonly path: string;
  /** Reads up to `length` bytes into `target` at `targetOffset`. Resolves with the bytes read; 0 means end of file. */
  read(target: Uint8Array, targetOffset: number, length: number, position: number): Promise<number>;
  /**
   * Reads exactly `length` bytes to the start of `target`, at once. False when they may have to be waited for, or cannot
   * be had: `read` then tells. For small reads. A disk that has nothing to gain from it leaves it out.
   */
  readNow?(target: Uint8Array, length: number, position: number): boolean;
  /** Writes `data` at `position`. Resolves with the bytes written, which may be fewer (see `writeFully`). */
  write(data: Uint8Array, position: number): Promise<number>;
  /** fdatasync: data and the size needed to read it back are durable when it resolves. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** What `stat` says of a path. */
export interface FileStatus {
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
}

/** Held by one process per directory; released by `release` or by the death of the process. */
export interface DirectoryLock {
  /** Still the directory at its path, and still ours. False when it was removed, moved or replaced from outside. */
  isInPlace(): Promise<boolean>;
  release(): Promise<void>;
}

export interface Disk {
  open(path: string, options: OpenOptions): Promise<DiskFile>;
  /**
   * Creates missing parents too; no error when it is there. The caller syncs the parent directory.
   * @param mode permissions of a directory that is made, but for its parents; default: what the process gives
   */
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Names (not paths), sorted. `ENOENT` when the directory is missing. */
  list(path: string): Promise<string[]>;
  /** Undefined when nothing is there. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Atomic; replaces `to`. Durable only after `syncDirectory` of the parents. */
  rename(from: string, to: string): Promise<void>;
  /** A hard link. */
  link(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Removes a directory with everything in it; no error when it is missing. */
  removeTree(path: string): Promise<void>;
  /** Makes creations, renames and removals inside `path` durable. */
  syncDirectory(path: string): Promise<void>;
  /** Throws `DirectoryLockedError` (which names the holder) when another process holds it. */
  lock(path: string): Promise<DirectoryLock>;
}

/**
 * The disk of the operating system, through `node:fs`.
 *
 * Files are raw descriptors driven by the callback API: a small positional write costs several microseconds less than
 * through a `FileHandle`. A descriptor number is reused by the system as soon as it is closed, so a file counts its
 * operations in flight and `close` waits for the last one.
 */
import fs, { promises } from 'node:fs';
import { posix } from 'node:path';

import { lockDirectory } from './directory-lock.js';
import type { DirectoryLock, Disk, DiskFile, FileStatus, OpenOptions } from './disk.js';
import { diskError, errorCode } from './errors.js';
import { ReadPace } from './read-pace.js';

const { O_CREAT, O_DSYNC, O_EXCL, O_RDONLY, O_RDWR } = fs.constants;

function openFlags(options: OpenOptions): number {
  let flags = options.access === 'write' ? O_RDWR : O_RDONLY;
  if (options.create === 'if-missing') flags |= O_CREAT;
  if (options.create === 'exclusive') flags |= O_CREAT | O_EXCL;
  if (options.synchronous === true) flags |= O_DSYNC;
  return flags;
}

class RealFile implements DiskFile {
  #inFlight = 0;
  #closed: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(
    readonly path: string,
    private readonly descriptor: number,
    private readonly pace: ReadPace,
  ) {}

  read(target: Uint8Array, targetOffset: number, length: number, position: number): Promise<number> {
    return this.#run('read', (done) =>
      fs.read(this.descriptor, target, targetOffset, length, position, done),
    );
  }

  readNow(target: Uint8Array, length: number, position: number): boolean {
    if (this.#closed !== undefined || !this.pace.admits()) return false;
    const start = performance.now();
    try {
      if (fs.readSync(this.descriptor, target, 0, length, position) < length) return false;
    } catch {
      // Whatever it is, `read` will meet it too, and say so.
      return false;
    }
    this.pace.took(performance.now() - start);
    return true;
  }

  write(data: Uint8Array, position: number): Promise<number> {
    return this.#run('write', (done) => fs.write(this.descriptor, data, 0, data.length, position, done));
  }

  sync(): Promise<void> {
    return this.#run('fdatasync', (done) => fs.fdatasync(this.descriptor, done));
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#run('ftruncate', (done) => fs.ftruncate(this.descriptor, sizeBytes, done));
  }

  async sizeBytes(): Promise<number> {
    const status = await this.#run<fs.Stats>('fstat', (done) => fs.fstat(this.descriptor, done));
    return status.size;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await new Promise<void>((resolve, reject) => {
      fs.close(this.descriptor, (error) =>
        error === null || error === undefined ? resolve() : reject(error),
      );
    });
  }

  #run<Result = void>(
    syscall: string,
    start: (done: (error: Error | null, result?: Result) => void) => void,
  ): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(diskError('EBADF', syscall, this.path));
    return new Promise<Result>((resolve, reject) => {
      this.#inFlight += 1;
      start((error, result) => {
        this.#inFlight -= 1;
        if (error !== null && error !== undefined) {
          (error as NodeJS.ErrnoException).path ??= this.path;
          reject(error);
        } else {
          resolve(result as Result);
        }
        if (this.#inFlight === 0) this.#onIdle?.();
      });
    });
  }
}

export class RealDisk implements Disk {
  readonly #pace = new ReadPace();

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    const descriptor = await new Promise<number>((resolve, reject) => {
      fs.open(path, openFlags(options), 0o644, (error, opened) =>
        error === null ? resolve(opened) : reject(error),
      );
    });
    return new RealFile(path, descriptor, this.#pace);
  }

  /** Not with Node's `recursive`, which asks for ever where a file system lets nobody make directories, such as /proc. */
  async makeDirectory(path: string, mode?: number): Promise<void> {
    try {
      await promises.mkdir(path, mode);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EEXIST' && (await this.status(path))?.isDirectory === true) return;
      const parent = posix.dirname(path);
      if (code !== 'ENOENT' || (await this.status(parent)) !== undefined) throw error;
      await this.makeDirectory(parent);
      await this.makeDirectory(path, mode);
    }
  }

  async list(path: string): Promise<string[]> {
    return (await promises.readdir(path)).sort();
  }

  async status(path: string): Promise<FileStatus | undefined> {
    try {
      const status = await promises.stat(path);
      return { sizeBytes: status.size, isDirectory: status.isDirectory() };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  rename(from: string, to: string): Promise<void> {
    return promises.rename(from, to);
  }

  link(from: string, to: string): Promise<void> {
    return promises.link(from, to);
  }

  remove(path: string): Promise<void> {
    return promises.unlink(path);
  }

  removeTree(path: string): Promise<void> {
    return promises.rm(path, { recursive: true, force: true });
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = await promises.open(path, O_RDONLY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  lock(path: string): Promise<DirectoryLock> {
    return lockDirectory(path);
  }
}

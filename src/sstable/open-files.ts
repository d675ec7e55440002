/**
 * A bounded set of open file handles: ten thousand tables are read through a few hundred descriptors.
 *
 * Every read borrows its file for as long as it lasts. A file without a borrower stays open until another one needs its
 * place; the one unused for longest goes first. While every handle is borrowed, a file that is not open waits its turn,
 * so that the limit holds always.
 */
import assert from 'node:assert/strict';
import type { Disk, DiskFile } from '../vfs/disk.js';
import { TableClosedError } from './errors.js';

export interface OpenFilesStatistics {
  /** Open now, or being opened. */
  readonly open: number;
  /** Opened so far. */
  readonly opened: number;
}

export class OpenFiles {
  readonly limit: number;
  /** Open and without a borrower, in the order in which they were given back. */
  readonly #idle = new Set<SharedFile>();
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #opened = 0;

  constructor(options: { readonly limit: number }) {
    assert(Number.isInteger(options.limit) && options.limit > 0);
    this.limit = options.limit;
  }

  get statistics(): OpenFilesStatistics {
    return { open: this.#open, opened: this.#opened };
  }

  /** Nothing is opened before the first read. */
  file(disk: Disk, path: string): SharedFile {
    return new SharedFile(this, disk, path);
  }

  /** For files: resolves when a handle may be opened. */
  async reserve(): Promise<void> {
    while (this.#open >= this.limit) {
      const [victim] = this.#idle;
      if (victim !== undefined) {
        this.#idle.delete(victim);
        // It was only read: closing loses nothing, and the descriptor is free whatever comes of it.
        await victim.evict().catch(() => undefined);
      } else {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    }
    this.#open += 1;
    this.#opened += 1;
  }

  /** For files: a handle was closed, or could not be opened. */
  vacate(): void {
    this.#open -= 1;
    this.#waiting.shift()?.();
  }

  /** For files. */
  borrowed(file: SharedFile): void {
    this.#idle.delete(file);
  }

  /** For files. */
  returned(file: SharedFile): void {
    this.#idle.add(file);
    this.#waiting.shift()?.();
  }
}

/** One file, open only while it is read or while there is room. */
export class SharedFile {
  readonly path: string;
  readonly #files: OpenFiles;
  readonly #disk: Disk;
  #handle: Promise<DiskFile> | undefined;
  /** What `#handle` resolved with. */
  #file: DiskFile | undefined;
  #borrowers = 0;
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(files: OpenFiles, disk: Disk, path: string) {
    this.#files = files;
    this.#disk = disk;
    this.path = path;
  }

  /** The file is open while `use` runs. */
  async with<Result>(use: (file: DiskFile) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new TableClosedError(this.path);
    if (this.#borrowers === 0) this.#files.borrowed(this);
    this.#borrowers += 1;
    try {
      this.#handle ??= this.#open();
      this.#file = await this.#handle;
      return await use(this.#file);
    } finally {
      this.#borrowers -= 1;
      if (this.#borrowers === 0) this.#release();
    }
  }

  /** The file when it is open, for a use that ends at once. */
  get openFile(): DiskFile | undefined {
    if (this.#closed) throw new TableClosedError(this.path);
    if (this.#file !== undefined && this.#borrowers === 0) {
      // Used now: other files go before it.
      this.#files.borrowed(this);
      this.#files.returned(this);
    }
    return this.#file;
  }

  /** Waits for the reads under way. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#borrowers > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    this.#files.borrowed(this);
    await this.evict();
  }

  /** For the set of open files, which calls it only without borrowers. */
  async evict(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#file = undefined;
    if (handle === undefined) return;
    try {
      await (await handle).close();
    } finally {
      this.#files.vacate();
    }
  }

  async #open(): Promise<DiskFile> {
    await this.#files.reserve();
    try {
      return await this.#disk.open(this.path, { access: 'read' });
    } catch (error) {
      this.#handle = undefined;
      this.#files.vacate();
      throw error;
    }
  }

  #release(): void {
    if (this.#handle !== undefined && !this.#closed) this.#files.returned(this);
    this.#drained?.();
  }
}

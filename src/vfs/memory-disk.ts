/**
 * A file system in memory, with the error codes of Linux.
 *
 * It has two users. The `--in-memory` daemon wants it fast: `trackDurability: false`. The simulation wants to know what
 * a power cut leaves: `crashClone` (see `memory-file.ts` and `memory-directory.ts` for the model).
 *
 * Everything takes effect at the call. What a synchronous write or a sync makes durable becomes durable one microtask
 * later, just before its promise resolves: a `crashClone` taken between the two sees the operation half done.
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';

import type { Random } from './clock.js';
import type { DirectoryLock, Disk, DiskFile, FileStatus, OpenOptions } from './disk.js';
import { DirectoryLockedError, diskError } from './errors.js';
import { DirectoryJournal, MemoryDirectory, type MemoryNode } from './memory-directory.js';
import { MemoryFile } from './memory-file.js';

export interface MemoryDiskOptions {
  /** Keep what `crashClone` needs. Default true. Costs a copy of everything written. */
  readonly trackDurability?: boolean;
  /** Bytes that fit; a write beyond fails with ENOSPC. Default: no limit. */
  readonly capacityBytes?: number;
}

/** How a power cut goes. `survive`: the chance, 0..1, of each change that was not synced. */
export interface CrashOptions {
  readonly random: Random;
  readonly survive: number;
}

export class MemoryDisk implements Disk {
  readonly trackDurability: boolean;
  /** May be changed at any time: space comes back, or goes. */
  capacityBytes: number;
  #usedBytes = 0;
  #root = new MemoryDirectory();
  readonly #journal: DirectoryJournal;
  readonly #locked = new Map<MemoryNode, number>();

  constructor(options: MemoryDiskOptions = {}) {
    this.trackDurability = options.trackDurability ?? true;
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.#journal = new DirectoryJournal(this.trackDurability);
  }

  /** Bytes of all files that are named or open. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The disk as a power cut at this moment leaves it: a new one, on which everything is durable and nothing locked. */
  crashClone(options: CrashOptions): MemoryDisk {
    assert(options.survive >= 0 && options.survive <= 1, 'survive is a chance');
    const clone = new MemoryDisk({
      trackDurability: this.trackDurability,
      capacityBytes: this.capacityBytes,
    });
    clone.#root = this.#journal.crashClone(this.#root, options.random, options.survive);
    clone.#usedBytes = sumOfSizes(clone.#root, new Set());
    return clone;
  }

  async open(path: string, options: OpenOptions): Promise<DiskFile> {
    const { parent, name, node } = this.#resolve(path, 'open');
    const create = options.create ?? 'never';
    if (node === undefined) {
      if (create === 'never') throw diskError('ENOENT', 'open', path);
      const file = new MemoryFile(this.trackDurability);
      file.links = 1;
      this.#journal.commit({ directory: parent, name, node: file });
      return new OpenMemoryFile(path, file, options, this.#space);
    }
    if (create === 'exclusive') throw diskError('EEXIST', 'open', path);
    if (node.kind === 'directory') throw diskError('EISDIR', 'open', path);
    return new OpenMemoryFile(path, node, options, this.#space);
  }

  async makeDirectory(path: string): Promise<void> {
    let at = this.#root;
    for (const name of segmentsOf(path)) {
      let next = at.entries.get(name);
      if (next === undefined) {
        next = new MemoryDirectory();
        this.#journal.commit({ directory: at, name, node: next });
      }
      if (next.kind === 'file') throw diskError('ENOTDIR', 'mkdir', path);
      at = next;
    }
  }

  async list(path: string): Promise<string[]> {
    return [...this.#directory(path, 'scandir').entries.keys()].sort();
  }

  async status(path: string): Promise<FileStatus | undefined> {
    const node = this.#lookUp(path, 'stat');
    if (node === undefined) return undefined;
    return node.kind === 'directory'
      ? { sizeBytes: 0, isDirectory: true }
      : { sizeBytes: node.sizeBytes, isDirectory: false };
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#resolve(from, 'rename');
    const target = this.#resolve(to, 'rename');
    if (source.node === undefined) throw diskError('ENOENT', 'rename', from);
    if (source.node === target.node) return;
    if (target.node?.kind === 'directory') {
      if (source.node.kind === 'file') throw diskError('EISDIR', 'rename', to);
      if (target.node.entries.size > 0) throw diskError('ENOTEMPTY', 'rename', to);
    } else if (target.node !== undefined && source.node.kind === 'directory') {
      throw diskError('ENOTDIR', 'rename', to);
    }
    if (`${to}/`.startsWith(`${from}/`)) throw diskError('EINVAL', 'rename', to);
    this.#unlink(target.node);
    this.#journal.commit(
      { directory: source.parent, name: source.name, node: undefined },
      { directory: target.parent, name: target.name, node: source.node },
    );
  }

  async link(from: string, to: string): Promise<void> {
    const source = this.#resolve(from, 'link');
    const target = this.#resolve(to, 'link');
    if (source.node === undefined) throw diskError('ENOENT', 'link', from);
    if (source.node.kind === 'directory') throw diskError('EPERM', 'link', from);
    if (target.node !== undefined) throw diskError('EEXIST', 'link', to);
    source.node.links += 1;
    this.#journal.commit({ directory: target.parent, name: target.name, node: source.node });
  }

  async remove(path: string): Promise<void> {
    const { parent, name, node } = this.#resolve(path, 'unlink');
    if (node === undefined) throw diskError('ENOENT', 'unlink', path);
    if (node.kind === 'directory') throw diskError('EISDIR', 'unlink', path);
    this.#unlink(node);
    this.#journal.commit({ directory: parent, name, node: undefined });
  }

  async removeTree(path: string): Promise<void> {
    if (this.#lookUp(path, 'rm') === undefined) return;
    const { parent, name, node } = this.#resolve(path, 'rm');
    if (node?.kind === 'directory') this.#empty(node);
    this.#unlink(node);
    this.#journal.commit({ directory: parent, name, node: undefined });
  }

  async syncDirectory(path: string): Promise<void> {
    const directory = this.#directory(path, 'fsync');
    await undefined;
    this.#journal.sync(directory);
  }

  async lock(path: string): Promise<DirectoryLock> {
    const directory = this.#directory(path, 'lock');
    const sinceMs = this.#locked.get(directory);
    if (sinceMs !== undefined) throw new DirectoryLockedError(path, { pid: process.pid, sinceMs });
    this.#locked.set(directory, Date.now());
    return {
      isInPlace: async () => this.#lookUp(path, 'stat') === directory,
      release: async () => void this.#locked.delete(directory),
    };
  }

  #empty(directory: MemoryDirectory): void {
    for (const [name, node] of directory.entries) {
      if (node.kind === 'directory') this.#empty(node);
      this.#unlink(node);
      this.#journal.commit({ directory, name, node: undefined });
    }
  }

  #unlink(node: MemoryNode | undefined): void {
    if (node?.kind !== 'file') return;
    node.links -= 1;
    if (node.links === 0) this.#usedBytes -= node.sizeBytes;
  }

  readonly #space: Space = {
    take: (bytes, path, syscall) => {
      if (bytes > 0 && this.#usedBytes + bytes > this.capacityBytes) throw diskError('ENOSPC', syscall, path);
      this.#usedBytes += bytes;
    },
  };

  #resolve(
    path: string,
    syscall: string,
  ): { parent: MemoryDirectory; name: string; node: MemoryNode | undefined } {
    assert(posix.isAbsolute(path), `an absolute path: ${path}`);
    const name = posix.basename(path);
    if (name === '') throw diskError('EISDIR', syscall, path);
    const parent = this.#directory(posix.dirname(path), syscall);
    return { parent, name, node: parent.entries.get(name) };
  }

  #directory(path: string, syscall: string): MemoryDirectory {
    const node = this.#lookUp(path, syscall);
    if (node === undefined) throw diskError('ENOENT', syscall, path);
    if (node.kind === 'file') throw diskError('ENOTDIR', syscall, path);
    return node;
  }

  #lookUp(path: string, syscall: string): MemoryNode | undefined {
    assert(posix.isAbsolute(path), `an absolute path: ${path}`);
    let at: MemoryNode | undefined = this.#root;
    for (const name of segmentsOf(path)) {
      if (at === undefined) return undefined;
      if (at.kind === 'file') throw diskError('ENOTDIR', syscall, path);
      at = at.entries.get(name);
    }
    return at;
  }
}

/** The disk's account of bytes in use. Throws ENOSPC. */
interface Space {
  take(bytes: number, path: string, syscall: string): void;
}

class OpenMemoryFile implements DiskFile {
  #closed = false;

  constructor(
    readonly path: string,
    private readonly file: MemoryFile,
    private readonly options: OpenOptions,
    private readonly space: Space,
  ) {}

  async read(target: Uint8Array, targetOffset: number, length: number, position: number): Promise<number> {
    this.#check('read');
    assert(targetOffset + length <= target.length, 'the target holds what is to be read');
    return this.file.read(target, targetOffset, length, position);
  }

  async write(data: Uint8Array, position: number): Promise<number> {
    this.#check('write', 'write');
    this.#take(Math.max(0, position + data.length - this.file.sizeBytes), 'write');
    this.file.write(data, position);
    if (this.options.synchronous === true) {
      await undefined;
      this.file.syncRange(position, data.length);
    }
    return data.length;
  }

  async sync(): Promise<void> {
    this.#check('fdatasync');
    await undefined;
    this.file.sync();
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.#check('ftruncate', 'write');
    this.#take(sizeBytes - this.file.sizeBytes, 'ftruncate');
    this.file.truncate(sizeBytes);
  }

  async sizeBytes(): Promise<number> {
    this.#check('fstat');
    return this.file.sizeBytes;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #take(bytes: number, syscall: string): void {
    if (this.file.links > 0) this.space.take(bytes, this.path, syscall);
  }

  #check(syscall: string, access: 'read' | 'write' = 'read'): void {
    if (this.#closed) throw diskError('EBADF', syscall, this.path);
    if (access === 'write' && this.options.access !== 'write') {
      throw diskError(syscall === 'ftruncate' ? 'EINVAL' : 'EBADF', syscall, this.path);
    }
  }
}

function segmentsOf(path: string): string[] {
  return posix
    .normalize(path)
    .split('/')
    .filter((name) => name !== '');
}

function sumOfSizes(directory: MemoryDirectory, counted: Set<MemoryNode>): number {
  let sum = 0;
  for (const node of directory.entries.values()) {
    if (counted.has(node)) continue;
    counted.add(node);
    sum += node.kind === 'directory' ? sumOfSizes(node, counted) : node.sizeBytes;
  }
  return sum;
}

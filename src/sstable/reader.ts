/**
 * An open table. Footer, properties, filter and index root are read and checked when it is opened and stay in memory
 * (charged to the block cache's budget); data blocks and index leaves come through the cache.
 *
 * A get: key range, filter, index, block. While all of it is in memory the answer is synchronous. Values are views of
 * their block and keep it in memory: a caller that stores one for long copies it.
 */
import assert from 'node:assert/strict';
import type { Version, VersionedRange } from '../memtable/types.js';
import type { Disk } from '../vfs/disk.js';
import { Block } from './block.js';
import type { BlockCache, CacheShelf } from './block-cache.js';
import { TableClosedError } from './errors.js';
import type { Filter } from './filter.js';
import type { Handle } from './format.js';
import { OpenFiles } from './open-files.js';
import { type CursorSource, SortedTableCursor } from './table-cursor.js';
import { TableFile } from './table-file.js';
import { handleAt } from './table-index.js';
import { readTail, type TableTail } from './tail.js';
import type { TableCursor, TableProperties, TableReader } from './types.js';
import { verifyTable } from './verify.js';

export interface OpenTableOptions {
  readonly disk: Disk;
  readonly path: string;
  /** What the file must say that it is. */
  readonly fileNumber: number;
  readonly cache: BlockCache;
  /** Absent: the table keeps a descriptor of its own. */
  readonly files?: OpenFiles;
}

/** Throws `CorruptionError`, `UnsupportedVersionError`, or what the disk throws. */
export async function openTable(options: OpenTableOptions): Promise<TableReader> {
  const files = options.files ?? new OpenFiles({ limit: 1 });
  const file = new TableFile(files.file(options.disk, options.path), options.fileNumber);
  try {
    const tail = await readTail(file);
    return new SortedTableReader(file, tail, options.cache);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class SortedTableReader implements TableReader, CursorSource {
  readonly properties: TableProperties;
  readonly file: TableFile;
  readonly shelf: CacheShelf;
  readonly root: Block;
  readonly indexLevels: 1 | 2;
  readonly dataEnd: number;
  readonly #filter: Filter | undefined;
  readonly #smallestKey: string;
  readonly #largestKey: string;
  #closed = false;

  constructor(file: TableFile, tail: TableTail, cache: BlockCache) {
    this.file = file;
    this.properties = tail.properties;
    this.root = tail.root;
    this.indexLevels = tail.footer.indexLevels;
    this.dataEnd = tail.footer.dataEnd;
    this.#filter = tail.filter;
    this.#smallestKey = tail.properties.smallestKey;
    this.#largestKey = tail.properties.largestKey;
    this.shelf = cache.openShelf(tail.root.memoryBytes + (tail.filter?.memoryBytes ?? 0));
  }

  get(key: string): Version | undefined | Promise<Version | undefined> {
    if (this.#closed) throw new TableClosedError(this.file.path);
    if (key < this.#smallestKey || key > this.#largestKey) return undefined;
    if (this.#filter !== undefined && !this.#filter.mayContain(key)) return undefined;
    if (this.indexLevels === 1) return this.#getThrough(this.root, key);
    const leaf = this.leaf(handleAt(this.root, floorEntry(this.root, key)));
    return leaf instanceof Block
      ? this.#getThrough(leaf, key)
      : leaf.then((read) => this.#getThrough(read, key));
  }

  cursor(range: VersionedRange, options?: { readonly fillCache?: boolean }): TableCursor {
    if (this.#closed) throw new TableClosedError(this.file.path);
    return new SortedTableCursor(this, range, options?.fillCache ?? true);
  }

  leaf(handle: Handle): Block | Promise<Block> {
    return this.shelf.get(handle.offset) ?? this.shelf.load(handle.offset, () => this.file.readBlock(handle));
  }

  verify(): Promise<void> {
    if (this.#closed) return Promise.reject(new TableClosedError(this.file.path));
    return verifyTable(this.file);
  }

  /** Waits for reads under way. What is read afterwards throws `TableClosedError`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.shelf.close();
    await this.file.close();
  }

  #getThrough(leaf: Block, key: string): Version | undefined | Promise<Version | undefined> {
    const handle = handleAt(leaf, floorEntry(leaf, key));
    const block = this.shelf.get(handle.offset);
    if (block !== undefined) return block.find(key);
    return this.shelf.load(handle.offset, () => this.file.readBlock(handle)).then((read) => read.find(key));
  }
}

/** The first separator is empty, so that no key lies before it. */
function floorEntry(index: Block, key: string): number {
  const entry = index.floor(key);
  assert(entry >= 0, 'an index covers every key');
  return entry;
}

/**
 * An open table. Footer, properties, filter and index root are read and checked when it is opened and stay in memory
 * (charged to the block cache's budget); data blocks and index leaves come through the cache.
 *
 * A get: key range, filter, index, block. While all of it is in memory the answer is synchronous. Values are views of
 * their block and keep it in memory: a caller that stores one for long copies it.
 */
import type { Version, VersionedRange } from '../memtable/types.js';
import type { Disk } from '../vfs/disk.js';
import type { Block } from './block.js';
import type { BlockCache, CacheShelf } from './block-cache.js';
import { searchBlock } from './block-search.js';
import { TableClosedError } from './errors.js';
import type { Filter } from './filter.js';
import { OpenFiles } from './open-files.js';
import { type CursorSource, SortedTableCursor, type TableIndex } from './table-cursor.js';
import { TableFile } from './table-file.js';
import { IndexBlock } from './table-index.js';
import { readTail, type TableTail } from './tail.js';
import type { TableCursor, TableCursorOptions, TableProperties, TableReader } from './types.js';
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
  readonly index: TableIndex;
  readonly blocks: CacheShelf<Block>;
  readonly dataEnd: number;
  readonly #leaves: CacheShelf<IndexBlock<Block>>;
  readonly #cache: BlockCache;
  readonly #filter: Filter | undefined;
  readonly #smallestKey: string;
  readonly #largestKey: string;
  #closed = false;

  constructor(file: TableFile, tail: TableTail, cache: BlockCache) {
    this.file = file;
    this.properties = tail.properties;
    this.index =
      tail.footer.indexLevels === 1
        ? { levels: 1, leaf: new IndexBlock<Block>(tail.root) }
        : { levels: 2, root: new IndexBlock<IndexBlock<Block>>(tail.root) };
    this.dataEnd = tail.footer.dataEnd;
    this.#cache = cache;
    this.#filter = tail.filter;
    this.#smallestKey = tail.properties.smallestKey;
    this.#largestKey = tail.properties.largestKey;
    this.#leaves = cache.openShelf(tail.root.memoryBytes + (tail.filter?.memoryBytes ?? 0));
    this.blocks = cache.openShelf(0);
  }

  get(key: string): Version | undefined | Promise<Version | undefined> {
    if (this.#closed) throw new TableClosedError(this.file.path);
    if (key < this.#smallestKey || key > this.#largestKey) return undefined;
    if (this.#isExcluded(key)) return undefined;
    const { index } = this;
    if (index.levels === 1) return this.#getThrough(index.leaf, key);
    const leaf = this.leaf(index.root, index.root.entryFor(key));
    return leaf instanceof Promise
      ? leaf.then((read) => this.#getThrough(read, key))
      : this.#getThrough(leaf, key);
  }

  cursor(range: VersionedRange, options?: TableCursorOptions): TableCursor {
    if (this.#closed) throw new TableClosedError(this.file.path);
    return new SortedTableCursor(this, range, options);
  }

  leaf(root: IndexBlock<IndexBlock<Block>>, entry: number): IndexBlock<Block> | Promise<IndexBlock<Block>> {
    const cached = root.cachedChild(entry, this.#leaves);
    if (cached !== undefined) return cached;
    const handle = root.handleAt(entry);
    const block = this.file.readBlockNow(handle);
    if (block !== undefined) {
      const leaf = new IndexBlock<Block>(block);
      this.#leaves.insert(handle.offset, leaf);
      return leaf;
    }
    return this.#leaves.load(handle.offset, async () => new IndexBlock(await this.file.readBlock(handle)));
  }

  verify(): Promise<void> {
    if (this.#closed) return Promise.reject(new TableClosedError(this.file.path));
    return verifyTable(this.file);
  }

  /** Waits for reads under way. What is read afterwards throws `TableClosedError`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.blocks.close();
    this.#leaves.close();
    await this.file.close();
  }

  #isExcluded(key: string): boolean {
    if (this.#filter === undefined) return false;
    this.#cache.filterChecks += 1;
    if (this.#filter.mayContain(key)) return false;
    this.#cache.filterExclusions += 1;
    return true;
  }

  #getThrough(leaf: IndexBlock<Block>, key: string): Version | undefined | Promise<Version | undefined> {
    const entry = leaf.entryFor(key);
    const cached = leaf.cachedChild(entry, this.blocks);
    if (cached !== undefined) return cached.find(key);
    const handle = leaf.handleAt(entry);
    if (this.blocks.worthKeeping(handle)) {
      const block = this.file.readBlockNow(handle);
      if (block !== undefined) {
        this.blocks.insert(handle.offset, block);
        return block.find(key);
      }
    } else {
      const payload = this.file.borrowBlockNow(handle);
      if (payload !== undefined) {
        return searchBlock(payload, key, { path: this.file.path, offset: handle.offset });
      }
    }
    return this.blocks
      .load(handle.offset, () => this.file.readBlock(handle))
      .then((block) => block.find(key));
  }
}

/**
 * Walks the entries of a table, forward or backward. It stands on an entry of a data block, whose block stands on an
 * entry of an index block, which (with two levels) stands on an entry of the root. Stepping off the end of one asks
 * the level above for the next.
 *
 * Everything that is in memory is answered at once. When a block must be read, `next` returns a promise; it must have
 * settled before the next call.
 */
import type { VersionedEntry, VersionedRange } from '../memtable/types.js';
import type { Block } from './block.js';
import type { Cacheable, CacheShelf } from './block-cache.js';
import { BlockWalk } from './block-walk.js';
import { readAheadBytesMax } from './limits.js';
import { ReadAhead } from './read-ahead.js';
import type { TableFile } from './table-file.js';
import type { IndexBlock } from './table-index.js';
import type { TableCursor, TableCursorOptions } from './types.js';

/** The index as it stays in memory: its one block, or the root over its leaves. */
export type TableIndex =
  | { readonly levels: 1; readonly leaf: IndexBlock<Block> }
  | { readonly levels: 2; readonly root: IndexBlock<IndexBlock<Block>> };

/** What a cursor needs of its table. */
export interface CursorSource {
  readonly file: TableFile;
  readonly index: TableIndex;
  readonly blocks: CacheShelf<Block>;
  readonly dataEnd: number;
  /** A leaf of the index, through the cache. */
  leaf(root: IndexBlock<IndexBlock<Block>>, entry: number): IndexBlock<Block> | Promise<IndexBlock<Block>>;
}

export class SortedTableCursor implements TableCursor {
  readonly #source: CursorSource;
  readonly #from: string | undefined;
  readonly #to: string | undefined;
  readonly #step: 1 | -1;
  readonly #fillCache: boolean;
  readonly #readAhead: ReadAhead;
  /** Root, leaf (the root itself when there is one level) and data block, each with the entry it stands on. */
  #rootEntry = 0;
  #leaf: IndexBlock<Block> | undefined;
  #leafEntry = 0;
  #block: Block | undefined;
  #entry = 0;
  /** Instead of a block, when it will not be kept. */
  #walk: BlockWalk | undefined;
  #walker: BlockWalk | undefined;
  /** The bound at which the walk begins has not been applied yet at this level. */
  #seekRoot = true;
  #seekLeaf = true;
  #seekBlock = true;
  #ended = false;

  constructor(
    source: CursorSource,
    range: VersionedRange,
    { fillCache = true, reuseMemory = false }: TableCursorOptions = {},
  ) {
    this.#source = source;
    this.#from = range.from;
    this.#to = range.to;
    this.#step = range.reverse === true ? -1 : 1;
    this.#fillCache = fillCache;
    this.#readAhead = new ReadAhead(source.file, {
      dataEnd: source.dataEnd,
      reverse: range.reverse === true,
      startBytes: fillCache ? 0 : readAheadBytesMax,
      reuseMemory: reuseMemory && !fillCache,
    });
    this.#ended = range.from !== undefined && range.to !== undefined && range.from >= range.to;
  }

  next(): VersionedEntry | undefined | Promise<VersionedEntry | undefined> {
    while (!this.#ended) {
      const block = this.#block;
      if (this.#walk !== undefined) {
        const found = this.#walk.next();
        if (found !== undefined) {
          if (!this.#isBeyond(found.key)) return found;
          break;
        }
        this.#walk = undefined;
      } else if (block !== undefined) {
        const entry = this.#entry;
        if (entry >= 0 && entry < block.count) {
          this.#entry = entry + this.#step;
          const found = block.entryAt(entry);
          if (!this.#isBeyond(found.key)) return found;
          break;
        }
        this.#block = undefined;
      }
      const reading = this.#nextBlock();
      if (reading !== undefined) return reading.then(() => this.next());
    }
    this.#end();
    return undefined;
  }

  #isBeyond(key: string): boolean {
    if (this.#step > 0) return this.#to !== undefined && key >= this.#to;
    return this.#from !== undefined && key < this.#from;
  }

  #end(): void {
    this.#ended = true;
    this.#block = undefined;
    this.#walk = undefined;
    this.#leaf = undefined;
  }

  /** Moves to the next data block, or ends. A promise when something had to be read. */
  #nextBlock(): Promise<void> | undefined {
    if (this.#leaf === undefined) {
      const leaf = this.#nextLeaf();
      if (leaf === undefined) {
        this.#ended = true;
        return undefined;
      }
      if (leaf instanceof Promise) return leaf.then((read) => this.#enterLeaf(read));
      this.#enterLeaf(leaf);
      return undefined;
    }
    if (this.#leafEntry < 0 || this.#leafEntry >= this.#leaf.count) {
      this.#leaf = undefined;
      return undefined;
    }
    const cached = this.#leaf.cachedChild(this.#leafEntry, this.#source.blocks);
    if (cached !== undefined) {
      this.#enterBlock(cached);
      return undefined;
    }
    const handle = this.#leaf.handleAt(this.#leafEntry);
    const sealed = this.#readAhead.take(handle) ?? this.#readAhead.readNow(handle);
    if (sealed === undefined) {
      return this.#readAhead.read(handle).then((read) => this.#enterSealed(read, handle.offset));
    }
    this.#enterSealed(sealed, handle.offset);
    return undefined;
  }

  #nextLeaf(): IndexBlock<Block> | Promise<IndexBlock<Block>> | undefined {
    const { index } = this.#source;
    const isFirst = this.#seekRoot;
    this.#seekRoot = false;
    if (index.levels === 1) return isFirst ? index.leaf : undefined;
    if (isFirst) this.#rootEntry = this.#startEntry(index.root);
    if (this.#rootEntry < 0 || this.#rootEntry >= index.root.count) return undefined;
    return this.#source.leaf(index.root, this.#rootEntry);
  }

  /** Called once the leaf is at hand, so that a read that failed can be asked for again. */
  #enterLeaf(leaf: IndexBlock<Block>): void {
    this.#rootEntry += this.#step;
    this.#leaf = leaf;
    this.#leafEntry = this.#step > 0 ? 0 : leaf.count - 1;
    if (this.#seekLeaf) this.#leafEntry = this.#startEntry(leaf);
    this.#seekLeaf = false;
  }

  /** The index entry of the block in which the range begins: its separator is the last one <= the bound. */
  #startEntry<Child extends Cacheable>(index: IndexBlock<Child>): number {
    const bound = this.#step > 0 ? this.#from : this.#to;
    if (bound === undefined) return this.#step > 0 ? 0 : index.count - 1;
    return index.entryFor(bound);
  }

  /** Called once the block is at hand, so that a read that failed can be asked for again. */
  #enterBlock(block: Block): void {
    this.#leafEntry += this.#step;
    this.#block = block;
    this.#entry = this.#step > 0 ? 0 : block.count - 1;
    if (this.#seekBlock) {
      const bound = this.#step > 0 ? this.#from : this.#to;
      if (bound !== undefined) this.#entry = block.ceiling(bound) - (this.#step > 0 ? 0 : 1);
    }
    this.#seekBlock = false;
  }

  /** Called once the block is at hand, so that a read that failed can be asked for again. */
  #enterSealed(sealed: Buffer, offset: number): void {
    const { file } = this.#source;
    if (this.#mayKeep(offset, sealed.length)) {
      this.#enterBlock(this.#keep(sealed, offset));
    } else if (this.#step < 0) {
      this.#enterBlock(file.decodeBlock(sealed, offset));
    } else {
      this.#walker ??= new BlockWalk();
      const from = this.#seekBlock ? this.#from : undefined;
      this.#walker.begin(file.openBlock(sealed, offset), { path: file.path, offset }, from);
      this.#leafEntry += 1;
      this.#walk = this.#walker;
      this.#seekBlock = false;
    }
  }

  #keep(sealed: Buffer, offset: number): Block {
    // A view would keep the whole piece that was read in memory, for as long as one of its blocks is cached.
    const isWhole = sealed.length === sealed.buffer.byteLength;
    const own = isWhole ? sealed : Buffer.allocUnsafeSlow(sealed.length);
    if (!isWhole) sealed.copy(own);
    const block = this.#source.file.decodeBlock(own, offset);
    this.#source.blocks.insert(offset, block);
    return block;
  }

  /** A long walk uses the cache's free room, but evicts nothing: what it reads once it will hardly read again. */
  #mayKeep(offset: number, length: number): boolean {
    if (!this.#fillCache) return false;
    const { blocks } = this.#source;
    return this.#readAhead.isStreaming ? blocks.hasRoom(length) : blocks.worthKeeping({ offset, length });
  }
}

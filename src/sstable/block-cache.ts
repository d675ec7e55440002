/**
 * The cache of blocks, shared by all tables, bounded in bytes.
 *
 * Data blocks are kept as bytes, in an arena (block-arena.ts). Blocks of indexes are kept decoded, as objects: they are
 * few, and searched for every get. Of them eviction is SIEVE (Zhang et al., NSDI 2024): they stand in a queue in the
 * order of arrival; a hit only sets a bit; a hand walks from the oldest to the newest, clears set bits and evicts the
 * first block whose bit is clear. A hit moves nothing (an LRU list would relink four neighbours for every get), and a
 * long scan cannot flush out what is read often. They may push out data until they have half of the budget: whatever is
 * read next needs one of them.
 *
 * Once it is full, a block is kept from its second miss on (doorkeeper.ts).
 *
 * Each table has a shelf for either kind, keyed by block offset. A lookup is one probe of a small map with integer keys,
 * and closing a shelf evicts exactly the blocks of its file. What a table keeps in memory itself (index root, filter) is
 * charged to the budget too, so that the budget covers all that grows with the data.
 */
import assert from 'node:assert/strict';
import { type ArenaSlot, BlockArena } from './block-arena.js';
import { Doorkeeper } from './doorkeeper.js';
import type { Handle } from './format.js';
import { arenaSegmentBytesMax, arenaSegmentsMin, defaultTableWriterOptions } from './limits.js';

export interface BlockCacheStatistics {
  readonly hits: number;
  readonly misses: number;
  /** Blocks that made room for others. */
  readonly evictions: number;
  /** Blocks held, in bytes of memory (estimated). */
  readonly usedBytes: number;
  /** What open tables keep beside the cache, charged to its budget. */
  readonly pinnedBytes: number;
  readonly blocks: number;
  /** Keys that filters of tables were asked for, and those that were ruled out. */
  readonly filterChecks: number;
  readonly filterExclusions: number;
}

/** What a cache holds as an object: a block of an index. */
export interface Cacheable {
  readonly memoryBytes: number;
}

/** A block's place in the cache, whatever the kind. Whoever keeps one finds `isHeld` false once the block was evicted. */
export interface Place {
  readonly isHeld: boolean;
  visited: boolean;
}

/** What finds places of blocks of a file. */
export interface Shelf<Found extends Place> {
  /** Counts a hit or a miss. The place may be kept, to find the block without a lookup; see `touch`. */
  find(offset: number): Found | undefined;
  /** Counts a hit of a block that was found through its place. */
  touch(place: Found): void;
}

/** The place of an object. */
export class Slot<Cached extends Cacheable = Cacheable> implements Place {
  readonly bytes: number;
  visited = false;
  newer: Slot | undefined;

  constructor(
    readonly shelf: CacheShelf<Cached>,
    readonly offset: number,
    public block: Cached | undefined,
    public older: Slot | undefined,
  ) {
    this.bytes = block?.memoryBytes ?? 0;
  }

  get isHeld(): boolean {
    return this.block !== undefined;
  }
}

export class BlockCache {
  /** Above this blocks are evicted. */
  readonly budgetBytes: number;
  #newest: Slot | undefined;
  #oldest: Slot | undefined;
  #hand: Slot | undefined;
  /** Of objects. */
  #objectBytes = 0;
  #objects = 0;
  #pinnedBytes = 0;
  readonly #arena: BlockArena;
  #evictions = 0;
  #shelves = 0;
  readonly #doorkeeper: Doorkeeper;
  /** Counted by the tables: keys that their filters were asked for, and those of them that a filter ruled out. */
  filterChecks = 0;
  filterExclusions = 0;
  /** Counted by the shelves. */
  hits = 0;
  misses = 0;

  constructor(options: { readonly budgetBytes: number }) {
    assert(options.budgetBytes >= 0);
    this.budgetBytes = options.budgetBytes;
    const segmentBytes = Math.min(arenaSegmentBytesMax, Math.floor(options.budgetBytes / arenaSegmentsMin));
    this.#arena = new BlockArena(segmentBytes);
    this.#doorkeeper = new Doorkeeper(options.budgetBytes / defaultTableWriterOptions.blockBytes);
  }

  get statistics(): BlockCacheStatistics {
    return {
      hits: this.hits,
      misses: this.misses,
      evictions: this.#evictions,
      usedBytes: this.#objectBytes + this.#arena.usedBytes,
      pinnedBytes: this.#pinnedBytes,
      blocks: this.#objects + this.#arena.blocks,
      filterChecks: this.filterChecks,
      filterExclusions: this.filterExclusions,
    };
  }

  /** For the decoded blocks of one file. `pinnedBytes`: what its table keeps in memory anyway. */
  openShelf<Cached extends Cacheable>(pinnedBytes: number): CacheShelf<Cached> {
    return new CacheShelf(this, pinnedBytes);
  }

  /** For the data blocks of one file. */
  openBlockShelf(): BlockShelf {
    return new BlockShelf(this);
  }

  /** For shelves. */
  charge(pinnedBytes: number): void {
    this.#pinnedBytes += pinnedBytes;
    this.#makeRoom(0);
  }

  /** For shelves: whether a data block can be kept without evicting anything. */
  hasRoom(length: number): boolean {
    return this.#over(this.#arena.growthFor(length)) <= 0;
  }

  /** For shelves: a number that no other shelf of this cache has. */
  nextShelf(): number {
    this.#shelves += 1;
    return this.#shelves;
  }

  /** For shelves: whether a data block that was just missed should be kept. */
  worthKeeping(shelf: number, offset: number, length: number): boolean {
    return this.hasRoom(length) || this.#doorkeeper.knows(shelf, offset);
  }

  /** For shelves: copies the block. Undefined when it would never fit. */
  admitBlock(offset: number, block: Buffer, onEvicted: (offset: number) => void): ArenaSlot | undefined {
    const arena = this.#arena;
    if (arena.growthFor(block.length) + this.#pinnedBytes > this.budgetBytes) return undefined;
    for (let growth = arena.growthFor(block.length); growth > 0; growth = arena.growthFor(block.length)) {
      if (this.#over(growth) <= 0) break;
      if (arena.isEmpty || this.#objectsHaveHalf) this.#evictObject();
      else this.#evictions += arena.recycle(block.length);
    }
    return arena.insert(offset, block, onEvicted);
  }

  /** For shelves. */
  removeBlock(slot: ArenaSlot): void {
    this.#arena.remove(slot);
  }

  /** For shelves: the slot is in the queue until it is evicted or removed. Undefined when it would never fit. */
  admit<Cached extends Cacheable>(
    shelf: CacheShelf<Cached>,
    offset: number,
    block: Cached,
  ): Slot<Cached> | undefined {
    const bytes = block.memoryBytes;
    if (bytes + this.#pinnedBytes > this.budgetBytes) return undefined;
    this.#makeRoom(bytes);
    const slot = new Slot(shelf, offset, block, this.#newest);
    if (this.#newest === undefined) this.#oldest = slot;
    else this.#newest.newer = slot;
    this.#newest = slot;
    this.#objectBytes += bytes;
    this.#objects += 1;
    return slot;
  }

  /** For shelves. */
  remove(slot: Slot): void {
    if (slot.newer === undefined) this.#newest = slot.older;
    else slot.newer.older = slot.older;
    if (slot.older === undefined) this.#oldest = slot.newer;
    else slot.older.newer = slot.newer;
    if (this.#hand === slot) this.#hand = slot.newer;
    slot.newer = undefined;
    slot.older = undefined;
    slot.block = undefined;
    this.#objectBytes -= slot.bytes;
    this.#objects -= 1;
  }

  /** By how much the budget is exceeded once that is added. */
  #over(bytes: number): number {
    return this.#objectBytes + this.#arena.usedBytes + this.#pinnedBytes + bytes - this.budgetBytes;
  }

  get #objectsHaveHalf(): boolean {
    // What is left may be less than nothing: tables keep what they must.
    return this.#objects > 0 && this.#objectBytes > (this.budgetBytes - this.#pinnedBytes) / 2;
  }

  #makeRoom(bytes: number): void {
    while (this.#over(bytes) > 0 && !(this.#objects === 0 && this.#arena.isEmpty)) {
      if (this.#arena.isEmpty || this.#objectsHaveHalf) this.#evictObject();
      else this.#evictions += this.#arena.shrink();
    }
  }

  #evictObject(): void {
    let slot = this.#hand ?? this.#oldest;
    while (slot?.visited === true) {
      slot.visited = false;
      slot = slot.newer ?? this.#oldest;
    }
    assert(slot !== undefined, 'a queue with blocks has an oldest one');
    this.#hand = slot;
    this.remove(slot);
    slot.shelf.forget(slot.offset);
    this.#evictions += 1;
  }
}

/** Reads under way: a second miss of the same block waits for the first one's read. */
class SharedReads<Result> {
  readonly #running = new Map<number, Promise<Result>>();

  /** `keep` gets what was read, once. */
  read(offset: number, read: () => Promise<Result>, keep: (result: Result) => void): Promise<Result> {
    const running = this.#running.get(offset);
    if (running !== undefined) return running;
    const reading = read().then(
      (result) => {
        this.#running.delete(offset);
        keep(result);
        return result;
      },
      (error: unknown) => {
        this.#running.delete(offset);
        throw error;
      },
    );
    this.#running.set(offset, reading);
    return reading;
  }
}

/** The data blocks of one file, as bytes. */
export class BlockShelf implements Shelf<ArenaSlot> {
  readonly #cache: BlockCache;
  readonly #number: number;
  readonly #slots = new Map<number, ArenaSlot>();
  readonly #reads = new SharedReads<Buffer>();
  readonly #forget = (offset: number): void => {
    this.#slots.delete(offset);
  };
  #closed = false;

  constructor(cache: BlockCache) {
    this.#cache = cache;
    this.#number = cache.nextShelf();
  }

  find(offset: number): ArenaSlot | undefined {
    const slot = this.#slots.get(offset);
    if (slot === undefined) this.#cache.misses += 1;
    else this.touch(slot);
    return slot;
  }

  touch(slot: ArenaSlot): void {
    slot.visited = true;
    this.#cache.hits += 1;
  }

  /** After a miss: reads the block, once however many ask for it, and keeps a copy. */
  load(offset: number, read: () => Promise<Buffer>): Promise<Buffer> {
    return this.#reads.read(offset, read, (block) => this.insert(offset, block));
  }

  /** Copies the block. */
  insert(offset: number, block: Buffer): void {
    if (this.#closed || this.#slots.has(offset)) return;
    const slot = this.#cache.admitBlock(offset, block, this.#forget);
    if (slot !== undefined) this.#slots.set(offset, slot);
  }

  /** After a miss: whether to keep the block. At once while there is room, from its second miss on when there is none. */
  worthKeeping({ offset, length }: Handle): boolean {
    return this.#cache.worthKeeping(this.#number, offset, length);
  }

  /** Whether that much more can be kept without evicting anything. */
  hasRoom(bytes: number): boolean {
    return this.#cache.hasRoom(bytes);
  }

  /** Evicts every block of the shelf. Reads under way complete, but are not kept. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const slot of this.#slots.values()) this.#cache.removeBlock(slot);
    this.#slots.clear();
  }
}

/** Blocks of one kind of one file, as objects. */
export class CacheShelf<Cached extends Cacheable> implements Shelf<Slot<Cached>> {
  readonly #cache: BlockCache;
  readonly #pinnedBytes: number;
  readonly #slots = new Map<number, Slot<Cached>>();
  readonly #reads = new SharedReads<Cached>();
  #closed = false;

  constructor(cache: BlockCache, pinnedBytes: number) {
    this.#cache = cache;
    this.#pinnedBytes = pinnedBytes;
    cache.charge(pinnedBytes);
  }

  find(offset: number): Slot<Cached> | undefined {
    const slot = this.#slots.get(offset);
    if (slot === undefined) this.#cache.misses += 1;
    else this.touch(slot);
    return slot;
  }

  touch(slot: Slot<Cached>): void {
    slot.visited = true;
    this.#cache.hits += 1;
  }

  /** After a miss: reads the block, once however many ask for it, and keeps it. */
  load(offset: number, read: () => Promise<Cached>): Promise<Cached> {
    return this.#reads.read(offset, read, (block) => this.insert(offset, block));
  }

  insert(offset: number, block: Cached): void {
    if (this.#closed || this.#slots.has(offset)) return;
    const slot = this.#cache.admit(this, offset, block);
    if (slot !== undefined) this.#slots.set(offset, slot);
  }

  /** For the cache. */
  forget(offset: number): void {
    this.#slots.delete(offset);
  }

  /** Evicts every block of the shelf. Reads under way complete, but are not kept. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const slot of this.#slots.values()) this.#cache.remove(slot);
    this.#slots.clear();
    this.#cache.charge(-this.#pinnedBytes);
  }
}

/**
 * The cache of decoded blocks, shared by all tables, bounded in bytes.
 *
 * Eviction is SIEVE (Zhang et al., NSDI 2024): blocks stand in a queue in the order of arrival; a hit only sets a bit; a
 * hand walks from the oldest to the newest, clears set bits and evicts the first block whose bit is clear. A hit moves
 * nothing (an LRU list would relink four neighbours for every get), and a long scan cannot flush out what is read often.
 *
 * Once it is full, a block is kept from its second miss on (doorkeeper.ts).
 *
 * Each table has a shelf, keyed by block offset. A lookup is one probe of a small map with integer keys, and closing a
 * shelf evicts exactly the blocks of its file. What a table keeps in memory itself (index root, filter) is charged to
 * the budget too, so that the budget covers all that grows with the data.
 */
import assert from 'node:assert/strict';
import { Doorkeeper } from './doorkeeper.js';
import type { Handle } from './format.js';
import { defaultTableWriterOptions } from './limits.js';

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

/** What a cache holds: data blocks and blocks of indexes. */
export interface Cacheable {
  readonly memoryBytes: number;
}

/** A block's place in the cache. Who keeps a slot finds `block` undefined once the block was evicted. */
export interface Slot<Cached extends Cacheable = Cacheable> {
  readonly shelf: CacheShelf<Cached>;
  readonly offset: number;
  block: Cached | undefined;
  readonly bytes: number;
  visited: boolean;
  newer: Slot | undefined;
  older: Slot | undefined;
}

export class BlockCache {
  /** Above this blocks are evicted. */
  readonly budgetBytes: number;
  #newest: Slot | undefined;
  #oldest: Slot | undefined;
  #hand: Slot | undefined;
  #usedBytes = 0;
  #pinnedBytes = 0;
  #blocks = 0;
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
    this.#doorkeeper = new Doorkeeper(options.budgetBytes / defaultTableWriterOptions.blockBytes);
  }

  get statistics(): BlockCacheStatistics {
    return {
      hits: this.hits,
      misses: this.misses,
      evictions: this.#evictions,
      usedBytes: this.#usedBytes,
      pinnedBytes: this.#pinnedBytes,
      blocks: this.#blocks,
      filterChecks: this.filterChecks,
      filterExclusions: this.filterExclusions,
    };
  }

  /** A place for the blocks of one file. `pinnedBytes`: what its table keeps in memory anyway. */
  openShelf<Cached extends Cacheable>(pinnedBytes: number): CacheShelf<Cached> {
    return new CacheShelf(this, pinnedBytes);
  }

  /** For shelves. */
  charge(pinnedBytes: number): void {
    this.#pinnedBytes += pinnedBytes;
    this.#makeRoom(0);
  }

  /** For shelves. */
  hasRoom(bytes: number): boolean {
    return this.#usedBytes + this.#pinnedBytes + bytes <= this.budgetBytes;
  }

  /** For shelves: a number that no other shelf of this cache has. */
  nextShelf(): number {
    this.#shelves += 1;
    return this.#shelves;
  }

  /** For shelves: whether a block that was just missed should be kept. */
  worthKeeping(shelf: number, offset: number, bytes: number): boolean {
    return this.hasRoom(bytes) || this.#doorkeeper.knows(shelf, offset);
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
    const slot: Slot<Cached> = {
      shelf,
      offset,
      block,
      bytes,
      visited: false,
      newer: undefined,
      older: this.#newest,
    };
    if (this.#newest === undefined) this.#oldest = slot;
    else this.#newest.newer = slot;
    this.#newest = slot;
    this.#usedBytes += bytes;
    this.#blocks += 1;
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
    this.#usedBytes -= slot.bytes;
    this.#blocks -= 1;
  }

  #makeRoom(bytes: number): void {
    while (this.#usedBytes + this.#pinnedBytes + bytes > this.budgetBytes && this.#blocks > 0) {
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
}

/** The blocks of one kind of one file. */
export class CacheShelf<Cached extends Cacheable> {
  readonly #cache: BlockCache;
  readonly #pinnedBytes: number;
  readonly #number: number;
  readonly #slots = new Map<number, Slot<Cached>>();
  /** Reads under way: a second miss of the same block waits for the first one's read. */
  readonly #loading = new Map<number, Promise<Cached>>();
  #closed = false;

  constructor(cache: BlockCache, pinnedBytes: number) {
    this.#cache = cache;
    this.#pinnedBytes = pinnedBytes;
    this.#number = cache.nextShelf();
    cache.charge(pinnedBytes);
  }

  /** Counts a hit or a miss. The slot may be kept, to find the block without a lookup; see `touch`. */
  find(offset: number): Slot<Cached> | undefined {
    const slot = this.#slots.get(offset);
    if (slot === undefined) this.#cache.misses += 1;
    else this.touch(slot);
    return slot;
  }

  /** Counts a hit of a block that was found through its slot. */
  touch(slot: Slot<Cached>): void {
    slot.visited = true;
    this.#cache.hits += 1;
  }

  /** After a miss: reads the block, once however many ask for it, and keeps it. */
  load(offset: number, read: () => Promise<Cached>): Promise<Cached> {
    const running = this.#loading.get(offset);
    if (running !== undefined) return running;
    const loading = read().then(
      (block) => {
        this.#loading.delete(offset);
        this.insert(offset, block);
        return block;
      },
      (error: unknown) => {
        this.#loading.delete(offset);
        throw error;
      },
    );
    this.#loading.set(offset, loading);
    return loading;
  }

  insert(offset: number, block: Cached): void {
    if (this.#closed || this.#slots.has(offset)) return;
    const slot = this.#cache.admit(this, offset, block);
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

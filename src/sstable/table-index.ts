/**
 * The index: which block may hold a key. Its blocks have the form of data blocks (block.ts), with
 *
 *     key       the shortest string above every key before the block and not above its first key; empty for the first
 *     value     offset varint | length varint: the handle of the sealed block
 *     sequence  0
 *
 * so the block sought is that of the last entry with a key <= the key sought. A small index is one block, the root. A
 * large one has leaves, which go through the block cache, and a root over them, which stays in memory with the table.
 */
import assert from 'node:assert/strict';
import { type Block, BlockBuilder, sharedPrefix } from './block.js';
import type { Cacheable, CacheShelf, Slot } from './block-cache.js';
import type { Handle } from './format.js';
import { KeyNumbers } from './key-numbers.js';
import { indexBlockBytes } from './limits.js';
import { varintBytesMax, writeVarint } from './varint.js';

/** The shortest key above `previous` that is not above `next`. Empty when nothing comes before. */
export function separator(previous: string | undefined, next: string): string {
  return previous === undefined ? '' : next.slice(0, sharedPrefix(previous, next) + 1);
}

/** Collects one entry per data block; cuts itself into leaves. */
export class IndexBuilder {
  readonly #block = new BlockBuilder();
  readonly #handle = Buffer.allocUnsafe(2 * varintBytesMax);
  readonly #leaves: { readonly firstKey: string; readonly payload: Buffer }[] = [];
  #firstKey = '';

  add(key: string, handle: Handle): void {
    if (this.#block.count > 0 && this.#block.sizeBytes + key.length >= indexBlockBytes) this.#cut();
    if (this.#block.count === 0) this.#firstKey = key;
    const end = writeVarint(this.#handle, writeVarint(this.#handle, 0, handle.offset), handle.length);
    this.#block.add(key, 0, this.#handle.subarray(0, end));
  }

  /** The blocks of the lowest level, in order: several leaves, or the one that is itself the root. */
  finish(): readonly { readonly firstKey: string; readonly payload: Buffer }[] {
    this.#cut();
    return this.#leaves;
  }

  #cut(): void {
    this.#leaves.push({ firstKey: this.#firstKey, payload: Buffer.from(this.#block.finish()) });
  }
}

/** The root over leaves that were written at `handles`. */
export function buildRoot(leaves: readonly { readonly firstKey: string; readonly handle: Handle }[]): Buffer {
  const block = new BlockBuilder();
  const bytes = Buffer.allocUnsafe(2 * varintBytesMax);
  for (const { firstKey, handle } of leaves) {
    const end = writeVarint(bytes, writeVarint(bytes, 0, handle.offset), handle.length);
    block.add(firstKey, 0, bytes.subarray(0, end));
  }
  return block.finish();
}

/**
 * A block of the index in memory. `Child` is what its handles point to: data blocks, or leaves.
 *
 * It remembers the cache's slots of its children, so that a hot get goes from block to block without decoding a handle
 * or looking it up. A slot whose block was evicted is empty; the child is then looked up as if for the first time.
 */
export class IndexBlock<Child extends Cacheable> implements Cacheable {
  readonly #block: Block;
  readonly #children: (Slot<Child> | undefined)[];
  #searches = 0;
  #numbers: KeyNumbers | undefined;

  constructor(block: Block) {
    this.#block = block;
    this.#children = new Array<Slot<Child> | undefined>(block.count).fill(undefined);
  }

  get count(): number {
    return this.#block.count;
  }

  get memoryBytes(): number {
    return (
      this.#block.memoryBytes + this.#block.count * slotBytes + KeyNumbers.memoryBytes(this.#block.count)
    );
  }

  /** The entry whose block may hold `key`. The first separator is empty: no key lies before it. */
  entryFor(key: string): number {
    const entry = (this.#numbers ?? this.#searched()).floor(key);
    assert(entry >= 0, 'an index covers every key');
    return entry;
  }

  /** Numbers take decoding everything: not for a block that is searched a few times and evicted. */
  #searched(): { floor(key: string): number } {
    this.#searches += 1;
    if (this.#searches < searchesBeforeNumbers) return this.#block;
    this.#numbers = new KeyNumbers(this.#block);
    return this.#numbers;
  }

  separatorAt(entry: number): string {
    return this.#block.keyAt(entry);
  }

  handleAt(entry: number): Handle {
    const [offset, length] = this.#block.numbersAt(entry);
    return { offset, length };
  }

  /** The child when it is in the cache. Counts a hit or a miss. */
  cachedChild(entry: number, shelf: CacheShelf<Child>): Child | undefined {
    const known = this.#children[entry];
    const child = known?.block;
    if (known !== undefined && child !== undefined) {
      shelf.touch(known);
      return child;
    }
    const slot = shelf.find(this.handleAt(entry).offset);
    this.#children[entry] = slot;
    return slot?.block;
  }
}

/** By then most of a block has been decoded anyway. */
const searchesBeforeNumbers = 64;

/** Of one remembered slot. */
const slotBytes = 8;

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
import { type Block, BlockBuilder, sharedPrefix } from './block.js';
import type { Handle } from './format.js';
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

export function handleAt(block: Block, entry: number): Handle {
  const [offset, length] = block.numbersAt(entry);
  return { offset, length };
}

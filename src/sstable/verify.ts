/**
 * Reads every byte of a table and holds its parts against each other: checksums; blocks without a gap; keys ascending
 * over the whole file and within the index's separators; every key known to the filter; counts, sums, key range and
 * sequence range as the properties say.
 */
import type { Block } from './block.js';
import { CorruptionError } from './errors.js';
import type { Handle } from './format.js';
import { verifyReadBytes } from './limits.js';
import type { TableFile } from './table-file.js';
import { IndexBlock } from './table-index.js';
import { readTail, type TableTail } from './tail.js';

/** Throws `CorruptionError` at the first fault. Reads past every cache. */
export async function verifyTable(file: TableFile): Promise<void> {
  const tail = await readTail(file);
  const walk = new Walk(file, tail);
  const { footer } = tail;
  const root = new IndexBlock<Block>(tail.root);
  if (footer.indexLevels === 1) {
    await walk.leaf(root, undefined, footer.indexOffset);
  } else {
    let leafOffset = footer.dataEnd;
    for (let entry = 0; entry < root.count; entry += 1) {
      const handle = root.handleAt(entry);
      walk.expectPlace(handle, leafOffset, footer.filterOffset, footer.indexOffset);
      leafOffset += handle.length;
      const upper = entry + 1 < root.count ? root.separatorAt(entry + 1) : undefined;
      const leaf = new IndexBlock<Block>(await file.readBlock(handle));
      if (leaf.separatorAt(0) !== root.separatorAt(entry))
        walk.fail(handle.offset, 'index leaf does not begin where the root says');
      await walk.leaf(leaf, upper, handle.offset);
    }
    if (leafOffset !== footer.filterOffset) walk.fail(leafOffset, 'bytes that no index entry covers');
  }
  walk.finish();
}

class Walk {
  readonly #file: TableFile;
  readonly #tail: TableTail;
  #span: Buffer = Buffer.alloc(0);
  #spanOffset = 0;
  /** End of the data blocks seen so far. */
  #dataOffset = 0;
  #separator: string | undefined;
  #previousKey: string | undefined;
  #entries = 0;
  #tombstones = 0;
  #keyBytes = 0;
  #valueBytes = 0;
  #smallestSequence = Number.POSITIVE_INFINITY;
  #largestSequence = 0;

  constructor(file: TableFile, tail: TableTail) {
    this.#file = file;
    this.#tail = tail;
  }

  fail(offset: number, fault: string): never {
    throw new CorruptionError(this.#file.path, offset, fault);
  }

  expectPlace(handle: Handle, offset: number, limit: number, indexOffset: number): void {
    if (handle.offset !== offset || handle.length <= 0 || offset + handle.length > limit) {
      this.fail(indexOffset, `index entry points to ${handle.offset} where ${offset} is due`);
    }
  }

  /** Every data block under one index block. `upper`: the separator of what follows the leaf. */
  async leaf(leaf: IndexBlock<Block>, upper: string | undefined, leafOffset: number): Promise<void> {
    for (let entry = 0; entry < leaf.count; entry += 1) {
      const key = leaf.separatorAt(entry);
      const ascends = this.#separator === undefined ? key === '' : key > this.#separator;
      if (!ascends) this.fail(leafOffset, 'separators do not ascend');
      this.#separator = key;
      const handle = leaf.handleAt(entry);
      this.expectPlace(handle, this.#dataOffset, this.#tail.footer.dataEnd, leafOffset);
      const next = entry + 1 < leaf.count ? leaf.separatorAt(entry + 1) : upper;
      this.#block(await this.#read(handle), key, next, handle.offset);
      this.#dataOffset += handle.length;
    }
  }

  finish(): void {
    const { footer, properties } = this.#tail;
    if (this.#dataOffset !== footer.dataEnd) this.fail(this.#dataOffset, 'bytes that no index entry covers');
    const agrees =
      this.#entries === properties.entries &&
      this.#tombstones === properties.tombstones &&
      this.#keyBytes === properties.keyBytes &&
      this.#valueBytes === properties.valueBytes &&
      this.#previousKey === properties.largestKey &&
      this.#smallestSequence === properties.smallestSequence &&
      this.#largestSequence === properties.largestSequence;
    if (!agrees) this.fail(footer.propertiesOffset, 'properties differ from the entries');
  }

  #block(block: Block, lower: string, upper: string | undefined, offset: number): void {
    const { properties, filter, footer } = this.#tail;
    for (let entry = 0; entry < block.count; entry += 1) {
      const { key, value, sequence } = block.entryAt(entry);
      if (this.#previousKey === undefined) {
        if (key !== properties.smallestKey)
          this.fail(offset, 'the first key is not the smallest of the properties');
      } else if (key <= this.#previousKey) {
        this.fail(offset, `keys do not ascend at entry ${entry}`);
      }
      if (key < lower || (upper !== undefined && key >= upper))
        this.fail(offset, 'a key lies outside its block');
      if (filter?.mayContain(key) === false) this.fail(footer.filterOffset, 'the filter denies a key');
      this.#previousKey = key;
      this.#entries += 1;
      this.#keyBytes += key.length;
      if (value === null) this.#tombstones += 1;
      else this.#valueBytes += value.length;
      this.#smallestSequence = Math.min(this.#smallestSequence, sequence);
      this.#largestSequence = Math.max(this.#largestSequence, sequence);
    }
  }

  async #read(handle: Handle): Promise<Block> {
    let start = handle.offset - this.#spanOffset;
    if (start < 0 || start + handle.length > this.#span.length) {
      const end = Math.min(
        this.#tail.footer.dataEnd,
        handle.offset + Math.max(verifyReadBytes, handle.length),
      );
      this.#span = await this.#file.readSpan(handle.offset, end - handle.offset);
      this.#spanOffset = handle.offset;
      start = 0;
    }
    return this.#file.decodeBlock(this.#span.subarray(start, start + handle.length), handle.offset);
  }
}

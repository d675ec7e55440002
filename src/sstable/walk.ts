/**
 * A table from end to end, part by part, past every cache. Unlike a reader it goes on behind a fault, with whatever can
 * still be found: for checking a table and for looking into it.
 *
 * Footer, properties, filter and index root come first, as they tell where the rest is; then index leaves, each followed
 * by its data blocks, in the order of the file. The walk itself sees to it that every byte of the file belongs to one
 * part. What the parts say is for the caller to compare (see verify.ts).
 */
import { Block } from './block.js';
import { CorruptionError } from './errors.js';
import { Filter } from './filter.js';
import {
  decodeFooter,
  decodeProperties,
  type Footer,
  footerBytes,
  type Handle,
  openBlock,
} from './format.js';
import { verifyReadBytes } from './limits.js';
import type { TableFile } from './table-file.js';
import { IndexBlock } from './table-index.js';
import type { TableProperties } from './types.js';

/** Where a part lies, seal included. */
interface Place {
  readonly offset: number;
  readonly length: number;
}

export type TablePart = Place &
  (
    | { readonly kind: 'footer'; readonly footer: Footer }
    | { readonly kind: 'properties'; readonly properties: TableProperties }
    | { readonly kind: 'filter'; readonly filter: Filter }
    | { readonly kind: 'index root' | 'index leaf'; readonly index: IndexBlock<Block> }
    /** `lower` and `upper`: what the index says of its keys; the first inclusive, the second exclusive. */
    | {
        readonly kind: 'data';
        readonly block: Block;
        readonly lower: string;
        readonly upper: string | undefined;
      }
  );

/** `fault`: the part at `error.offset` is not what was written there. */
export type TableStep = TablePart | { readonly kind: 'fault'; readonly error: CorruptionError };

/** Throws what the disk throws, and `UnsupportedVersionError`. */
export function walkTable(file: TableFile): AsyncGenerator<TableStep> {
  return new TableWalk(file).steps();
}

class TableWalk {
  readonly #file: TableFile;
  #span: Buffer = Buffer.alloc(0);
  #spanOffset = 0;
  /** Where the next data block is due; undefined behind an index leaf that could not be read. */
  #dataOffset: number | undefined = 0;
  #separator: string | undefined;
  #faults: CorruptionError[] = [];

  constructor(file: TableFile) {
    this.#file = file;
  }

  async *steps(): AsyncGenerator<TableStep> {
    const sizeBytes = await this.#file.sizeBytes();
    const footer = await this.#try(() => this.#footer(sizeBytes));
    yield* this.#takeFaults();
    if (footer === undefined) return;
    const footerOffset = sizeBytes - footerBytes;
    yield { kind: 'footer', offset: footerOffset, length: footerBytes, footer };
    const { filterOffset, indexOffset, propertiesOffset } = footer;
    const section = (from: number, to: number) => ({ offset: from, length: to - from });

    const propertiesPlace = section(propertiesOffset, footerOffset);
    const properties = await this.#try(async () => {
      const stored = decodeProperties(await this.#payload(propertiesPlace), this.#file, propertiesOffset);
      return { fileNumber: this.#file.fileNumber, sizeBytes, ...stored };
    });
    if (properties !== undefined) yield { kind: 'properties', ...propertiesPlace, properties };

    const filterPlace = section(filterOffset, indexOffset);
    if (filterPlace.length > 0) {
      const origin = { path: this.#file.path, offset: filterOffset };
      const filter = await this.#try(async () => new Filter(await this.#payload(filterPlace), origin));
      if (filter !== undefined) yield { kind: 'filter', ...filterPlace, filter };
    }

    const rootPlace = section(indexOffset, propertiesOffset);
    const root = await this.#try(() => this.#index(rootPlace));
    yield* this.#takeFaults();
    if (root === undefined) return;
    yield { kind: 'index root', ...rootPlace, index: root };
    if (footer.indexLevels === 1) yield* this.#blocksUnder(root, undefined, indexOffset, footer);
    else yield* this.#leavesUnder(root, footer);
    if (this.#dataOffset !== undefined && this.#dataOffset !== footer.dataEnd)
      this.#fault(this.#dataOffset, 'bytes that no index entry covers');
    yield* this.#takeFaults();
  }

  async #footer(sizeBytes: number): Promise<Footer> {
    const offset = Math.max(0, sizeBytes - footerBytes);
    return decodeFooter(await this.#file.readSpan(offset, sizeBytes - offset), this.#file, sizeBytes);
  }

  async *#leavesUnder(root: IndexBlock<Block>, footer: Footer): AsyncGenerator<TableStep> {
    let offset = footer.dataEnd;
    for (let entry = 0; entry < root.count; entry += 1) {
      const handle = root.handleAt(entry);
      if (!this.#isDue(handle, offset, footer.filterOffset, footer.indexOffset)) return;
      offset += handle.length;
      const leaf = await this.#try(() => this.#index(handle));
      if (leaf === undefined) {
        this.#dataOffset = undefined;
        yield* this.#takeFaults();
        continue;
      }
      yield { kind: 'index leaf', ...handle, index: leaf };
      if (leaf.separatorAt(0) !== root.separatorAt(entry))
        this.#fault(handle.offset, 'index leaf does not begin where the root says');
      const upper = entry + 1 < root.count ? root.separatorAt(entry + 1) : undefined;
      yield* this.#blocksUnder(leaf, upper, handle.offset, footer);
    }
    if (offset !== footer.filterOffset) this.#fault(offset, 'bytes that no index entry covers');
  }

  /** `upper`: the separator of what follows the leaf. */
  async *#blocksUnder(
    leaf: IndexBlock<Block>,
    upper: string | undefined,
    leafOffset: number,
    footer: Footer,
  ): AsyncGenerator<TableStep> {
    for (let entry = 0; entry < leaf.count; entry += 1) {
      const lower = leaf.separatorAt(entry);
      const ascends = this.#separator === undefined ? lower === '' : lower > this.#separator;
      if (!ascends && this.#dataOffset !== undefined) this.#fault(leafOffset, 'separators do not ascend');
      this.#separator = lower;
      const handle = leaf.handleAt(entry);
      const isDue = this.#isDue(handle, this.#dataOffset ?? handle.offset, footer.dataEnd, leafOffset);
      yield* this.#takeFaults();
      if (!isDue) {
        this.#dataOffset = undefined;
        return;
      }
      this.#dataOffset = handle.offset + handle.length;
      const block = await this.#try(async () => decoded(await this.#block(handle, footer.dataEnd)));
      if (block === undefined) {
        yield* this.#takeFaults();
        continue;
      }
      const next = entry + 1 < leaf.count ? leaf.separatorAt(entry + 1) : upper;
      yield { kind: 'data', ...handle, block, lower, upper: next };
    }
  }

  #isDue(handle: Handle, offset: number, limit: number, indexOffset: number): boolean {
    if (handle.offset === offset && handle.length > 0 && offset + handle.length <= limit) return true;
    this.#fault(indexOffset, `index entry points to ${handle.offset} where ${offset} is due`);
    return false;
  }

  async #index(place: Place): Promise<IndexBlock<Block>> {
    const block = new Block(await this.#payload(place), { path: this.#file.path, offset: place.offset });
    for (let entry = 0; entry < block.count; entry += 1) block.numbersAt(entry);
    return new IndexBlock(block);
  }

  async #payload({ offset, length }: Place): Promise<Buffer> {
    return openBlock(await this.#file.readSpan(offset, length), this.#file, offset);
  }

  async #block(handle: Handle, dataEnd: number): Promise<Block> {
    let start = handle.offset - this.#spanOffset;
    if (start < 0 || start + handle.length > this.#span.length) {
      const end = Math.min(dataEnd, handle.offset + Math.max(verifyReadBytes, handle.length));
      this.#span = await this.#file.readSpan(handle.offset, end - handle.offset);
      this.#spanOffset = handle.offset;
      start = 0;
    }
    return this.#file.decodeBlock(this.#span.subarray(start, start + handle.length), handle.offset);
  }

  #fault(offset: number, fault: string): void {
    this.#faults.push(new CorruptionError(this.#file.path, offset, fault));
  }

  async #try<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      this.#faults.push(error);
      return undefined;
    }
  }

  *#takeFaults(): Generator<TableStep> {
    for (const error of this.#faults.splice(0)) yield { kind: 'fault', error };
  }
}

/** A block decodes its groups when they are needed: now. */
function decoded(block: Block): Block {
  for (let entry = 0; entry < block.count; entry += 1) block.keyAt(entry);
  return block;
}

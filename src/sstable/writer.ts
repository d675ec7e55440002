/**
 * Writes a table from a sorted stream of entries, in one pass, with memory for a few chunks, the index and the hashes
 * of the keys (8 B each).
 *
 * The file is durable when `finish` has resolved; its name is durable when the caller has synced the directory, and it
 * belongs to the partition when the manifest says so. Until then it is an orphan that a restart removes.
 */
import assert from 'node:assert/strict';
import type { Disk, DiskFile } from '../vfs/disk.js';
import { BlockBuilder } from './block.js';
import { ChunkedAppender } from './chunked-appender.js';
import { FilterBuilder } from './filter.js';
import { encodeFooter, encodeProperties, type Handle, type StoredProperties, sealBlock } from './format.js';
import {
  blockBytesMax,
  blockBytesMin,
  defaultTableWriterOptions,
  filterBitsPerKeyMax,
  keyBytesMax,
  writeChunkBytes,
} from './limits.js';
import { buildRoot, IndexBuilder, separator } from './table-index.js';
import type { TableProperties, TableWriter, TableWriterOptions } from './types.js';

export interface CreateTableOptions {
  readonly disk: Disk;
  /** Must not exist. */
  readonly path: string;
  readonly fileNumber: number;
  /** Absent ones: `defaultTableWriterOptions`. */
  readonly options?: Partial<TableWriterOptions>;
}

/** Creates the file. A writer must be finished or abandoned; one whose `add` or `finish` rejected, abandoned. */
export async function createTableWriter(create: CreateTableOptions): Promise<TableWriter> {
  const options = { ...defaultTableWriterOptions, ...create.options };
  assert(
    options.blockBytes >= blockBytesMin && options.blockBytes <= blockBytesMax,
    'blockBytes out of bounds',
  );
  assert(options.filterBitsPerKey >= 0 && options.filterBitsPerKey <= filterBitsPerKeyMax);
  const file = await create.disk.open(create.path, { access: 'write', create: 'exclusive' });
  return new SortedTableWriter(create, options, file);
}

type State = 'open' | 'finished' | 'abandoned';

/** Of an entry's four numbers, beside its key and value: enough for the decision whether it still fits a block. */
const entryHeaderBytes = 8;

class SortedTableWriter implements TableWriter {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #fileNumber: number;
  readonly #options: TableWriterOptions;
  readonly #file: DiskFile;
  readonly #appender: ChunkedAppender;
  readonly #block = new BlockBuilder();
  readonly #index = new IndexBuilder();
  readonly #filter = new FilterBuilder();
  #state: State = 'open';
  /** Index key of the block that is being filled. */
  #blockSeparator = '';
  #smallestKey: string | undefined;
  #largestKey: string | undefined;
  #entries = 0;
  #tombstones = 0;
  #keyBytes = 0;
  #valueBytes = 0;
  #smallestSequence = Number.POSITIVE_INFINITY;
  #largestSequence = 0;

  constructor(create: CreateTableOptions, options: TableWriterOptions, file: DiskFile) {
    this.#disk = create.disk;
    this.#path = create.path;
    this.#fileNumber = create.fileNumber;
    this.#options = options;
    this.#file = file;
    this.#appender = new ChunkedAppender(file, writeChunkBytes);
  }

  get sizeBytes(): number {
    return this.#appender.sizeBytes + (this.#block.count > 0 ? this.#block.sizeBytes : 0);
  }

  get entries(): number {
    return this.#entries;
  }

  add(key: string, sequence: number, value: Uint8Array | null): Promise<void> | undefined {
    assert(this.#state === 'open', 'the table is finished or abandoned');
    assert(key.length > 0 && key.length <= keyBytesMax, 'a key is 1 to 65,535 bytes');
    const previous = this.#largestKey;
    assert(previous === undefined || key > previous, 'keys are added in ascending order, each once');
    assert(Number.isSafeInteger(sequence) && sequence > 0, 'sequences are positive');
    const size = key.length + entryHeaderBytes + (value === null ? 0 : value.length);
    let wait: Promise<void> | undefined;
    if (this.#block.count > 0 && this.#block.sizeBytes + size > this.#options.blockBytes) {
      wait = this.#finishBlock();
    }
    if (this.#block.count === 0) this.#blockSeparator = separator(previous, key);
    this.#block.add(key, sequence, value);
    if (this.#options.filterBitsPerKey > 0) this.#filter.add(key);
    this.#smallestKey ??= key;
    this.#largestKey = key;
    this.#entries += 1;
    this.#keyBytes += key.length;
    if (value === null) this.#tombstones += 1;
    else this.#valueBytes += value.length;
    if (sequence < this.#smallestSequence) this.#smallestSequence = sequence;
    if (sequence > this.#largestSequence) this.#largestSequence = sequence;
    return wait;
  }

  async finish(): Promise<TableProperties> {
    assert(this.#state === 'open', 'the table is finished or abandoned');
    assert(
      this.#smallestKey !== undefined && this.#largestKey !== undefined,
      'a table is never empty: abandon it',
    );
    await this.#finishBlock();
    const properties: StoredProperties = {
      entries: this.#entries,
      tombstones: this.#tombstones,
      keyBytes: this.#keyBytes,
      valueBytes: this.#valueBytes,
      smallestKey: this.#smallestKey,
      largestKey: this.#largestKey,
      smallestSequence: this.#smallestSequence,
      largestSequence: this.#largestSequence,
    };
    await this.#writeTail(properties);
    await this.#appender.drain();
    await this.#file.sync();
    await this.#file.close();
    this.#state = 'finished';
    return { fileNumber: this.#fileNumber, sizeBytes: this.#appender.sizeBytes, ...properties };
  }

  async abandon(): Promise<void> {
    if (this.#state === 'abandoned') return;
    assert(this.#state === 'open', 'a finished table belongs to its owner');
    this.#state = 'abandoned';
    await this.#appender.settle();
    await this.#file.close();
    await this.#disk.remove(this.#path);
  }

  #finishBlock(): Promise<void> | undefined {
    const offset = this.#appender.sizeBytes;
    const wait = this.#append(this.#block.finish(), this.#options.compression);
    this.#index.add(this.#blockSeparator, { offset, length: this.#appender.sizeBytes - offset });
    return wait;
  }

  async #writeTail(properties: StoredProperties): Promise<void> {
    const dataEnd = this.#appender.sizeBytes;
    const leaves = this.#index.finish();
    let root = leaves[0]?.payload;
    if (leaves.length > 1) {
      const written: { firstKey: string; handle: Handle }[] = [];
      for (const { firstKey, payload } of leaves) {
        const offset = this.#appender.sizeBytes;
        await this.#append(payload, this.#options.compression);
        written.push({ firstKey, handle: { offset, length: this.#appender.sizeBytes - offset } });
      }
      root = buildRoot(written);
    }
    assert(root !== undefined, 'a table has an index');
    const filterOffset = this.#appender.sizeBytes;
    if (this.#options.filterBitsPerKey > 0) {
      await this.#append(this.#filter.finish(this.#options.filterBitsPerKey), 'none');
    }
    const indexOffset = this.#appender.sizeBytes;
    await this.#append(root, this.#options.compression);
    const propertiesOffset = this.#appender.sizeBytes;
    await this.#append(encodeProperties(properties), 'none');
    const footer = encodeFooter({
      fileNumber: this.#fileNumber,
      dataEnd,
      filterOffset,
      indexOffset,
      propertiesOffset,
      indexLevels: leaves.length > 1 ? 2 : 1,
    });
    await this.#appender.append(footer);
  }

  /** Both pieces are copied before the promise is looked at: the block's memory is free again on return. */
  #append(payload: Buffer, compression: TableWriterOptions['compression']): Promise<void> | undefined {
    const place = { fileNumber: this.#fileNumber, offset: this.#appender.sizeBytes };
    const [content, seal] = sealBlock(payload, place, compression);
    const first = this.#appender.append(content);
    const second = this.#appender.append(seal);
    return first === undefined || second === undefined ? (first ?? second) : first.then(() => second);
  }
}

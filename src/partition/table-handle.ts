/**
 * A table of the partition: its properties at once, its file when somebody reads it. So a partition opens without a
 * look into its tables.
 *
 * A handle is referenced by every version that holds the table. When the last one goes the reader is closed and, if the
 * manifest no longer has the table, its file is removed.
 */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { tablePath } from '../compaction/table-name.js';
import type { BlockCache } from '../sstable/block-cache.js';
import { CorruptionError, TableClosedError } from '../sstable/errors.js';
import type { OpenFiles } from '../sstable/open-files.js';
import { openTable } from '../sstable/reader.js';
import type { TableProperties, TableReader } from '../sstable/types.js';
import type { Disk } from '../vfs/disk.js';

/** What all tables of a partition share. */
export interface TableEnvironment {
  readonly directory: string;
  readonly disk: Disk;
  readonly blockCache: BlockCache;
  readonly openFiles: OpenFiles;
  /** Called once the last reference went: with the file to remove if it is obsolete. */
  readonly onUnreferenced: (handle: TableHandle) => void;
}

export class TableHandle {
  readonly properties: TableProperties;
  readonly path: string;
  /** The manifest no longer has it. */
  obsolete = false;
  readonly #environment: TableEnvironment;
  #reader: TableReader | undefined;
  #opening: Promise<TableReader> | undefined;
  #references = 0;
  #closed = false;

  constructor(environment: TableEnvironment, properties: TableProperties) {
    this.#environment = environment;
    this.properties = properties;
    this.path = tablePath(environment.directory, properties.fileNumber);
  }

  /** At once when it is open. */
  reader(): TableReader | Promise<TableReader> {
    return this.#reader ?? this.open();
  }

  /** Throws `CorruptionError` too when the file is whole, but another table than the properties say. */
  async open(): Promise<TableReader> {
    // Nobody would close it, and the file may be gone.
    if (this.#closed) throw new TableClosedError(this.path);
    this.#opening ??= this.#open();
    return this.#opening;
  }

  acquire(): void {
    assert(!this.#closed, 'a closed table is not referenced again');
    this.#references += 1;
  }

  release(): void {
    assert(this.#references > 0);
    this.#references -= 1;
    if (this.#references === 0) this.#environment.onUnreferenced(this);
  }

  /** Waits for reads under way; later ones throw. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#opening === undefined) return;
    const [opened] = await Promise.allSettled([this.#opening]);
    if (opened.status === 'fulfilled') await opened.value.close();
  }

  async #open(): Promise<TableReader> {
    const { disk, blockCache, openFiles } = this.#environment;
    try {
      const reader = await openTable({
        disk,
        path: this.path,
        fileNumber: this.properties.fileNumber,
        cache: blockCache,
        files: openFiles,
      });
      if (!isDeepStrictEqual(reader.properties, this.properties)) {
        await reader.close();
        throw new CorruptionError(this.path, 0, 'it is another table than the manifest or its job says');
      }
      this.#reader = reader;
      return reader;
    } catch (error) {
      // The next reader tries again: the fault may have been of the moment.
      this.#opening = undefined;
      throw error;
    }
  }
}

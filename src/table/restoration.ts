/**
 * Fills tables that nobody sees yet, and then shows all of them at once: all or nothing, over crashes too.
 *
 * 1. The catalog notes the new tables' ids as those of deleted tables (catalog.ts), so that a start removes what is there
 *    of them.
 * 2. Their partitions are made and filled like any others.
 * 3. One record of the catalog takes the notes away, adds the tables, and notes the tables that they replace. This is the
 *    moment of truth.
 *
 * Where a table is replaced, it is served until then, and so twice the space is needed.
 */
import assert from 'node:assert/strict';
import type { Item } from '../encoding/attribute-value.js';
import { ItemScanner } from '../encoding/item-scanner.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { ITEM_BYTES_MAX } from '../encoding/limits.js';
import type { Mutation } from '../partition/types.js';
import { ITEM_TOO_LARGE, invalidItem, TableError } from './errors.js';
import { checkIndexKeys } from './index-keys.js';
import { itemKey } from './key-layout.js';
import { addressOfItem } from './key-schema.js';
import { RESTORE_FLUSH_BYTES, RESTORE_IN_FLIGHT_BYTES_MAX, RESTORE_RECORD_BYTES } from './limits.js';
import { indexMutations } from './local-index.js';
import { decodeStored, encodedStored, storedSize } from './stored-item.js';
import type { Table } from './table.js';
import type { TableDraft } from './tables-environment.js';
import type { TableDefinition } from './types.js';

/** A table that is to be restored. */
export interface RestoreRequest {
  readonly name: string;
  /** Absent: as the table of that name, which must be there, is defined now. */
  readonly draft?: TableDraft | undefined;
  /** A table of that name goes with its items. Else it must be empty, and have the same key; it stays defined as it is. */
  readonly overwrite: boolean;
}

/** What the tables of the data directory do for a restoration. */
export interface RestorationHost {
  /** Shows the tables, in the place of those of the same names. */
  show(filled: readonly Table[]): Promise<void>;
  /** Removes what is there of them. */
  discard(filled: readonly Table[]): Promise<void>;
}

/** Of one partition of a table that is being filled. */
interface Filling {
  mutations: Mutation[];
  /** Of the items in `mutations`: a key comes once in a record. */
  readonly keys: Set<string>;
  bytes: number;
  /** Greatest key so far. */
  lastKey: string;
  /** Written since the last flush was begun. */
  unflushedBytes: number;
  flushing: Promise<void>;
}

interface FillingTable {
  readonly table: Table;
  /** Of its key attributes. */
  readonly scanner: ItemScanner;
  /** Of each partition. */
  readonly fillings: readonly Filling[];
}

const NOTHING = Promise.resolve();

export class Restoration {
  private readonly filled: readonly FillingTable[];
  private readonly writing = new Set<Promise<void>>();
  private inFlightBytes = 0;
  private failure: unknown;
  private ended = false;

  constructor(
    private readonly host: RestorationHost,
    private readonly tables: readonly Table[],
  ) {
    this.filled = tables.map((table) => ({
      table,
      scanner: new ItemScanner(keyNames(table.definition)),
      fillings: table.partitions.map(() => ({
        mutations: [],
        keys: new Set<string>(),
        bytes: 0,
        lastKey: '',
        unflushedBytes: 0,
        flushing: NOTHING,
      })),
    }));
  }

  /**
   * Items of the table at `position` of the request, as they are stored. They are kept: the bytes must not change.
   * Resolves when there is room for more. Where a key comes twice, the later item stays.
   * @throws TableError INVALID_ITEM, EMPTY_KEY, CORRUPT
   */
  async put(position: number, items: readonly Uint8Array[]): Promise<void> {
    assert(!this.ended, 'a restoration that is under way');
    const filled = this.filled[position];
    assert(filled !== undefined, 'the table is one of the request');
    for (const stored of items) {
      const later = this.add(filled, stored);
      if (later !== undefined) await later;
    }
    while (this.inFlightBytes > RESTORE_IN_FLIGHT_BYTES_MAX) await Promise.race(this.writing);
    if (this.failure !== undefined) throw this.failure;
  }

  /** Durable and visible when it resolves. When it rejects, `abort` is still to be called. */
  async commit(): Promise<void> {
    assert(!this.ended, 'a restoration that is under way');
    for (const { table, fillings } of this.filled) {
      for (const [index, filling] of fillings.entries()) this.write(table, index, filling);
    }
    await this.written();
    if (this.failure !== undefined) throw this.failure;
    await this.host.show(this.tables);
    this.ended = true;
  }

  /** Without effect after `commit`. */
  async abort(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.written();
    await this.host.discard(this.tables);
  }

  private add({ table, scanner, fillings }: FillingTable, stored: Uint8Array): Promise<void> | undefined {
    const { definition } = table;
    const { item, sizeBytes } = look(definition, scanner, stored);
    const address = addressOfItem(definition, item);
    if (sizeBytes !== storedSize(stored))
      throw new TableError('CORRUPT', 'an item has another size than it says');
    if (sizeBytes > ITEM_BYTES_MAX) throw invalidItem(ITEM_TOO_LARGE);
    checkIndexKeys(definition, item, sizeBytes);
    const filling = fillings[address.partition];
    assert(filling !== undefined, 'a key belongs to a partition');
    const key = itemKey(address);
    // Only what comes after all others is certainly new. An old item's index entries would have to go.
    if (key <= filling.lastKey && definition.localIndexes.length > 0) {
      this.write(table, address.partition, filling);
      return this.written().then(async () => {
        await table.put({ address, item, sizeBytes });
      });
    }
    if (filling.keys.has(key)) this.write(table, address.partition, filling);
    if (key > filling.lastKey) filling.lastKey = key;
    filling.keys.add(key);
    filling.mutations.push({ key, value: stored });
    filling.bytes += stored.length;
    if (definition.localIndexes.length > 0) {
      for (const { writtenBytes } of indexMutations(
        definition,
        address,
        undefined,
        item,
        filling.mutations,
      )) {
        filling.bytes += writtenBytes;
      }
    }
    if (filling.bytes < RESTORE_RECORD_BYTES) return undefined;
    this.write(table, address.partition, filling);
    return filling.unflushedBytes < RESTORE_FLUSH_BYTES
      ? undefined
      : this.flush(table, address.partition, filling);
  }

  /** Resolves when the flush before this one is done: memory holds what is written and what is being flushed. */
  private async flush(table: Table, index: number, filling: Filling): Promise<void> {
    const before = filling.flushing;
    filling.unflushedBytes = 0;
    filling.flushing = before
      .then(() => table.partitions[index]?.flush())
      .catch((error: unknown) => {
        this.failure ??= error;
      });
    await before;
  }

  private write(table: Table, index: number, filling: Filling): void {
    const { mutations, bytes } = filling;
    if (mutations.length === 0) return;
    filling.mutations = [];
    filling.keys.clear();
    filling.bytes = 0;
    const partition = table.partitions[index];
    assert(partition !== undefined, 'the partition is open');
    this.inFlightBytes += bytes;
    filling.unflushedBytes += bytes;
    const writing: Promise<void> = partition
      .write(mutations)
      .then(
        () => undefined,
        (error: unknown) => {
          this.failure ??= error;
        },
      )
      .finally(() => {
        this.inFlightBytes -= bytes;
        this.writing.delete(writing);
      });
    this.writing.add(writing);
  }

  private async written(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing);
    await Promise.all(this.filled.flatMap(({ fillings }) => fillings.map(({ flushing }) => flushing)));
  }
}

function keyNames({ key }: TableDefinition): readonly string[] {
  return key.sort === null ? [key.partition.name] : [key.partition.name, key.sort.name];
}

/** The item, or of one in a table without indexes no more than its key attributes; and its size. */
function look(
  definition: TableDefinition,
  scanner: ItemScanner,
  stored: Uint8Array,
): { readonly item: Item; readonly sizeBytes: number } {
  if (definition.localIndexes.length === 0) {
    const keys = scanner.scan(encodedStored(stored));
    const isComplete = keys.size === (definition.key.sort === null ? 1 : 2);
    if (isComplete) return { item: keys, sizeBytes: scanner.sizeBytes };
  }
  // Also to tell what it has in the place of a key.
  const item = decodeStored(stored);
  return { item, sizeBytes: itemSizeBytes(item) };
}

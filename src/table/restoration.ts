/**
 * Fills tables that nobody sees yet, and then shows all of them at once: all or nothing, over crashes too.
 *
 * 1. The catalog notes the new tables' ids as those of deleted tables (catalog.ts), so that a start removes what is there
 *    of them.
 * 2. Their partitions are made like any others, and filled beside their logs (bulk-loader.ts).
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
import type { Mutation, Partition } from '../partition/types.js';
import { BulkLoader } from './bulk-loader.js';
import { ITEM_TOO_LARGE, invalidItem, TableError } from './errors.js';
import { checkIndexKeys } from './index-keys.js';
import { itemKey } from './key-layout.js';
import { addressOfItem } from './key-schema.js';
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

interface FillingTable {
  readonly table: Table;
  /** Of its key attributes. */
  readonly scanner: ItemScanner;
  /** Of each partition, the greatest key so far; of a table with indexes undefined when an item was not in order. */
  readonly lastKeys: (string | undefined)[];
}

export class Restoration {
  private readonly filled: readonly FillingTable[];
  private readonly loader: BulkLoader;
  private position = 0;
  private ended = false;

  constructor(
    private readonly host: RestorationHost,
    private readonly tables: readonly Table[],
  ) {
    this.filled = tables.map((table) => ({
      table,
      scanner: new ItemScanner(keyNames(table.definition)),
      lastKeys: table.partitions.map(() => ''),
    }));
    this.loader = new BulkLoader(Math.max(0, ...tables.map(({ partitions }) => partitions.length)));
  }

  /**
   * Items of the table at `position` of the request, as they are stored. They are copied: when it resolves, which is when
   * there is room for more, the bytes may be used for others. Where a key comes twice, the later item stays.
   * @throws TableError INVALID_ITEM, EMPTY_KEY, CORRUPT
   */
  async put(position: number, items: readonly Uint8Array[]): Promise<void> {
    assert(!this.ended, 'a restoration that is under way');
    const filled = this.filled[position];
    assert(filled !== undefined, 'the table is one of the request');
    if (position !== this.position) {
      // Tables mostly come one after the other.
      this.loader.complete(this.filled[this.position]?.table.partitions ?? []);
      this.position = position;
    }
    for (const stored of items) {
      const later = this.add(filled, stored);
      if (later !== undefined) await later;
    }
  }

  /** Durable and visible when it resolves. When it rejects, `abort` is still to be called. */
  async commit(): Promise<void> {
    assert(!this.ended, 'a restoration that is under way');
    await this.loader.finish();
    await this.host.show(this.tables);
    this.ended = true;
  }

  /** Without effect after `commit`. */
  async abort(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.loader.settled();
    await this.host.discard(this.tables);
  }

  private add({ table, scanner, lastKeys }: FillingTable, stored: Uint8Array): Promise<unknown> | undefined {
    const { definition } = table;
    const { item, sizeBytes } = look(definition, scanner, stored);
    const address = addressOfItem(definition, item);
    if (sizeBytes !== storedSize(stored))
      throw new TableError('CORRUPT', 'an item has another size than it says');
    if (sizeBytes > ITEM_BYTES_MAX) throw invalidItem(ITEM_TOO_LARGE);
    checkIndexKeys(definition, item, sizeBytes);
    const partition = table.partitions[address.partition];
    assert(partition !== undefined, 'a key belongs to a partition');
    const key = itemKey(address);
    if (definition.localIndexes.length === 0) return this.loader.add(partition, key, stored);
    const lastKey = lastKeys[address.partition];
    // Only what comes after all others is certainly new. An old item's index entries would have to go.
    if (lastKey === undefined) return table.put({ address, item, sizeBytes });
    if (key <= lastKey) {
      lastKeys[address.partition] = undefined;
      return this.loader.loaded(partition).then(() => table.put({ address, item, sizeBytes }));
    }
    lastKeys[address.partition] = key;
    const mutations: Mutation[] = [{ key, value: stored }];
    indexMutations(definition, address, undefined, item, mutations);
    return this.addAll(partition, mutations);
  }

  private async addAll(partition: Partition, mutations: readonly Mutation[]): Promise<void> {
    for (const { key, value } of mutations) {
      assert(value !== null, 'a new item has no old entries');
      await this.loader.add(partition, key, value);
    }
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

/**
 * A table that the catalog has lost and `varve repair` has put aside: its partitions are there, its definition is not.
 * Whoever knows its key can read its items. A decision on a transaction that is not in its own logs is not seen.
 */
import { posix } from 'node:path';
import { openPartition } from '../partition/open-partition.js';
import type { Partition, PartitionEnvironment } from '../partition/types.js';
import { LockTable } from '../transaction/lock-table.js';
import { TableError } from './errors.js';
import { HASH_END, hashBound, ITEM_SPACE, itemKey } from './key-layout.js';
import { addressOfItem } from './key-schema.js';
import { decodeStored } from './stored-item.js';
import { Table } from './table.js';
import { isTableId, openAll } from './table-files.js';
import type { TableDraft } from './tables-environment.js';
import type { TableDefinition } from './types.js';

export interface LostTable {
  /** As all tables of a data directory, of which it is the only one. */
  readonly tables: { names(): readonly string[]; get(name: string): Table | undefined };
  close(): Promise<void>;
}

/**
 * Recovers its partitions as a start does. `directory`: of the table, locked by the caller.
 * @param draft its key, and a name for it
 * @throws TableError FOREIGN_DIRECTORY when there is no table; TABLE_DIFFERS, with the first item that shows it, when the
 *   key is not that of its items
 */
export async function openLostTable(
  environment: PartitionEnvironment,
  draft: TableDraft,
): Promise<LostTable> {
  const { directory, disk, clock } = environment;
  const id = posix.basename(directory);
  const names = (await disk.list(directory)).filter((name) => /^\d{1,3}$/.test(name));
  const isWhole = names.length > 0 && names.every((_, index) => names.includes(String(index)));
  if (!isTableId(id) || !isWhole) {
    const fault = `${directory} is no table that was put aside: lost/<time>/tables/<id>, with all of its partitions`;
    throw new TableError('FOREIGN_DIRECTORY', fault);
  }
  const definition = { ...draft, id, createdAtMs: clock.now(), partitionCount: names.length };
  const partitions = await openAll(
    names.map((_, index) => posix.join(directory, String(index))),
    (path) =>
      openPartition({
        ...environment,
        directory: path,
        existing: true,
        options: { automaticCompaction: false },
      }),
  );
  const close = async () => {
    for (const partition of partitions) await partition.close();
  };
  try {
    for (const partition of partitions) await checkKeys(definition, partition);
  } catch (error) {
    await close();
    throw error;
  }
  const table = new Table(definition, partitions, new LockTable(clock), clock);
  const tables = {
    names: () => [definition.name],
    get: (name: string) => (name === definition.name ? table : undefined),
  };
  return { tables, close };
}

async function checkKeys(definition: TableDefinition, partition: Partition): Promise<void> {
  const range = { from: hashBound(ITEM_SPACE, 0), to: hashBound(ITEM_SPACE, HASH_END), bulk: true };
  const cursor = partition.range(range);
  try {
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const item = decodeStored(entry.value);
      let fits = false;
      try {
        fits = itemKey(addressOfItem(definition, item)) === entry.key;
      } catch (error) {
        if (!(error instanceof TableError)) throw error;
      }
      if (fits) continue;
      const attributes = [...item.keys()].join(', ');
      throw new TableError(
        'TABLE_DIFFERS',
        `that is not the key of the table: an item of it has the attributes ${attributes}`,
      );
    }
  } finally {
    cursor.close();
  }
}

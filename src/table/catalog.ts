/**
 * The catalog: which tables there are. Kept in a partition of its own, so that it is as durable as any item.
 *
 *   key    'T' and the table's name (names are ASCII)
 *   value  0x02, then the TableDefinition as UTF-8 JSON
 *
 *   key    'D' and the id of a table that was deleted, and whose directory may still be there
 *   value  empty
 *
 * Its record is the moment of truth: a table exists from the commit of its record to the commit of the record's removal.
 * The same commit notes the id, so that a directory with data and without a record is known to be meant to go. So does the
 * note of a table that is being restored (restoration.ts), until it is there.
 */
import type { Key, Partition } from '../partition/types.js';
import { TableError } from './errors.js';
import type { TableDefinition } from './types.js';

/** 1 had another hash in the keys of items; no release wrote it. */
const VERSION = 0x02;
const TABLE_SPACE = 'T';
const TABLE_SPACE_END = 'U';
const DELETED_SPACE = 'D';
const DELETED_SPACE_END = 'E';

export class Catalog {
  constructor(private readonly partition: Partition) {}

  /** Durable on return. Replaces the definition of a table of that name. */
  async put(definition: TableDefinition): Promise<void> {
    await this.partition.write([{ key: tableKey(definition.name), value: encodeDefinition(definition) }]);
  }

  /** Durable on return. */
  async remove({ name, id }: TableDefinition): Promise<void> {
    await this.partition.write([
      { key: tableKey(name), value: null },
      { key: DELETED_SPACE + id, value: new Uint8Array() },
    ]);
  }

  /** Their directories are to go, unless they are added. Durable on return. */
  async announce(definitions: readonly TableDefinition[]): Promise<void> {
    const mutations = definitions.map(({ id }) => ({ key: DELETED_SPACE + id, value: new Uint8Array() }));
    if (mutations.length > 0) await this.partition.write(mutations);
  }

  /** Adds tables that were announced, in the place of others of the same names: all or none. Durable on return. */
  async exchange(added: readonly TableDefinition[], replaced: readonly TableDefinition[]): Promise<void> {
    const mutations = [
      ...added.map((definition) => ({ key: tableKey(definition.name), value: encodeDefinition(definition) })),
      ...added.map(({ id }) => ({ key: DELETED_SPACE + id, value: null })),
      ...replaced.map(({ id }) => ({ key: DELETED_SPACE + id, value: new Uint8Array() })),
    ];
    if (mutations.length > 0) await this.partition.write(mutations);
  }

  /** The directories of deleted tables are gone. */
  async forget(ids: Iterable<string>): Promise<void> {
    const mutations = [...ids].map((id) => ({ key: DELETED_SPACE + id, value: null }));
    if (mutations.length > 0) await this.partition.write(mutations);
  }

  /** Ids of deleted tables whose directories may still be there. */
  async deleted(): Promise<Set<string>> {
    const ids = new Set<string>();
    const cursor = this.partition.range({ from: DELETED_SPACE, to: DELETED_SPACE_END });
    try {
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        ids.add(deletedId(entry.key));
      }
    } finally {
      cursor.close();
    }
    return ids;
  }

  /** Every table, by name. */
  async list(): Promise<TableDefinition[]> {
    const definitions: TableDefinition[] = [];
    const cursor = this.partition.range({ from: TABLE_SPACE, to: TABLE_SPACE_END });
    try {
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        definitions.push(decodeDefinition(entry.key, entry.value));
      }
    } finally {
      cursor.close();
    }
    return definitions;
  }

  close(): Promise<void> {
    return this.partition.close();
  }
}

function tableKey(name: string): Key {
  return TABLE_SPACE + name;
}

export function isTableKey(key: Key): boolean {
  return key.startsWith(TABLE_SPACE);
}

export function isDeletedKey(key: Key): boolean {
  return key.startsWith(DELETED_SPACE);
}

/** Of the key of a deleted table. */
export function deletedId(key: Key): string {
  return key.slice(DELETED_SPACE.length);
}

export function encodeDefinition(definition: TableDefinition): Uint8Array {
  return Buffer.concat([Uint8Array.of(VERSION), Buffer.from(JSON.stringify(definition), 'utf8')]);
}

/** @throws TableError CORRUPT, which names the entry */
export function decodeDefinition(key: Key, bytes: Uint8Array): TableDefinition {
  const name = key.slice(TABLE_SPACE.length);
  if (bytes[0] !== VERSION) {
    throw new TableError('CORRUPT', `the catalog entry of table ${name} has the unknown version ${bytes[0]}`);
  }
  let definition: TableDefinition;
  try {
    definition = JSON.parse(Buffer.from(bytes.subarray(1)).toString('utf8')) as TableDefinition;
  } catch (cause) {
    throw new TableError('CORRUPT', `the catalog entry of table ${name} does not parse`, { cause });
  }
  if (definition.name !== name) {
    throw new TableError('CORRUPT', `the catalog entry of table ${name} is of table ${definition.name}`);
  }
  return definition;
}

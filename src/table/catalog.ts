/**
 * The catalog: which tables there are. Kept in a partition of its own, so that it is as durable as any item.
 *
 *   key    'T' and the table's name (names are ASCII)
 *   value  0x02, then the TableDefinition as UTF-8 JSON
 *
 * Its record is the moment of truth: a table exists from the commit of its record to the commit of the record's removal.
 * What lies in directories without a record is an orphan of a crash.
 */
import type { Key, Partition } from '../partition/types.js';
import { TableError } from './errors.js';
import type { TableDefinition } from './types.js';

/** 1 had another hash in the keys of items; no release wrote it. */
const VERSION = 0x02;
const TABLE_SPACE = 'T';
const TABLE_SPACE_END = 'U';

export class Catalog {
  constructor(private readonly partition: Partition) {}

  /** Durable on return. Replaces the definition of a table of that name. */
  async put(definition: TableDefinition): Promise<void> {
    await this.partition.write([{ key: tableKey(definition.name), value: encodeDefinition(definition) }]);
  }

  /** Durable on return. */
  async remove(name: string): Promise<void> {
    await this.partition.write([{ key: tableKey(name), value: null }]);
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

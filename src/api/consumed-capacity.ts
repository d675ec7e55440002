/**
 * What ReturnConsumedCapacity and ReturnItemCollectionMetrics ask for.
 * Source: "Read and write operations" of the developer guide, section "Capacity unit consumption".
 */
import type { AttributeMap, Item } from '../encoding/attribute-value.js';
import { readUnits, writeUnits } from '../table/capacity/units.js';
import { pick } from '../table/range-read.js';
import type { WriteReply } from '../table/requests.js';
import type { TableDefinition } from '../table/types.js';
import { namedByCaller, type Output, type OutputValue } from './types.js';
import type { ReturnConsumedCapacity, ReturnItemCollectionMetrics } from './validation/input-types.js';

const GIGABYTE = 1024 ** 3;

/** Units that a request consumed. */
export interface CapacityUse {
  readonly table: number;
  readonly localIndexes?: ReadonlyMap<string, number>;
}

export function isMeasured(mode: ReturnConsumedCapacity | undefined): boolean {
  return mode === 'TOTAL' || mode === 'INDEXES';
}

/**
 * The member ConsumedCapacity; undefined when it was not asked for.
 * @param tableName as in the request: a table that was named by its ARN is so named here too
 */
export function consumedCapacity(
  mode: ReturnConsumedCapacity | undefined,
  tableName: string,
  { table, localIndexes }: CapacityUse,
): Output | undefined {
  if (!isMeasured(mode)) return undefined;
  let total = table;
  const indexes = namedByCaller();
  if (localIndexes !== undefined) {
    for (const [name, units] of localIndexes) {
      total += units;
      indexes[name] = { CapacityUnits: units };
    }
  }
  if (mode === 'TOTAL') return { TableName: tableName, CapacityUnits: total };
  return {
    TableName: tableName,
    CapacityUnits: total,
    Table: { CapacityUnits: table },
    LocalSecondaryIndexes: localIndexes === undefined || localIndexes.size === 0 ? undefined : indexes,
  };
}

/** Units of a read of `bytes`; an eventually consistent read costs half. */
export function unitsRead(bytes: number, consistent: boolean | undefined): number {
  return readUnits(bytes) * (consistent ? 1 : 0.5);
}

/** The table pays for the larger of the old and the new item, an index for each entry removed or written. */
export function unitsWritten(reply: WriteReply & { readonly written: true }): CapacityUse {
  const table = writeUnits(Math.max(reply.oldBytes, reply.newBytes));
  if (reply.indexWrites.length === 0) return { table };
  const localIndexes = new Map<string, number>();
  for (const { index, removedBytes, writtenBytes } of reply.indexWrites) {
    const removed = removedBytes === 0 ? 0 : writeUnits(removedBytes);
    const written = writtenBytes === 0 ? 0 : writeUnits(writtenBytes);
    localIndexes.set(index, removed + written);
  }
  return { table, localIndexes };
}

export function addUse(left: CapacityUse, right: CapacityUse): CapacityUse {
  const table = left.table + right.table;
  if (left.localIndexes === undefined && right.localIndexes === undefined) return { table };
  const localIndexes = new Map(left.localIndexes);
  for (const [name, units] of right.localIndexes ?? []) {
    localIndexes.set(name, (localIndexes.get(name) ?? 0) + units);
  }
  return { table, localIndexes };
}

/** Units that a request consumed in one table. */
export interface TableUse {
  readonly name: string;
  readonly use: CapacityUse;
}

/**
 * The member ConsumedCapacity of a transaction: one entry for each table, in the order in which they come up, which also
 * says whether the units are those of reads or of writes.
 */
export function capacityPerTable(
  mode: ReturnConsumedCapacity | undefined,
  uses: readonly TableUse[],
  kind: 'ReadCapacityUnits' | 'WriteCapacityUnits',
): OutputValue {
  if (!isMeasured(mode)) return undefined;
  const tables = new Map<string, CapacityUse>();
  for (const { name, use } of uses) {
    const before = tables.get(name);
    tables.set(name, before === undefined ? use : addUse(before, use));
  }
  const named = (units: OutputValue) => ({ CapacityUnits: units, [kind]: units });
  return [...tables].map(([name, use]) => {
    const capacity = consumedCapacity(mode, name, use);
    const table = mode === 'INDEXES' ? { Table: named(use.table) } : {};
    return { ...capacity, ...named(capacity?.['CapacityUnits']), ...table };
  });
}

/** Only tables with local indexes have item collections that are measured; else, or when not asked for, undefined. */
export function itemCollectionMetrics(
  mode: ReturnItemCollectionMetrics | undefined,
  definition: TableDefinition,
  item: Item | AttributeMap,
  collectionBytes: number,
): OutputValue {
  if (mode !== 'SIZE' || definition.localIndexes.length === 0) return undefined;
  const gigabytes = Math.floor(collectionBytes / GIGABYTE);
  return {
    ItemCollectionKey: pick(item, [definition.key.partition.name]),
    SizeEstimateRangeGB: [gigabytes, gigabytes + 1],
  };
}

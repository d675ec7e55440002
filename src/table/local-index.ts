/** What a write of an item does to the local indexes of its table. Pure. */
import type { AttributeValue, Item } from '../encoding/attribute-value.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { encodeKeyValue } from '../encoding/key.js';
import { valuesEqual } from '../expression/index.js';
import type { Mutation } from '../partition/types.js';
import { type ItemAddress, indexKey } from './key-layout.js';
import { isKeyValue } from './key-schema.js';
import type { IndexWrite } from './requests.js';
import { encodeStored } from './stored-item.js';
import type { KeySchema, LocalIndexDefinition, TableDefinition } from './types.js';

/**
 * Appends to `mutations` what keeps every local index in step with its item, and returns what was done to each.
 * An item without the index's sort key has no entry.
 */
export function indexMutations(
  definition: TableDefinition,
  address: ItemAddress,
  old: Item | undefined,
  next: Item | undefined,
  mutations: Mutation[],
): IndexWrite[] {
  const writes: IndexWrite[] = [];
  for (const index of definition.localIndexes) {
    const oldEntry = old && entryOf(definition.key, index, address, old);
    const nextEntry = next && entryOf(definition.key, index, address, next);
    const write = entryMutations(index, oldEntry, nextEntry, mutations);
    if (write !== undefined) writes.push(write);
  }
  return writes;
}

interface IndexEntry {
  readonly key: string;
  readonly item: Item;
  readonly sizeBytes: number;
  readonly value: Uint8Array;
}

function entryOf(
  key: KeySchema,
  index: LocalIndexDefinition,
  address: ItemAddress,
  item: Item,
): IndexEntry | undefined {
  const sort = item.get(index.sort.name);
  if (!isKeyValue(sort, index.sort.type)) return undefined;
  const projected = projectIntoIndex(key, index, item);
  const sizeBytes = itemSizeBytes(projected);
  return {
    key: indexKey(index.space, address, encodeKeyValue(sort)),
    item: projected,
    sizeBytes,
    value: encodeStored(projected, sizeBytes),
  };
}

function entryMutations(
  index: LocalIndexDefinition,
  old: IndexEntry | undefined,
  next: IndexEntry | undefined,
  mutations: Mutation[],
): IndexWrite | undefined {
  if (old !== undefined && old.key !== next?.key) {
    mutations.push({ key: old.key, value: null });
    if (next !== undefined) mutations.push({ key: next.key, value: next.value });
    return {
      index: index.name,
      removedBytes: old.sizeBytes,
      writtenBytes: next?.sizeBytes ?? 0,
      grownBytes: (next?.sizeBytes ?? 0) - old.sizeBytes,
    };
  }
  if (next === undefined || (old !== undefined && sameBytes(old.value, next.value))) return undefined;
  mutations.push({ key: next.key, value: next.value });
  // The same in another order costs nothing.
  if (old !== undefined && valuesEqual(old.item, next.item)) return undefined;
  return {
    index: index.name,
    removedBytes: 0,
    writtenBytes: Math.max(old?.sizeBytes ?? 0, next.sizeBytes),
    grownBytes: next.sizeBytes - (old?.sizeBytes ?? 0),
  };
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** The attributes of an item that an index holds, in the item's order. */
export function projectIntoIndex(key: KeySchema, index: LocalIndexDefinition, item: Item): Item {
  if (index.projection.kind === 'ALL') return item;
  const projected = new Map<string, AttributeValue>();
  for (const [name, value] of item) if (isProjected(key, index, name)) projected.set(name, value);
  return projected;
}

/** Whether an index holds the attribute of that name. */
export function isProjected(key: KeySchema, index: LocalIndexDefinition, name: string): boolean {
  return (
    index.projection.kind === 'ALL' ||
    name === key.partition.name ||
    name === key.sort?.name ||
    name === index.sort.name ||
    index.projection.attributes.includes(name)
  );
}

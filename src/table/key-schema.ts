/** What a table's key schema says of items and keys, and what the service answers to those that break it. */
import {
  type AttributeMap,
  type AttributeValue,
  type Item,
  NumberValue,
  typeOf,
} from '../encoding/attribute-value.js';
import type { KeyValue } from '../encoding/key.js';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../encoding/limits.js';
import { emptyKey, invalidItem } from './errors.js';
import { type ItemAddress, itemAddress } from './key-layout.js';
import type { KeyAttribute, KeyAttributeType, TableDefinition } from './types.js';

export function isKeyValue(value: AttributeValue | undefined, type: KeyAttributeType): value is KeyValue {
  switch (type) {
    case 'S':
      return typeof value === 'string';
    case 'N':
      return value instanceof NumberValue;
    case 'B':
      return value instanceof Uint8Array;
  }
}

/**
 * The address of an item that is to be stored.
 * @param mismatch what is said of missing attributes and wrong types; default: which attribute, and why
 * @throws TableError EMPTY_KEY, or INVALID_ITEM when key attributes are missing, too long or of another type
 */
export function addressOfItem(definition: TableDefinition, item: Item, mismatch?: string): ItemAddress {
  const { partition, sort } = definition.key;
  const partitionKey = keyAttributeOf(item, partition, mismatch);
  const sortKey = sort === null ? undefined : keyAttributeOf(item, sort, mismatch);
  checkKeyValue(partition, partitionKey, 'partition');
  if (sort !== null && sortKey !== undefined) checkKeyValue(sort, sortKey, 'sort');
  return itemAddress(partitionKey, sortKey, definition.partitionCount);
}

function keyAttributeOf(item: Item, attribute: KeyAttribute, mismatch: string | undefined): KeyValue {
  const value = item.get(attribute.name);
  if (isKeyValue(value, attribute.type)) return value;
  if (mismatch !== undefined) throw invalidItem(mismatch);
  if (value === undefined) {
    throw invalidItem(
      `One or more parameter values were invalid: Missing the key ${attribute.name} in the item`,
    );
  }
  throw invalidItem(
    `One or more parameter values were invalid: Type mismatch for key ${attribute.name} ` +
      `expected: ${attribute.type} actual: ${typeOf(value)}`,
  );
}

/**
 * The address that a key names.
 * @param key exactly the key attributes of the table
 * @throws TableError EMPTY_KEY, or INVALID_ITEM when it does not match the schema or a value is too long
 */
export function addressOfKey(definition: TableDefinition, key: AttributeMap): ItemAddress {
  const { partition, sort } = definition.key;
  const partitionKey = key.get(partition.name);
  const sortKey = sort === null ? undefined : key.get(sort.name);
  const count = sort === null ? 1 : 2;
  if (
    key.size !== count ||
    !isKeyValue(partitionKey, partition.type) ||
    (sort !== null && !isKeyValue(sortKey, sort.type))
  ) {
    throw invalidItem('The provided key element does not match the schema');
  }
  checkKeyValue(partition, partitionKey, 'partition');
  if (sort === null || !isKeyValue(sortKey, sort.type)) {
    return itemAddress(partitionKey, undefined, definition.partitionCount);
  }
  checkKeyValue(sort, sortKey, 'sort');
  return itemAddress(partitionKey, sortKey, definition.partitionCount);
}

/** Of an item that is stored, which has its key attributes with their types. */
export function addressOfStored(definition: TableDefinition, item: Item): ItemAddress {
  const { partition, sort } = definition.key;
  return itemAddress(
    item.get(partition.name) as KeyValue,
    sort === null ? undefined : (item.get(sort.name) as KeyValue),
    definition.partitionCount,
  );
}

/** @throws TableError EMPTY_KEY, or INVALID_ITEM when it is too long for the part of the key that it is */
export function checkKeyValue(attribute: KeyAttribute, value: KeyValue, part: 'partition' | 'sort'): void {
  if (value instanceof NumberValue) return;
  if (value.length === 0) {
    throw emptyKey(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${typeof value === 'string' ? 'string' : 'binary'} value. Key: ${attribute.name}`,
    );
  }
  if (part === 'partition' && keyBytes(value) > PARTITION_KEY_BYTES_MAX) {
    // The missing space is the service's.
    throw invalidItem(
      'One or more parameter values were invalid: ' +
        `Size of hashkey has exceeded the maximum size limit of${PARTITION_KEY_BYTES_MAX} bytes`,
    );
  }
  if (part === 'sort' && keyBytes(value) > SORT_KEY_BYTES_MAX) {
    throw invalidItem(
      'One or more parameter values were invalid: ' +
        `Aggregated size of all range keys has exceeded the size limit of ${SORT_KEY_BYTES_MAX} bytes`,
    );
  }
}

/** Length of a key attribute as the service counts it; of numbers, which always fit, nothing is said. */
export function keyBytes(value: string | Uint8Array): number {
  if (typeof value !== 'string') return value.length;
  // UTF-8 takes at most three bytes for each UTF-16 code unit, so short strings need no count.
  return value.length * 3 <= SORT_KEY_BYTES_MAX ? value.length : Buffer.byteLength(value);
}

/**
 * Attributes of items that are keys of local indexes. An item without one stays out of the index; one of another type,
 * empty, or too long is refused.
 */
import { type AttributeValue, type Item, NumberValue, typeOf } from '../encoding/attribute-value.js';
import { itemSizeBytes } from '../encoding/item-size.js';
import { ITEM_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../encoding/limits.js';
import { emptyKey, ITEM_TOO_LARGE, invalidItem, type TableError, UPDATED_ITEM_TOO_LARGE } from './errors.js';
import { isKeyValue, keyBytes } from './key-schema.js';
import { projectIntoIndex } from './local-index.js';
import type { LocalIndexDefinition, TableDefinition } from './types.js';

type Fault = 'type' | 'empty' | 'size';

/** Of an item of `sizeBytes` that is put. @throws TableError INVALID_ITEM, EMPTY_KEY */
export function checkIndexKeys(definition: TableDefinition, item: Item, sizeBytes: number): void {
  if (definition.localIndexes.length === 0) return;
  const found = findFault(definition, item);
  if (found !== undefined) throw faultOfPut(found);
  if (isTooLargeForIndex(definition, item, sizeBytes)) throw invalidItem(ITEM_TOO_LARGE);
}

function faultOfPut({ fault, index, value }: FoundFault): TableError {
  const { name, type } = index.sort;
  switch (fault) {
    case 'type':
      return invalidItem(
        `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} ` +
          `Actual: ${typeOf(value)} IndexName: ${index.name}`,
      );
    case 'empty':
      return emptyKey(
        'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
          `The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. ` +
          `IndexName: ${index.name}, IndexKey: ${name}`,
      );
    case 'size':
      return invalidItem(
        'One or more parameter values were invalid: ' +
          `Aggregated size of all range keys has exceeded the size limit of ${SORT_KEY_BYTES_MAX} bytes`,
      );
  }
}

/** Of an item of `sizeBytes` that an update made. @throws TableError INVALID_ITEM, EMPTY_KEY */
export function checkUpdatedIndexKeys(definition: TableDefinition, item: Item, sizeBytes: number): void {
  if (definition.localIndexes.length === 0) return;
  const found = findFault(definition, item);
  if (found === undefined && isTooLargeForIndex(definition, item, sizeBytes)) {
    throw invalidItem(UPDATED_ITEM_TOO_LARGE);
  }
  switch (found?.fault) {
    case undefined:
      return;
    case 'type':
      throw invalidItem(
        'The update expression attempted to update the secondary index key to unsupported type',
      );
    case 'empty':
      throw emptyKey(
        'One or more parameter values are not valid. The update expression attempted to update a secondary index key ' +
          'to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ' +
          `${kindOf(found?.value)} value.`,
      );
    case 'size':
      throw invalidItem(
        'The update expression attempted to update the secondary index key beyond allowed size limits',
      );
  }
}

/**
 * Whether an item and its entry in one of the indexes are larger together than an item may be.
 * Source: "Quotas in Amazon DynamoDB", "Item size for tables with local secondary indexes".
 */
function isTooLargeForIndex({ key, localIndexes }: TableDefinition, item: Item, sizeBytes: number): boolean {
  // An entry is no larger than its item.
  if (2 * sizeBytes <= ITEM_BYTES_MAX) return false;
  return localIndexes.some(
    (index) =>
      item.has(index.sort.name) &&
      sizeBytes + itemSizeBytes(projectIntoIndex(key, index, item)) > ITEM_BYTES_MAX,
  );
}

interface FoundFault {
  readonly fault: Fault;
  readonly index: LocalIndexDefinition;
  readonly value: AttributeValue;
}

/** Where several are at fault: the first by name of the index. */
function findFault(definition: TableDefinition, item: Item): FoundFault | undefined {
  let first: FoundFault | undefined;
  for (const index of definition.localIndexes) {
    const value = item.get(index.sort.name);
    if (value === undefined) continue;
    const fault = faultOf(index, value);
    if (fault !== undefined && (first === undefined || index.name < first.index.name)) {
      first = { fault, index, value };
    }
  }
  return first;
}

function faultOf({ sort }: LocalIndexDefinition, value: AttributeValue): Fault | undefined {
  if (!isKeyValue(value, sort.type)) return 'type';
  if (value instanceof NumberValue) return undefined;
  if (value.length === 0) return 'empty';
  return keyBytes(value) > SORT_KEY_BYTES_MAX ? 'size' : undefined;
}

function kindOf(value: AttributeValue | undefined): 'string' | 'binary' {
  return typeof value === 'string' ? 'string' : 'binary';
}

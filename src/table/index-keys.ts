/**
 * Attributes of items that are keys of local indexes. An item without one stays out of the index; one of another type,
 * empty, or too long is refused.
 */
import { type AttributeValue, type Item, NumberValue, typeOf } from '../encoding/attribute-value.js';
import { SORT_KEY_BYTES_MAX } from '../encoding/limits.js';
import { emptyKey, invalidItem } from './errors.js';
import { isKeyValue, keyBytes } from './key-schema.js';
import type { LocalIndexDefinition, TableDefinition } from './types.js';

type Fault = 'type' | 'empty' | 'size';

/** Of an item that is put. @throws TableError INVALID_ITEM, EMPTY_KEY */
export function checkIndexKeys(definition: TableDefinition, item: Item): void {
  if (definition.localIndexes.length === 0) return;
  const found = findFault(definition, item);
  if (found === undefined) return;
  const { fault, index, value } = found;
  const { name, type } = index.sort;
  switch (fault) {
    case 'type':
      throw invalidItem(
        `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} ` +
          `Actual: ${typeOf(value)} IndexName: ${index.name}`,
      );
    case 'empty':
      throw emptyKey(
        'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
          `The AttributeValue for a key attribute cannot contain an empty ${kindOf(value)} value. ` +
          `IndexName: ${index.name}, IndexKey: ${name}`,
      );
    case 'size':
      throw invalidItem(
        'One or more parameter values were invalid: ' +
          `Aggregated size of all range keys has exceeded the size limit of ${SORT_KEY_BYTES_MAX} bytes`,
      );
  }
}

/** Of an item that an update made. @throws TableError INVALID_ITEM, EMPTY_KEY */
export function checkUpdatedIndexKeys(definition: TableDefinition, item: Item): void {
  if (definition.localIndexes.length === 0) return;
  const found = findFault(definition, item);
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

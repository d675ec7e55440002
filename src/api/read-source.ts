/** What a Query or Scan reads from: the items of a table or one of its indexes, and the keys that pages start from. */
import type { AttributeMap } from '../encoding/attribute-value.js';
import { encodeKeyValue, type KeyValue } from '../encoding/key.js';
import type { Key } from '../partition/types.js';
import { TableError } from '../table/errors.js';
import { ITEM_SPACE, indexKey, itemKey } from '../table/key-layout.js';
import { addressOfKey, checkKeyValue, isKeyValue } from '../table/key-schema.js';
import { pick } from '../table/range-read.js';
import type { Table } from '../table/table.js';
import type { KeyAttribute, LocalIndexDefinition } from '../table/types.js';
import { validationError } from './service-error.js';

export interface ReadSource {
  readonly table: Table;
  readonly index: LocalIndexDefinition | undefined;
  readonly space: number;
  readonly sort: KeyAttribute | undefined;
  /** Attributes of LastEvaluatedKey and ExclusiveStartKey. */
  readonly keyNames: readonly string[];
}

/** @throws ServiceError ValidationException when there is no such index */
export function readSource(table: Table, indexName: string | undefined): ReadSource {
  const { key } = table.definition;
  const tableKeyNames = key.sort === null ? [key.partition.name] : [key.partition.name, key.sort.name];
  if (indexName === undefined) {
    return {
      table,
      index: undefined,
      space: ITEM_SPACE,
      sort: key.sort ?? undefined,
      keyNames: tableKeyNames,
    };
  }
  const index = table.localIndex(indexName);
  if (index === undefined) {
    throw validationError(`The table does not have the specified index: ${indexName}`);
  }
  const keyNames = tableKeyNames.includes(index.sort.name)
    ? tableKeyNames
    : [...tableKeyNames, index.sort.name];
  return { table, index, space: index.space, sort: index.sort, keyNames };
}

const INVALID_START_KEY = 'The provided starting key is invalid';

/**
 * The key after which a page starts.
 * @param mismatch what is said when the attributes are not those of the key
 * @throws ServiceError ValidationException
 */
export function startKeyOf(source: ReadSource, start: AttributeMap, mismatch = INVALID_START_KEY): Key {
  const { table, index, keyNames } = source;
  const { definition } = table;
  const { partition, sort } = definition.key;
  const tableAttributes = sort === null ? [partition] : [partition, sort];
  const attributes = index === undefined ? tableAttributes : [...tableAttributes, index.sort];
  const matches = attributes.every(({ name, type }) => isKeyValue(start.get(name), type));
  if (start.size !== keyNames.length || !matches) throw validationError(mismatch);
  const indexSort = index && (start.get(index.sort.name) as KeyValue);
  if (index !== undefined && indexSort !== undefined) checkKeyValue(index.sort, indexSort, 'sort');
  const tableKey = pick(
    start,
    tableAttributes.map(({ name }) => name),
  );
  const address = withPrefix(() => addressOfKey(definition, tableKey));
  return index === undefined || indexSort === undefined
    ? itemKey(address)
    : indexKey(index.space, address, encodeKeyValue(indexSort));
}

function withPrefix<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TableError) throw validationError(`${INVALID_START_KEY}: ${error.message}`);
    throw error;
  }
}

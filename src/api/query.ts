import type { KeyValue } from '../encoding/key.js';
import {
  type AttributeConditions,
  attributesOfCondition,
  type Condition,
  compileExpressions,
  conditionFromFilter,
  conditionsByAttribute,
  conditionsFromLegacy,
  type KeyCondition,
  matchKeySchema,
  type Projection,
  projectionFromAttributesToGet,
} from '../expression/index.js';
import type { Key } from '../partition/types.js';
import { collectionPrefix, itemAddress } from '../table/key-layout.js';
import { checkKeyValue } from '../table/key-schema.js';
import { type Bounds, collectionBounds, resumeAfter } from '../table/range-bounds.js';
import { checkReadPaths, checkSelect, needsFetch, shapePage } from './read-page.js';
import { type ReadSource, readSource, startKeyOf } from './read-source.js';
import { validationError } from './service-error.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import type { QueryInput } from './validation/input-types.js';

export const query: Operation<'Query'> = (services, input, { encodedItems, pageBytesMax }) => {
  const compiled = compileQuery(input);
  checkSelect(input, '1 validation error detected: ');
  const table = tableOfItems(services, input.TableName);
  const source = readSource(table, input.IndexName);
  const start = input.ExclusiveStartKey && startKeyOf(source, input.ExclusiveStartKey);
  const keys = matchKeySchema(compiled.keyConditions, {
    partitionKey: table.definition.key.partition,
    sortKey: source.sort,
  });
  checkKeyValues(keys, source);
  const { collection } = itemAddress(
    keys.partitionKey as KeyValue,
    undefined,
    table.definition.partitionCount,
  );
  const whole = collectionBounds(source.space, collection, keys.sortKey);
  if (start !== undefined) checkStartKey(start, whole, keys, collectionPrefix(source.space, collection));
  checkFilterKeys(input, compiled.filter, source);
  checkReadPaths(source, compiled.projection, compiled.filter);

  const reverse = input.ScanIndexForward === false;
  const bounds = start === undefined ? whole : resumeAfter(whole, start, reverse);
  const page = table.query({
    from: bounds.from,
    to: bounds.to,
    reverse,
    limit: input.Limit,
    bytesMax: pageBytesMax,
    encoded: encodedItems === true,
    filter: compiled.filter,
    projection: compiled.projection,
    wantItems: input.Select !== 'COUNT',
    fetch: needsFetch(source, input.Select, compiled.projection),
  });
  return page instanceof Promise
    ? page.then((late) => shapePage(input, source, late))
    : shapePage(input, source, page);
};

interface CompiledQuery {
  readonly keyConditions: AttributeConditions;
  readonly filter?: Condition | undefined;
  readonly projection?: Projection | undefined;
}

function compileQuery(input: QueryInput): CompiledQuery {
  const compiled = compileExpressions({
    keyCondition: input.KeyConditionExpression,
    filter: input.FilterExpression,
    projection: input.ProjectionExpression,
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
  });
  return {
    keyConditions:
      compiled.keyCondition === undefined
        ? conditionsFromLegacy(input.KeyConditions ?? new Map())
        : conditionsByAttribute(compiled.keyCondition),
    filter:
      input.QueryFilter === undefined
        ? compiled.filter
        : conditionFromFilter(input.QueryFilter, input.ConditionalOperator),
    projection:
      input.AttributesToGet === undefined
        ? compiled.projection
        : projectionFromAttributesToGet(input.AttributesToGet),
  };
}

/** Values that no key can have. @throws TableError EMPTY_KEY, INVALID_ITEM */
function checkKeyValues({ partitionKey, sortKey }: KeyCondition, { table, sort }: ReadSource): void {
  // Their types are those of the schema: expression/ checked them.
  checkKeyValue(table.definition.key.partition, partitionKey as KeyValue, 'partition');
  if (sort === undefined || sortKey === undefined) return;
  for (const value of sortKey.values) checkKeyValue(sort, value as KeyValue, 'sort');
}

/** A page can only start after a key that the query could have returned. The wording is the service's. */
function checkStartKey(start: Key, bounds: Bounds, keys: KeyCondition, prefix: Key): void {
  const sameCollection = start.startsWith(prefix);
  if (sameCollection) {
    if (start >= bounds.from && start < bounds.to) return;
    throw validationError('The provided starting key does not match the range key predicate');
  }
  throw validationError(
    keys.sortKey?.operator === '='
      ? 'The query can return at most one row and cannot be restarted'
      : 'The provided starting key is outside query boundaries based on provided conditions',
  );
}

function checkFilterKeys(
  input: QueryInput,
  filter: Condition | undefined,
  { table, sort }: ReadSource,
): void {
  if (filter === undefined) return;
  const used = attributesOfCondition(filter);
  const { partition } = table.definition.key;
  for (const key of sort === undefined ? [partition] : [partition, sort]) {
    if (used.has(key.name)) {
      throw validationError(
        `${input.QueryFilter === undefined ? 'Filter Expression' : 'QueryFilter'} can only contain non-primary key ` +
          `attributes: Primary key attribute: ${key.name}`,
      );
    }
  }
}

import {
  compileExpressions,
  conditionFromFilter,
  projectionFromAttributesToGet,
} from '../expression/index.js';
import { resumeAfter, segmentBounds } from '../table/range-bounds.js';
import { checkReadPaths, checkSelect, needsFetch, shapePage } from './read-page.js';
import { readSource, startKeyOf } from './read-source.js';
import { validationError } from './service-error.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';

export const scan: Operation<'Scan'> = async (services, input, { encodedItems, pageBytesMax }) => {
  const compiled = compileExpressions({
    filter: input.FilterExpression,
    projection: input.ProjectionExpression,
    operation: 'scan',
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
  });
  const filter =
    input.ScanFilter === undefined
      ? compiled.filter
      : conditionFromFilter(input.ScanFilter, input.ConditionalOperator);
  const projection =
    input.AttributesToGet === undefined
      ? compiled.projection
      : projectionFromAttributesToGet(input.AttributesToGet);
  checkSelect(input);
  const table = tableOfItems(services, input.TableName);
  const source = readSource(table, input.IndexName);

  const { Segment: segment = 0, TotalSegments: totalSegments = 1 } = input;
  let bounds = segmentBounds(source.space, segment, totalSegments);
  if (input.ExclusiveStartKey !== undefined) {
    const mismatch =
      source.index === undefined
        ? 'The provided starting key is invalid: The provided key element does not match the schema'
        : undefined;
    const start = startKeyOf(source, input.ExclusiveStartKey, mismatch);
    if (start < bounds.from || start >= bounds.to) {
      throw validationError(
        'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct ' +
          `Segment. TotalSegments: ${totalSegments} Segment: ${segment}`,
      );
    }
    bounds = resumeAfter(bounds, start, false);
  }
  checkReadPaths(source, projection, filter);
  const page = await table.scan({
    ...bounds,
    reverse: false,
    limit: input.Limit,
    bytesMax: pageBytesMax,
    encoded: encodedItems === true,
    filter,
    projection,
    wantItems: input.Select !== 'COUNT',
    fetch: needsFetch(source, input.Select, projection),
  });
  return shapePage(input, source, page);
};

/** What Query and Scan share: which attributes to return, and the shape of a page. */
import type { Condition, Projection } from '../expression/index.js';
import { isProjected } from '../table/local-index.js';
import { pick } from '../table/range-read.js';
import type { RangeReply } from '../table/requests.js';
import type { LocalIndexDefinition } from '../table/types.js';
import { consumedCapacity, isMeasured, unitsRead } from './consumed-capacity.js';
import { checkScalarKeyPaths, checkScalarKeysIn } from './key-paths.js';
import type { ReadSource } from './read-source.js';
import { validationError } from './service-error.js';
import type { Output } from './types.js';
import type { ScanInput } from './validation/input-types.js';

type SelectParameters = Pick<ScanInput, 'Select' | 'ProjectionExpression' | 'AttributesToGet' | 'IndexName'>;

/**
 * The rules between Select and what names attributes.
 * @param preamble what stands before the refusal of a projection, or of its absence
 * @throws ServiceError ValidationException
 */
export function checkSelect(input: SelectParameters, preamble = ''): void {
  const { Select: select } = input;
  if (select === undefined) return;
  const named =
    input.ProjectionExpression === undefined
      ? input.AttributesToGet && 'AttributesToGet'
      : 'ProjectionExpression';
  if (select === 'SPECIFIC_ATTRIBUTES') {
    if (named !== undefined) return;
    throw validationError(
      `${preamble}Must specify the AttributesToGet or ProjectionExpression when choosing to get ${select}`,
    );
  }
  if (named !== undefined) {
    throw validationError(
      `${preamble}Cannot specify the ${named} when choosing to get ${select === 'COUNT' ? 'only the Count' : select}`,
    );
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && input.IndexName === undefined) {
    throw validationError('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
}

export function checkReadPaths(
  { table }: ReadSource,
  projection: Projection | undefined,
  filter: Condition | undefined,
): void {
  if (projection !== undefined) checkScalarKeyPaths(table.definition, projection);
  checkScalarKeysIn(table.definition, filter);
}

/** Whether what is to be returned is more than the index holds: then each item is fetched. */
export function needsFetch(
  { table, index }: ReadSource,
  select: ScanInput['Select'],
  projection: Projection | undefined,
): boolean {
  if (index === undefined || index.projection.kind === 'ALL') return false;
  if (select === 'ALL_ATTRIBUTES') return true;
  return projection?.some(([name]) => !isProjected(table.definition.key, index, String(name))) ?? false;
}

type PageParameters = Pick<ScanInput, 'TableName' | 'Select' | 'ReturnConsumedCapacity' | 'ConsistentRead'>;

export function shapePage(input: PageParameters, { index, keyNames }: ReadSource, page: RangeReply): Output {
  return {
    Count: page.count,
    ScannedCount: page.scannedCount,
    Items: input.Select === 'COUNT' ? undefined : page.items,
    LastEvaluatedKey: page.last === undefined ? undefined : pick(page.last, keyNames),
    ConsumedCapacity: capacityOf(input, page, index),
  };
}

function capacityOf(
  { TableName, ReturnConsumedCapacity: mode, ConsistentRead: consistent }: PageParameters,
  page: RangeReply,
  index: LocalIndexDefinition | undefined,
): Output | undefined {
  if (!isMeasured(mode)) return undefined;
  const read = unitsRead(page.bytesRead, consistent);
  const fetched = page.fetchedUnits * (consistent ? 1 : 0.5);
  return consumedCapacity(
    mode,
    TableName,
    index === undefined ? { table: read } : { table: fetched, localIndexes: new Map([[index.name, read]]) },
  );
}

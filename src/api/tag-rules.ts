/** Tags of a table: which resource they belong to, and which tags there can be. */
import { TAGS_MAX } from '../table/limits.js';
import type { Table } from '../table/table.js';
import type { TableSettings } from '../table/types.js';
import { invalidParameter, resourceNotFound, validationError } from './service-error.js';
import type { ApiServices } from './services.js';
import type { Tag } from './validation/input-types.js';

const TABLE_ARN = /^arn:[^:]+:dynamodb:[^:]+:\d+:table\/([a-zA-Z0-9_.-]{3,255})$/;

/** @throws ServiceError ValidationException for what is no table's ARN, ResourceNotFoundException */
export function taggedTable({ tables }: ApiServices, arn: string): Table {
  if (!arn.startsWith('arn:')) throw invalidParameter(`ARNs must start with 'arn:': ${arn}`);
  if (!/^arn:[^:]*:dynamodb:/.test(arn)) {
    throw invalidParameter(`Provided Arn is not a DynamoDB resource arn: ${arn}`);
  }
  const [, name] = TABLE_ARN.exec(arn) ?? [];
  if (name === undefined) {
    throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  }
  const table = tables.find(name);
  // The spelling is the service's.
  if (table === undefined)
    throw resourceNotFound(`Requested resource not found: ResourcArn: ${arn} not found`);
  return table;
}

/** Source: "Tagging restrictions" of the developer guide. What exactly the service says is not documented. */
const TAG_TEXT = /^[\p{L}\p{N}\p{Z}\s+\-=._:/@]*$/u;

function checkTag({ Key, Value }: Tag): void {
  if (Key.startsWith('aws:')) throw validationError(`Tag Key cannot be prefixed with aws:, Key: ${Key}`);
  if (!TAG_TEXT.test(Key))
    throw validationError(`Tag Key contains characters that are not allowed, Key: ${Key}`);
  if (!TAG_TEXT.test(Value)) {
    throw validationError(`Tag Value contains characters that are not allowed, Value: ${Value}`);
  }
}

/** Tags of the same key are replaced where they stand; new ones come last. */
export function withTags(current: TableSettings['tags'], added: readonly Tag[]): TableSettings['tags'] {
  for (const tag of added) checkTag(tag);
  const tags = new Map(current);
  for (const { Key, Value } of added) tags.set(Key, Value);
  if (tags.size > TAGS_MAX) {
    throw validationError('Number of Tags exceed the current limit for the provided ResourceArn');
  }
  return [...tags];
}

/** Names of tables, which callers may also give as ARNs (`arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`). */
import { invalidParameter, validationError } from '../service-error.js';

export const TABLE_NAME_MIN = 3;
export const TABLE_NAME_MAX = 255;
/** A table's name or its ARN. */
export const TABLE_ARN_MAX = 1024;
export const NAME_PATTERN = '[a-zA-Z0-9_.-]+';

export interface TableReference {
  readonly name: string;
  /** From the ARN; `undefined` when the table was named plainly, which means the caller's own. */
  readonly region: string | undefined;
  readonly accountId: string | undefined;
}

const TABLE_ARN = /^arn:(?:aws|aws-cn|aws-us-gov):dynamodb:([a-z0-9-]*):([0-9]*):table\/([^/]+)$/;
const NAME = new RegExp(`^(?:${NAME_PATTERN})$`);

export function isArn(text: string): boolean {
  return text.startsWith('arn:');
}

/**
 * The table that a TableName member (or a key of RequestItems) names.
 * @throws ServiceError ValidationException when it is an ARN that is no table's
 */
export function parseTableName(text: string): TableReference {
  if (!isArn(text)) return { name: text, region: undefined, accountId: undefined };
  const reference = parseTableArn(text);
  if (reference === undefined) throw invalidParameter(`Invalid table ARN: ${text}`);
  return reference;
}

/**
 * The table that a ResourceArn member names.
 * @throws ServiceError ValidationException when it is not a table's ARN
 */
export function parseResourceArn(text: string): TableReference {
  const reference = parseTableArn(text);
  if (reference !== undefined) return reference;
  throw validationError(`Invalid TableArn: Invalid ResourceArn provided as input ${text}`);
}

function parseTableArn(arn: string): TableReference | undefined {
  const [, region, accountId, name] = TABLE_ARN.exec(arn) ?? [];
  if (region === undefined || accountId === undefined || name === undefined) return undefined;
  return isPlainName(name) ? { name, region, accountId } : undefined;
}

function isPlainName(name: string): boolean {
  return name.length >= TABLE_NAME_MIN && name.length <= TABLE_NAME_MAX && NAME.test(name);
}

/** @throws ServiceError ValidationException when `text`, which is not an ARN, is too short or too long for a name */
export function checkNameLength(text: string, parameter: 'TableName' | 'IndexName' = 'TableName'): void {
  if (isArn(text) || (text.length >= TABLE_NAME_MIN && text.length <= TABLE_NAME_MAX)) return;
  throw validationError(
    `${parameter} must be at least ${TABLE_NAME_MIN} characters long and at most ${TABLE_NAME_MAX} characters long`,
  );
}

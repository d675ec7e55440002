/** From the options of calls to the service's members. */
import type { CallOptions, Placeholders, ScanOptions, UpdateOptions } from './types.js';

function placeholders({ names, values }: Placeholders): object {
  return { ExpressionAttributeNames: names, ExpressionAttributeValues: values };
}

/** What the writes of one item have in common, alone or in a transaction. */
export function writeMembers(table: string, options: UpdateOptions): object {
  return {
    TableName: table,
    ConditionExpression: options.condition,
    ...placeholders(options),
    ReturnValues: options.return,
    ReturnValuesOnConditionCheckFailure: options.returnOnFailure === true ? 'ALL_OLD' : undefined,
  };
}

export function rangeMembers(table: string, options: ScanOptions & CallOptions): object {
  return {
    TableName: table,
    IndexName: options.index,
    FilterExpression: options.filter,
    ProjectionExpression: options.select,
    ...placeholders(options),
    Limit: options.limit,
    ExclusiveStartKey: options.after,
  };
}

/** Tables that most suites use, and shorthands for their items. */
import type { Json, JsonObject, Request } from './case.js';
import { RUN } from './clients.js';

type KeyType = 'S' | 'N' | 'B';

export function tableOf(suffix: string): string {
  return `${RUN}-${suffix}`;
}

/** The input of CreateTable for a table with a partition key `pk` and, if typed, a sort key `sk`. */
export function table(name: string, pk: KeyType, sk?: KeyType, more: JsonObject = {}): JsonObject {
  const { AttributeDefinitions = [], ...others } = more;
  const attributes: readonly (readonly [string, KeyType])[] =
    sk === undefined
      ? [['pk', pk]]
      : [
          ['pk', pk],
          ['sk', sk],
        ];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      ...attributes.map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      ...(AttributeDefinitions as readonly Json[]),
    ],
    KeySchema: attributes.map(([AttributeName], index) => ({
      AttributeName,
      KeyType: index === 0 ? 'HASH' : 'RANGE',
    })),
    ...others,
  };
}

export function localIndex(
  name: string,
  sort: string,
  projection: JsonObject = { ProjectionType: 'ALL' },
): JsonObject {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ],
    Projection: projection,
  };
}

export const s = (text: string): JsonObject => ({ S: text });
export const n = (number: number | string): JsonObject => ({ N: String(number) });

export function put(TableName: string, Item: JsonObject): Request {
  return ['PutItem', { TableName, Item }];
}

export function get(TableName: string, Key: JsonObject): Request {
  return ['GetItem', { TableName, Key, ConsistentRead: true }];
}

/** Definitions of tables, short. */
import type { TableDraft } from '../../src/table/tables-environment.js';
import type { KeyAttributeType, LocalIndexDefinition, TableDefinition } from '../../src/table/types.js';

interface Shape {
  readonly name?: string;
  /** Type of the sort key `sk`; absent: none. */
  readonly sort?: KeyAttributeType;
  readonly localIndexes?: readonly LocalIndexDefinition[];
}

export function draftOf({ name = 'table', sort, localIndexes = [] }: Shape = {}): TableDraft {
  const partition = { name: 'pk', type: 'S' } as const;
  const sortKey = sort === undefined ? null : { name: 'sk', type: sort };
  return {
    name,
    arn: `arn:aws:dynamodb:eu-central-1:123456789012:table/${name}`,
    key: { partition, sort: sortKey },
    attributes: [
      partition,
      ...(sortKey === null ? [] : [sortKey]),
      ...localIndexes.map((index) => index.sort),
    ],
    localIndexes,
    settings: {
      billingMode: 'PAY_PER_REQUEST',
      payPerRequestSinceMs: 0,
      throughput: { read: 0, write: 0, lastIncreaseMs: null, lastDecreaseMs: null, decreasesThatDay: 0 },
      onDemandLimit: null,
      warmThroughput: null,
      deletionProtection: false,
      tableClass: null,
      tableClassSinceMs: null,
      encryptionKeyArn: null,
      timeToLive: null,
      tags: [],
    },
  };
}

export function definitionOf(shape: Shape = {}): TableDefinition {
  return { ...draftOf(shape), id: 'id', createdAtMs: 0, partitionCount: 4 };
}

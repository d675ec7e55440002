/** A table of which nothing is known but its key. */
import type { TableDraft } from '../src/table/tables-environment.js';
import type { KeySchema } from '../src/table/types.js';

/** What the service's `ImportTable` makes of a key alone; region and account as for clients that do not say. */
export function tableDraft(name: string, key: KeySchema, nowMs: number): TableDraft {
  return {
    name,
    arn: `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`,
    key,
    attributes: key.sort === null ? [key.partition] : [key.partition, key.sort],
    localIndexes: [],
    settings: {
      billingMode: 'PAY_PER_REQUEST',
      payPerRequestSinceMs: nowMs,
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

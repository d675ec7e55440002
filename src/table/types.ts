/** What a table is: plain data, stored in the catalog and handed to whoever needs to know. */

export type KeyAttributeType = 'S' | 'N' | 'B';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyAttributeType;
}

/** `sort` null: an item is identified by its partition key alone. */
export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort: KeyAttribute | null;
}

export interface Projection {
  readonly kind: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  /** Of INCLUDE, in the order given; else empty. Keys of the table and of the index are always projected too. */
  readonly attributes: readonly string[];
}

/** Kept in the partition of its item, in a key space of its own, by the same log record. */
export interface LocalIndexDefinition {
  readonly name: string;
  /** First byte of the keys of its entries; never reused within a table. */
  readonly space: number;
  readonly sort: KeyAttribute;
  readonly projection: Projection;
}

export type BillingMode = 'PROVISIONED' | 'PAY_PER_REQUEST';
export type TableClass = 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';

/** Units per second. All zero while billed per request. Times in milliseconds since the epoch. */
export interface ProvisionedThroughput {
  readonly read: number;
  readonly write: number;
  readonly lastIncreaseMs: number | null;
  readonly lastDecreaseMs: number | null;
  /** Decreases on the (UTC) day of `lastDecreaseMs`. */
  readonly decreasesThatDay: number;
}

/** A pair of read and write limits; null where none was set. */
export interface RequestUnits {
  readonly read: number | null;
  readonly write: number | null;
}

/** Which attribute says when an item expires. */
export interface TimeToLive {
  readonly attribute: string;
  readonly enabled: boolean;
  /** When it was last enabled or disabled. */
  readonly changedAtMs: number;
}

/** What UpdateTable and its like may change. */
export interface TableSettings {
  readonly billingMode: BillingMode;
  /** Since when the table is billed per request; null when it never was. */
  readonly payPerRequestSinceMs: number | null;
  readonly throughput: ProvisionedThroughput;
  readonly onDemandLimit: RequestUnits | null;
  readonly warmThroughput: RequestUnits | null;
  readonly deletionProtection: boolean;
  /** Null when none was ever named. */
  readonly tableClass: TableClass | null;
  readonly tableClassSinceMs: number | null;
  /** ARN of the key that a caller named; encryption at rest is the disk's business. */
  readonly encryptionKeyArn: string | null;
  /** Null when it was never set. */
  readonly timeToLive: TimeToLive | null;
  /** By key, in the order in which they were set. */
  readonly tags: readonly (readonly [key: string, value: string])[];
}

export interface TableDefinition {
  readonly name: string;
  /** A UUID; names the directory of the table's partitions. */
  readonly id: string;
  readonly arn: string;
  readonly createdAtMs: number;
  /** Each owns an equal range of the hash of the partition key. */
  readonly partitionCount: number;
  readonly key: KeySchema;
  /** Every key attribute of the table and its indexes, in the order in which the creator listed them. */
  readonly attributes: readonly KeyAttribute[];
  /** In the order in which the creator listed them. */
  readonly localIndexes: readonly LocalIndexDefinition[];
  readonly settings: TableSettings;
}

export type TableStatus = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';

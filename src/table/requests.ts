/**
 * What the owner of a partition is asked, and what it answers: plain data both ways, so that one day the owner may be
 * another process. Conditions, updates and projections are the parsed data of the expression room.
 */
import type { AttributeMap, Item } from '../encoding/attribute-value.js';
import type { EncodedItem } from '../encoding/encoded-item.js';
import type { Condition, Projection, Update } from '../expression/index.js';
import type { Key } from '../partition/types.js';
import type { ItemAddress } from './key-layout.js';

export interface GetRequest {
  readonly address: ItemAddress;
  readonly projection?: Projection | undefined;
}

export interface GetReply {
  readonly item: Item | undefined;
  /** Of the whole item, before projection; 0 when there is none. */
  readonly sizeBytes: number;
}

/** The item as it is stored, to be passed on. */
export interface EncodedGetReply {
  readonly item: EncodedItem | undefined;
  readonly sizeBytes: number;
}

interface WriteRequest {
  readonly address: ItemAddress;
  readonly condition?: Condition | undefined;
  /** The reply to a refusal carries the item. */
  readonly returnOldOnFailure?: boolean;
  /** The reply says what was written where; costs a read of the old item. */
  readonly measure?: boolean;
}

export interface PutRequest extends WriteRequest {
  readonly item: Item;
  readonly sizeBytes: number;
  readonly returnOld?: boolean;
}

export interface DeleteRequest extends WriteRequest {
  readonly returnOld?: boolean;
}

/** Of a transaction: nothing is written, but the condition must hold. */
export interface CheckRequest {
  readonly address: ItemAddress;
  readonly condition: Condition;
  readonly returnOldOnFailure?: boolean;
}

export type UpdateReturn = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';

export interface UpdateRequest extends WriteRequest {
  /** The key attributes: what a new item starts from. */
  readonly key: AttributeMap;
  /** Absent: the item is created when it is missing, and is else left as it is. */
  readonly update?: Update | undefined;
  readonly returns: UpdateReturn;
}

/** Sizes before and after in one index; 0 where there is no entry. `changed`: the entry was written. */
export interface IndexWrite {
  readonly index: string;
  /** Bytes of the entry that was removed because its key changed or its item left the index; else 0. */
  readonly removedBytes: number;
  /** The larger of old and new bytes of the entry that was written; else 0. */
  readonly writtenBytes: number;
  /** New bytes less old bytes of all entries. */
  readonly grownBytes: number;
}

export type WriteReply =
  | {
      readonly written: true;
      /** What ReturnValues asked for. */
      readonly attributes: Item | undefined;
      /** 0 where there was none, or when neither a condition nor `measure` asked for it. */
      readonly oldBytes: number;
      readonly newBytes: number;
      readonly indexWrites: readonly IndexWrite[];
      /** Estimated size of the item collection; 0 where the table has no local indexes. */
      readonly collectionBytes: number;
    }
  | {
      /** The condition did not hold. */
      readonly written: false;
      readonly item: Item | undefined;
    };

export interface RangeRequest {
  readonly partition: number;
  /** Inclusive. */
  readonly from: Key;
  /** Exclusive. */
  readonly to: Key;
  readonly reverse: boolean;
  /** Entries to read at most; at least 1. */
  readonly limit: number;
  /** The read ends with the entry that brings the page's bytes to this. */
  readonly bytesMax: number;
  readonly filter?: Condition | undefined;
  readonly projection?: Projection | undefined;
  /** False: matches are only counted. */
  readonly wantItems: boolean;
  /** Read from an index, but evaluate filter and projection on the whole item. */
  readonly fetch: boolean;
  /** Items as they are stored, where there is neither a filter nor a projection. */
  readonly encoded?: boolean;
}

export interface RangeReply {
  /** After filter and projection; empty when they were not wanted. */
  readonly items: readonly (Item | EncodedItem)[];
  /** Entries that passed the filter. */
  readonly count: number;
  /** Entries read. */
  readonly scannedCount: number;
  /** Size of the entries read. */
  readonly bytesRead: number;
  /** Size of the entries read or of the items fetched for them, whichever is larger: what counts for `bytesMax`. */
  readonly pageBytes: number;
  /** Read units (of 4 KiB, each item by itself) of the items fetched for an index. */
  readonly fetchedUnits: number;
  /** The last entry read, when the read ended before the range did; else undefined. */
  readonly last: Item | undefined;
}

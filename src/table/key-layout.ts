/**
 * The keys of a table inside its partitions. Part of the on-disk format: never renumber a space, never reorder a part.
 *
 *   bytes  what
 *   1      space: 0x01 items, 0x02 and up local indexes (see LocalIndexDefinition.space)
 *   4      hash of the partition key (encoding/partition-hash.ts), big-endian: partitions and scan segments are ranges
 *   n      encoded partition key
 *   m      items:        encoded sort key, where the table has one
 *          local index:  encoded sort key of the index, then encoded sort key of the item
 *
 * Encoded values order as the service orders them and delimit themselves (encoding/key.ts), so that all keys of one
 * partition key, or of one prefix of the rest, are one range.
 */
import assert from 'node:assert/strict';

import { encodeKeyValue, type KeyValue } from '../encoding/key.js';
import { hashOfPartitionKey } from '../encoding/partition-hash.js';
import type { Key } from '../partition/types.js';

export const ITEM_SPACE = 0x01;
export const FIRST_INDEX_SPACE = 0x02;

const ITEM_SPACE_BYTE = String.fromCharCode(ITEM_SPACE);
/** One more than the greatest hash. */
export const HASH_END = 2 ** 32;

/** Where an item lives: everything that its keys in every space are made of. Plain data. */
export interface ItemAddress {
  /** Index of the partition. */
  readonly partition: number;
  /** Hash and encoded partition key: what all items and index entries of an item collection share after the space. */
  readonly collection: string;
  /** Encoded sort key; empty where the table has none. */
  readonly sort: string;
}

export function itemAddress(
  partitionKey: KeyValue,
  sortKey: KeyValue | undefined,
  partitionCount: number,
): ItemAddress {
  const hash = hashOfPartitionKey(partitionKey);
  return {
    partition: partitionOf(hash, partitionCount),
    collection: hashBytes(hash) + encodeKeyValue(partitionKey),
    sort: sortKey === undefined ? '' : encodeKeyValue(sortKey),
  };
}

export function itemKey(address: ItemAddress): Key {
  return ITEM_SPACE_BYTE + address.collection + address.sort;
}

/** @param indexSort encoded sort key of the index */
export function indexKey(space: number, address: ItemAddress, indexSort: string): Key {
  return String.fromCharCode(space) + address.collection + indexSort + address.sort;
}

/** All keys of one space and one partition key start with it. */
export function collectionPrefix(space: number, collection: string): Key {
  return String.fromCharCode(space) + collection;
}

/** The first key that a hash can have in a space; `HASH_END` gives the end of the space. */
export function hashBound(space: number, hash: number): Key {
  assert(hash >= 0 && hash <= HASH_END, 'a hash has 32 bits');
  return hash === HASH_END ? String.fromCharCode(space + 1) : String.fromCharCode(space) + hashBytes(hash);
}

/** Of a key of any space. */
export function hashOfKey(key: Key): number {
  assert(key.length >= 5, 'a key holds a space and a hash');
  return (
    ((key.charCodeAt(1) << 24) | (key.charCodeAt(2) << 16) | (key.charCodeAt(3) << 8) | key.charCodeAt(4)) >>>
    0
  );
}

export function partitionOf(hash: number, partitionCount: number): number {
  return Math.floor((hash * partitionCount) / HASH_END);
}

/**
 * The hashes of one of `count` equal shares of the hash range: of a partition, or of a segment of a scan.
 * `to` is exclusive.
 */
export function hashShare(index: number, count: number): { readonly from: number; readonly to: number } {
  assert(index >= 0 && index < count, 'the share exists');
  return {
    from: Math.ceil((index * HASH_END) / count),
    to: Math.ceil(((index + 1) * HASH_END) / count),
  };
}

function hashBytes(hash: number): string {
  return String.fromCharCode(hash >>> 24, (hash >>> 16) & 0xff, (hash >>> 8) & 0xff, hash & 0xff);
}

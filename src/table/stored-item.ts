/**
 * How an item, or its projection into an index, is stored as the value of a key.
 *
 *   0      1      2      3      4
 *   +------+------+------+------+-----------------------+
 *   | 0x01 |  size, big-endian  |  item (encoding/item) |
 *   +------+------+------+------+-----------------------+
 *
 * `size` is the item's size as the service counts it, so that pages, capacity and table sizes are known without parsing.
 */
import assert from 'node:assert/strict';

import type { Item } from '../encoding/attribute-value.js';
import type { EncodedItem } from '../encoding/encoded-item.js';
import { decodeItem, encodedItem, encodeItem } from '../encoding/item.js';
import { TableError } from './errors.js';

const VERSION = 0x01;
export const STORED_HEADER_BYTES = 4;
const SIZE_END = 1 << 24;

export function encodeStored(item: Item, sizeBytes: number): Uint8Array {
  assert(sizeBytes >= 0 && sizeBytes < SIZE_END, 'the size fits its field');
  const encoded = encodeItem(item);
  const stored = Buffer.allocUnsafe(STORED_HEADER_BYTES + encoded.length);
  writeStoredHeader(stored, 0, sizeBytes);
  stored.set(encoded, STORED_HEADER_BYTES);
  return stored;
}

/** The `STORED_HEADER_BYTES` that precede an encoded item. */
export function writeStoredHeader(target: Uint8Array, at: number, sizeBytes: number): void {
  target[at] = VERSION;
  target[at + 1] = sizeBytes >>> 16;
  target[at + 2] = (sizeBytes >>> 8) & 0xff;
  target[at + 3] = sizeBytes & 0xff;
}

/** The item's size as the service counts it. */
export function storedSize(stored: Uint8Array): number {
  checkVersion(stored);
  // Not by destructuring, which would make an iterator for each item of a page.
  return ((stored[1] as number) << 16) | ((stored[2] as number) << 8) | (stored[3] as number);
}

export function decodeStored(stored: Uint8Array): Item {
  checkVersion(stored);
  return decodeItem(stored.subarray(STORED_HEADER_BYTES));
}

/** A view of `stored`, to be passed on. */
export function encodedStored(stored: Uint8Array): EncodedItem {
  checkVersion(stored);
  return encodedItem(stored, STORED_HEADER_BYTES);
}

function checkVersion(stored: Uint8Array): void {
  if (stored[0] !== VERSION || stored.length < STORED_HEADER_BYTES) {
    throw new TableError('CORRUPT', `a stored item has the unknown version ${stored[0]}`);
  }
}

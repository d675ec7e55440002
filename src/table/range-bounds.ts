/** From what a query or a scan asks of keys to the range of bytes that holds them. Pure. */
import assert from 'node:assert/strict';

import { encodeKeyPrefix, encodeKeyValue, type KeyValue, keyAfter, prefixEnd } from '../encoding/key.js';
import type { SortKeyCondition } from '../expression/index.js';
import type { Key } from '../partition/types.js';
import { collectionPrefix, hashBound, hashShare } from './key-layout.js';

/** `from` inclusive, `to` exclusive. */
export interface Bounds {
  readonly from: Key;
  readonly to: Key;
}

/** The keys of one space and partition key whose sort key fulfils `condition`. */
export function collectionBounds(
  space: number,
  collection: string,
  condition: SortKeyCondition | undefined,
): Bounds {
  const prefix = collectionPrefix(space, collection);
  if (condition === undefined) return { from: prefix, to: endOf(prefix) };
  // Values of the sort key have the type of the schema: expression/ checked them.
  const [first, second] = condition.values as readonly [KeyValue, KeyValue?];
  if (condition.operator === 'begins_with') {
    const start = prefix + encodeKeyPrefix(first as string | Uint8Array);
    return { from: start, to: endOf(start) };
  }
  const key = prefix + encodeKeyValue(first);
  switch (condition.operator) {
    case '=':
      return { from: key, to: endOf(key) };
    case '<':
      return { from: prefix, to: key };
    case '<=':
      return { from: prefix, to: endOf(key) };
    case '>':
      return { from: endOf(key), to: endOf(prefix) };
    case '>=':
      return { from: key, to: endOf(prefix) };
    case 'BETWEEN':
      assert(second !== undefined, 'BETWEEN has two values');
      return { from: key, to: endOf(prefix + encodeKeyValue(second)) };
  }
}

/** The keys of one of the equal shares into which a scan divides a space. */
export function segmentBounds(space: number, segment: number, totalSegments: number): Bounds {
  const share = hashShare(segment, totalSegments);
  return { from: hashBound(space, share.from), to: hashBound(space, share.to) };
}

/** What is left of a range after `start`, which was the last key of the page before. */
export function resumeAfter({ from, to }: Bounds, start: Key, reverse: boolean): Bounds {
  if (reverse) return { from, to: start < to ? start : to };
  const next = keyAfter(start);
  return { from: next > from ? next : from, to };
}

function endOf(prefix: Key): Key {
  const end = prefixEnd(prefix);
  assert(end !== undefined, 'a key starts with its space, which is below 0xff');
  return end;
}

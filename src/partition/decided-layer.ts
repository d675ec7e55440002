/**
 * Mutations of transactions that are decided (elsewhere, durably) while their own log record is still on its way: newer
 * than everything in memtables and tables, and visible to every reader.
 *
 * A layer never changes, so that a view or a snapshot that holds one sees a moment. It is small: what is on its way to
 * the log. Mostly it is `noneDecided`.
 */
import type { VersionedCursor, VersionedEntry, VersionedRange } from '../memtable/types.js';
import type { Key, Mutation, SequenceNumber, TransactionId } from './types.js';

export interface DecidedEntry extends VersionedEntry {
  readonly transaction: TransactionId;
}

/** Ordered by key; each key once. */
export type DecidedLayer = readonly DecidedEntry[];

export const noneDecided: DecidedLayer = [];

/** With the mutations of one more transaction, which is newer than the others. */
export function withDecided(
  layer: DecidedLayer,
  transaction: TransactionId,
  mutations: readonly Mutation[],
  sequence: SequenceNumber,
): DecidedLayer {
  // Of a key that a record names twice the last word counts.
  const fresh = new Map<Key, DecidedEntry>();
  for (const { key, value } of mutations) fresh.set(key, { key, value, sequence, transaction });
  const kept = layer.filter((entry) => !fresh.has(entry.key));
  return [...kept, ...fresh.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** Without what the transaction put there: it has arrived in the memtable. */
export function withoutDecided(layer: DecidedLayer, transaction: TransactionId): DecidedLayer {
  const kept = layer.filter((entry) => entry.transaction !== transaction);
  return kept.length === 0 ? noneDecided : kept;
}

export function getDecided(layer: DecidedLayer, key: Key): DecidedEntry | undefined {
  const entry = layer[firstFrom(layer, key)];
  return entry?.key === key ? entry : undefined;
}

export function decidedCursor(layer: DecidedLayer, range: VersionedRange): VersionedCursor {
  let low = range.from === undefined ? 0 : firstFrom(layer, range.from);
  let high = range.to === undefined ? layer.length : firstFrom(layer, range.to);
  return {
    next: () => {
      if (low >= high) return undefined;
      if (range.reverse !== true) return layer[low++];
      high -= 1;
      return layer[high];
    },
  };
}

/** Index of the first entry that is not below `key`. */
function firstFrom(layer: DecidedLayer, key: Key): number {
  let low = 0;
  let high = layer.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((layer[middle] as DecidedEntry).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

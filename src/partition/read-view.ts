/**
 * What a read looks at: the memtables and tables that belong together. A view never changes; a freeze, a flush or a
 * compaction makes a new one. (The active memtable of a view grows; a sequence number says how much of it is seen.)
 */
import type { Version as KeyVersion, Memtable } from '../memtable/types.js';
import { type DecidedLayer, getDecided } from './decided-layer.js';
import type { Key } from './types.js';
import type { Version } from './version.js';

export interface ReadView {
  /** Newer than everything below, whatever the sequence that a reader reads at. */
  readonly decided: DecidedLayer;
  readonly active: Memtable;
  /** Newest first. */
  readonly frozen: readonly Memtable[];
  readonly version: Version;
}

/** The newest version in memory with a sequence <= `atSequence`; undefined when only the tables can tell. */
export function getFromMemory(view: ReadView, key: Key, atSequence: number): KeyVersion | undefined {
  if (view.decided.length > 0) {
    const decided = getDecided(view.decided, key);
    if (decided !== undefined) return decided;
  }
  const found = view.active.get(key, atSequence);
  if (found !== undefined) return found;
  for (const memtable of view.frozen) {
    const older = memtable.get(key, atSequence);
    if (older !== undefined) return older;
  }
  return undefined;
}

/** The value of `key`. A promise only when a block must be read. */
export function getFromView(
  view: ReadView,
  key: Key,
  atSequence: number,
): Uint8Array | undefined | Promise<Uint8Array | undefined> {
  const found = getFromMemory(view, key, atSequence) ?? view.version.get(key);
  return found instanceof Promise ? found.then(presentValue) : presentValue(found);
}

function presentValue(version: KeyVersion | undefined): Uint8Array | undefined {
  return version?.value ?? undefined;
}

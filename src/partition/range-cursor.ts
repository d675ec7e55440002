/** A range of a partition as its users walk it: memtables and tables merged, deletions left out. */
import { mergeCursors, type SortedSource } from '../sstable/merging-cursor.js';
import { decidedCursor } from './decided-layer.js';
import type { PinnedSnapshot } from './snapshots.js';
import type { Cursor, Entry, KeyRange } from './types.js';

/** Walks a range at the moment of `snapshot`, which it keeps alive until it is closed. */
export class RangeCursor implements Cursor {
  readonly #snapshot: PinnedSnapshot;
  readonly #merged: SortedSource;
  #closed = false;

  constructor(snapshot: PinnedSnapshot, range: KeyRange) {
    snapshot.addReference();
    this.#snapshot = snapshot;
    const { view, sequence } = snapshot;
    const sources: SortedSource[] = [];
    if (view.decided.length > 0) sources.push(decidedCursor(view.decided, range));
    for (const memtable of [view.active, ...view.frozen]) {
      if (memtable.count > 0 && memtable.firstSequence <= sequence) {
        sources.push(memtable.cursor(range, sequence));
      }
    }
    sources.push(...view.version.cursors(range));
    this.#merged = mergeCursors(sources, { reverse: range.reverse, dropTombstones: true });
  }

  next(): Entry | undefined | Promise<Entry | undefined> {
    if (this.#closed) return undefined;
    // Tombstones are dropped, so that what comes has a value.
    return this.#merged.next() as Entry | undefined | Promise<Entry | undefined>;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#snapshot.dropReference();
  }
}

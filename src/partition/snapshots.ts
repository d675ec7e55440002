/**
 * Moments of the partition that somebody may still read: snapshots and cursors. Memtables keep a superseded version only
 * while the oldest of them needs it.
 */
import assert from 'node:assert/strict';
import type { ReadView } from './read-view.js';
import type { SequenceNumber, Snapshot } from './types.js';

export class PinnedSnapshot implements Snapshot {
  readonly #registry: SnapshotRegistry;
  /** Its owner, and each cursor that reads at it. */
  #references = 1;
  #released = false;

  constructor(
    registry: SnapshotRegistry,
    readonly view: ReadView,
    readonly sequence: SequenceNumber,
  ) {
    this.#registry = registry;
    view.version.acquire();
  }

  get released(): boolean {
    return this.#released;
  }

  /** The owner is done; cursors that were made from it may go on. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.dropReference();
  }

  addReference(): void {
    assert(this.#references > 0);
    this.#references += 1;
  }

  dropReference(): void {
    assert(this.#references > 0);
    this.#references -= 1;
    if (this.#references > 0) return;
    this.#registry.remove(this);
    this.view.version.release();
  }
}

export class SnapshotRegistry {
  /** In the order in which they were made: so the first one reads at the lowest sequence. */
  readonly #live = new Set<PinnedSnapshot>();

  get count(): number {
    return this.#live.size;
  }

  /** Lowest sequence that somebody reads at; Infinity when nobody does. */
  get oldest(): number {
    for (const snapshot of this.#live) return snapshot.sequence;
    return Number.POSITIVE_INFINITY;
  }

  pin(view: ReadView, sequence: SequenceNumber): PinnedSnapshot {
    const snapshot = new PinnedSnapshot(this, view, sequence);
    this.#live.add(snapshot);
    return snapshot;
  }

  /** For snapshots. */
  remove(snapshot: PinnedSnapshot): void {
    this.#live.delete(snapshot);
  }
}

/**
 * What is visible of a partition, and how far: the current read view, the last visible sequence, the frozen memtables
 * that wait for their flush. Everything here happens synchronously, on the owner's thread.
 */
import assert from 'node:assert/strict';
import { createMemtable } from '../memtable/memtable.js';
import type { Memtable } from '../memtable/types.js';
import { noneDecided, withDecided, withoutDecided } from './decided-layer.js';
import type { ReadView } from './read-view.js';
import { SnapshotRegistry } from './snapshots.js';
import type { Mutation, SequenceNumber, TransactionId } from './types.js';
import type { Version } from './version.js';
import type { FlushedThrough } from './version-edit.js';

/** Takes no more records. It holds all those after the one frozen before it, through `through`. */
export interface FrozenMemtable {
  readonly memtable: Memtable;
  readonly through: FlushedThrough;
  /** Of its first record. */
  readonly sinceMs: number;
}

export class PartitionState {
  readonly snapshots = new SnapshotRegistry();
  #view: ReadView;
  /** Oldest first. */
  #frozen: FrozenMemtable[] = [];
  #visible: FlushedThrough;
  #flushes = 0;
  /** Of the first record in the active memtable; means nothing while that is empty. */
  #activeSinceMs = 0;

  constructor(version: Version, flushed: FlushedThrough) {
    this.#view = { decided: noneDecided, active: createMemtable(), frozen: [], version };
    this.#visible = flushed;
  }

  get view(): ReadView {
    return this.#view;
  }

  /** Of the last visible record. */
  get sequence(): SequenceNumber {
    return this.#visible.sequence;
  }

  /** Of the last visible record. */
  get timestampMs(): number {
    return this.#visible.timestampMs;
  }

  get frozen(): readonly FrozenMemtable[] {
    return this.#frozen;
  }

  /** Grows whenever something moves from memory to the tables. */
  get flushes(): number {
    return this.#flushes;
  }

  get memtableBytes(): number {
    let bytes = this.#view.active.count === 0 ? 0 : this.#view.active.bytes;
    for (const { memtable } of this.#frozen) bytes += memtable.bytes;
    return bytes;
  }

  /** When the oldest record that is only in the log and in memory was appended; undefined: there is none. */
  get unflushedSinceMs(): number | undefined {
    const [oldest] = this.#frozen;
    if (oldest !== undefined) return oldest.sinceMs;
    return this.#view.active.count === 0 ? undefined : this.#activeSinceMs;
  }

  /** Makes a durable record visible. In log order, without a gap. */
  apply(sequence: SequenceNumber, timestampMs: number, mutations: readonly Mutation[]): void {
    assert.equal(sequence, this.#visible.sequence + 1, 'records become visible one after the other');
    const oldest = this.snapshots.oldest;
    const { active } = this.#view;
    if (active.count === 0) this.#activeSinceMs = timestampMs;
    for (const { key, value } of mutations) active.put(key, sequence, value, oldest);
    this.#visible = { sequence, timestampMs };
  }

  /** Makes mutations visible whose record (of about that sequence) is still to become durable. */
  decide(id: TransactionId, mutations: readonly Mutation[], sequence: SequenceNumber): void {
    this.#view = { ...this.#view, decided: withDecided(this.#view.decided, id, mutations, sequence) };
  }

  /** They are in the memtable now, in the same step. */
  undecide(id: TransactionId): void {
    if (this.#view.decided.length === 0) return;
    this.#view = { ...this.#view, decided: withoutDecided(this.#view.decided, id) };
  }

  /** The active memtable becomes a frozen one. False when it is empty. */
  freeze(): boolean {
    const { active, frozen } = this.#view;
    if (active.count === 0) return false;
    this.#frozen.push({ memtable: active, through: this.#visible, sinceMs: this.#activeSinceMs });
    this.#view = { ...this.#view, active: createMemtable(), frozen: [active, ...frozen] };
    return true;
  }

  /** The oldest frozen memtable is in `version` now. */
  flushed(flushed: FrozenMemtable, version: Version): void {
    assert.equal(this.#frozen[0], flushed, 'memtables are flushed in their order');
    this.#frozen.shift();
    this.#flushes += 1;
    this.#view = { ...this.#view, frozen: this.#view.frozen.slice(0, -1), version };
  }

  /** Compacted: the same entries in other tables. */
  replaceVersion(version: Version): void {
    this.#view = { ...this.#view, version };
  }
}

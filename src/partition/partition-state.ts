/**
 * What is visible of a partition, and how far: the current read view, the last visible sequence, the frozen memtables
 * that wait for their flush. Everything here happens synchronously, on the owner's thread.
 */
import assert from 'node:assert/strict';
import { createMemtable } from '../memtable/memtable.js';
import type { Memtable } from '../memtable/types.js';
import type { ReadView } from './read-view.js';
import { SnapshotRegistry } from './snapshots.js';
import type { Mutation, SequenceNumber } from './types.js';
import type { Version } from './version.js';
import type { FlushedThrough } from './version-edit.js';

/** Takes no more records. It holds all those after the one frozen before it, through `through`. */
export interface FrozenMemtable {
  readonly memtable: Memtable;
  readonly through: FlushedThrough;
}

export class PartitionState {
  readonly snapshots = new SnapshotRegistry();
  #view: ReadView;
  /** Oldest first. */
  #frozen: FrozenMemtable[] = [];
  #visible: FlushedThrough;
  #flushes = 0;

  constructor(version: Version, flushed: FlushedThrough) {
    this.#view = { active: createMemtable(), frozen: [], version };
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

  /** Makes a durable record visible. In log order, without a gap. */
  apply(sequence: SequenceNumber, timestampMs: number, mutations: readonly Mutation[]): void {
    assert.equal(sequence, this.#visible.sequence + 1, 'records become visible one after the other');
    const oldest = this.snapshots.oldest;
    const { active } = this.#view;
    for (const { key, value } of mutations) active.put(key, sequence, value, oldest);
    this.#visible = { sequence, timestampMs };
  }

  /** The active memtable becomes a frozen one. False when it is empty. */
  freeze(): boolean {
    const { active, frozen, version } = this.#view;
    if (active.count === 0) return false;
    this.#frozen.push({ memtable: active, through: this.#visible });
    this.#view = { active: createMemtable(), frozen: [active, ...frozen], version };
    return true;
  }

  /** The oldest frozen memtable is in `version` now. */
  flushed(flushed: FrozenMemtable, version: Version): void {
    assert.equal(this.#frozen[0], flushed, 'memtables are flushed in their order');
    this.#frozen.shift();
    this.#flushes += 1;
    this.#view = { active: this.#view.active, frozen: this.#view.frozen.slice(0, -1), version };
  }

  /** Compacted: the same entries in other tables. */
  replaceVersion(version: Version): void {
    this.#view = { ...this.#view, version };
  }
}

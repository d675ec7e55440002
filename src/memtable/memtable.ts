/**
 * The mutable sorted map: the latest records of the log, indexed.
 *
 * Two structures share one node per key:
 * - a hash map answers point reads and finds the node of a put (33 ns; a search tree costs twenty times that);
 * - an ordered index serves cursors. New keys wait in an unsorted tail and are absorbed by the index only when somebody
 *   asks for a cursor: a load that only writes never pays for order.
 *
 * A node points at its newest version; versions form a chain, newest first. A superseded version stays in the chain
 * only while a live snapshot may read it, and the chain is pruned when its key is put again. Version objects are
 * immutable towards readers, so they are handed out as they are.
 *
 * Whoever reads at an older sequence (a cursor included, for as long as it is used) must be counted in the
 * `oldestSnapshot` of every later put; otherwise the version that it would see is gone.
 */
import assert from 'node:assert/strict';
import { entryOverheadBytes, versionOverheadBytes } from './limits.js';
import { OrderedIndex, type Place } from './ordered-index.js';
import type { Memtable, VersionedCursor, VersionedEntry, VersionedRange } from './types.js';

interface ChainedVersion extends VersionedEntry {
  /** The next older version that a snapshot may still need. */
  older: ChainedVersion | undefined;
}

interface Node {
  readonly key: string;
  newest: ChainedVersion;
}

export function createMemtable(): Memtable {
  return new HashedMemtable();
}

class HashedMemtable implements Memtable {
  readonly #nodes = new Map<string, Node>();
  readonly #index = new OrderedIndex<Node>();
  /** Nodes that the index does not hold yet, in the order of arrival. */
  #tail: Node[] = [];
  #bytes = 0;
  #firstSequence = 0;
  #lastSequence = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#nodes.size;
  }

  get firstSequence(): number {
    return this.#firstSequence;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  put(key: string, sequence: number, value: Uint8Array | null, oldestSnapshot: number): void {
    assert(sequence > 0 && sequence >= this.#lastSequence, 'sequences never go back');
    this.#lastSequence = sequence;
    if (this.#firstSequence === 0) this.#firstSequence = sequence;
    this.#bytes += value === null ? 0 : value.length;
    const node = this.#nodes.get(key);
    if (node === undefined) {
      const created = { key, newest: { key, value, sequence, older: undefined } };
      this.#nodes.set(key, created);
      this.#tail.push(created);
      this.#bytes += key.length + entryOverheadBytes;
      return;
    }
    const previous = node.newest;
    node.newest = { key, value, sequence, older: undefined };
    // One record may put a key twice: its last word counts, and no snapshot lies between.
    if (previous.sequence === sequence || sequence <= oldestSnapshot) {
      this.#bytes -= previous.value === null ? 0 : previous.value.length;
      node.newest.older = previous.older;
    } else {
      this.#bytes += versionOverheadBytes;
      node.newest.older = previous;
    }
    if (node.newest.older !== undefined) this.#prune(node.newest, oldestSnapshot);
  }

  get(key: string, atSequence = Number.POSITIVE_INFINITY): VersionedEntry | undefined {
    const node = this.#nodes.get(key);
    return node === undefined ? undefined : visibleAt(node, atSequence);
  }

  cursor(range: VersionedRange, atSequence = Number.POSITIVE_INFINITY): VersionedCursor {
    if (this.#tail.length > 0) {
      this.#index.absorb(this.#tail);
      this.#tail = [];
    }
    const sequence = Math.min(atSequence, this.#lastSequence);
    return range.reverse === true
      ? new ReverseCursor(this.#index, range, sequence)
      : new ForwardCursor(this.#index, range, sequence);
  }

  *newest(): Generator<VersionedEntry, void> {
    for (const { newest } of this.#nodes.values()) yield newest;
  }

  /** Drops what lies behind the newest version that the oldest snapshot can see. */
  #prune(newest: ChainedVersion, oldestSnapshot: number): void {
    let kept = newest;
    while (kept.sequence > oldestSnapshot && kept.older !== undefined) kept = kept.older;
    for (let dropped = kept.older; dropped !== undefined; dropped = dropped.older) {
      this.#bytes -= versionOverheadBytes + (dropped.value === null ? 0 : dropped.value.length);
    }
    kept.older = undefined;
  }
}

function visibleAt(node: Node, sequence: number): VersionedEntry | undefined {
  let version: ChainedVersion | undefined = node.newest;
  while (version !== undefined && version.sequence > sequence) version = version.older;
  return version;
}

/**
 * A cursor needs no part of the tail that grows after it was made: those keys are newer than its sequence. When
 * another cursor makes the index absorb them, places move; the cursor then seeks again from the last key it passed.
 */
class ForwardCursor implements VersionedCursor {
  readonly #index: OrderedIndex<Node>;
  readonly #to: string | undefined;
  readonly #sequence: number;
  #place: Place;
  #revision: number;
  readonly #from: string | undefined;
  /** The last key passed. */
  #last: string | undefined;

  constructor(index: OrderedIndex<Node>, range: VersionedRange, sequence: number) {
    this.#index = index;
    this.#to = range.to;
    this.#sequence = sequence;
    this.#place = index.ceiling(range.from);
    this.#revision = index.revision;
    this.#from = range.from;
  }

  next(): VersionedEntry | undefined {
    const index = this.#index;
    if (this.#revision !== index.revision) {
      this.#revision = index.revision;
      // The least key above another is that key with a zero byte behind it.
      this.#place = index.ceiling(this.#last === undefined ? this.#from : `${this.#last}\0`);
    }
    for (let node = index.at(this.#place); node !== undefined; node = index.at(this.#place)) {
      if (this.#to !== undefined && node.key >= this.#to) return undefined;
      index.step(this.#place);
      this.#last = node.key;
      const version = visibleAt(node, this.#sequence);
      if (version !== undefined) return version;
    }
    return undefined;
  }
}

class ReverseCursor implements VersionedCursor {
  readonly #index: OrderedIndex<Node>;
  readonly #from: string | undefined;
  readonly #sequence: number;
  #place: Place;
  #revision: number;
  /** Exclusive upper bound of what is still to come. */
  #before: string | undefined;

  constructor(index: OrderedIndex<Node>, range: VersionedRange, sequence: number) {
    this.#index = index;
    this.#from = range.from;
    this.#sequence = sequence;
    this.#place = index.below(range.to);
    this.#revision = index.revision;
    this.#before = range.to;
  }

  next(): VersionedEntry | undefined {
    const index = this.#index;
    if (this.#revision !== index.revision) {
      this.#revision = index.revision;
      this.#place = index.below(this.#before);
    }
    for (let node = index.at(this.#place); node !== undefined; node = index.at(this.#place)) {
      if (this.#from !== undefined && node.key < this.#from) return undefined;
      index.stepBack(this.#place);
      this.#before = node.key;
      const version = visibleAt(node, this.#sequence);
      if (version !== undefined) return version;
    }
    return undefined;
  }
}

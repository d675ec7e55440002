/**
 * Merges sorted sources into one: for each key the newest version, tombstones included unless told otherwise.
 *
 * Sources are given newest first; between versions of equal sequence the earlier source wins. A step compares the heads
 * of all sources, except while one source is ahead of all others: then its entries pass through with one comparison
 * each. Sources of a partition are few (memtables, the tables of level 0, one per deeper level) and mostly disjoint, so
 * this is faster than a heap up to some dozens of them.
 */
import type { VersionedCursor, VersionedEntry } from '../memtable/types.js';
import type { TableCursor } from './types.js';

export type SortedSource = VersionedCursor | TableCursor;

export interface MergeOptions {
  /** All sources walk backward. Default false. */
  readonly reverse?: boolean | undefined;
  /** Keys whose newest version is a tombstone are left out. Default false. */
  readonly dropTombstones?: boolean | undefined;
}

/** `next` answers at once while the sources do. After a promise, it must have settled before the next call. */
export function mergeCursors(sources: readonly SortedSource[], options: MergeOptions = {}): TableCursor {
  const only = sources[0];
  if (sources.length === 1 && only !== undefined) {
    return options.dropTombstones === true ? new WithoutTombstones(only) : only;
  }
  return new MergingCursor(sources, options.reverse === true, options.dropTombstones === true);
}

class MergingCursor implements TableCursor {
  readonly #sources: readonly SortedSource[];
  readonly #reverse: boolean;
  readonly #dropTombstones: boolean;
  /** The next entry of each source; undefined at its end. */
  readonly #heads: (VersionedEntry | undefined)[];
  /** Sources whose head was taken and must be fetched anew. */
  readonly #taken: number[];
  /** The nearest key among the other sources, while `#leader` is known to come before it. */
  #leader = -1;
  #runnerUp: string | undefined;

  constructor(sources: readonly SortedSource[], reverse: boolean, dropTombstones: boolean) {
    this.#sources = sources;
    this.#reverse = reverse;
    this.#dropTombstones = dropTombstones;
    this.#heads = sources.map(() => undefined);
    this.#taken = sources.map((_, source) => source);
  }

  next(): VersionedEntry | undefined | Promise<VersionedEntry | undefined> {
    for (;;) {
      if (this.#taken.length > 0) {
        const reading = this.#refill();
        if (reading !== undefined) return reading.then(() => this.next());
      }
      const entry = this.#take();
      if (entry === undefined || entry.value !== null || !this.#dropTombstones) return entry;
    }
  }

  /** Asks every source whose head was taken. What must be read is read at the same time. */
  #refill(): Promise<void> | undefined {
    let reading: Promise<void>[] | undefined;
    for (let source = this.#taken.pop(); source !== undefined; source = this.#taken.pop()) {
      const head = this.#ask(source);
      if (head instanceof Promise) {
        reading ??= [];
        reading.push(this.#receive(source, head));
      } else {
        this.#heads[source] = head;
      }
    }
    return reading === undefined ? undefined : allSettled(reading);
  }

  /** What a source throws at once is a rejection like any other: the reads of the others are under way. */
  #ask(source: number): ReturnType<SortedSource['next']> {
    try {
      return this.#sources[source]?.next();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #receive(source: number, reading: Promise<VersionedEntry | undefined>): Promise<void> {
    try {
      this.#heads[source] = await reading;
    } catch (error) {
      this.#taken.push(source);
      throw error;
    }
  }

  #take(): VersionedEntry | undefined {
    const ahead = this.#heads[this.#leader];
    if (ahead !== undefined && (this.#runnerUp === undefined || this.#isBefore(ahead.key, this.#runnerUp))) {
      this.#taken.push(this.#leader);
      return ahead;
    }
    return this.#compareAll();
  }

  #compareAll(): VersionedEntry | undefined {
    const heads = this.#heads;
    let best: VersionedEntry | undefined;
    let leader = -1;
    let runnerUp: string | undefined;
    for (let source = 0; source < heads.length; source += 1) {
      const head = heads[source];
      if (head === undefined) continue;
      if (best === undefined) {
        best = head;
        leader = source;
      } else if (head.key === best.key) {
        // The older version of the key is passed over, and its source asked for its next entry.
        if (head.sequence > best.sequence) {
          this.#taken.push(leader);
          best = head;
          leader = source;
        } else {
          this.#taken.push(source);
        }
      } else if (this.#isBefore(head.key, best.key)) {
        // What was passed over beside the former best stands at a key that is still to come.
        this.#taken.length = 0;
        runnerUp = best.key;
        best = head;
        leader = source;
      } else if (runnerUp === undefined || this.#isBefore(head.key, runnerUp)) {
        runnerUp = head.key;
      }
    }
    // A source that stood at the same key may come before the runner-up with its next entry.
    this.#leader = this.#taken.length > 0 ? -1 : leader;
    this.#runnerUp = runnerUp;
    if (leader >= 0) this.#taken.push(leader);
    return best;
  }

  #isBefore(left: string, right: string): boolean {
    return this.#reverse ? left > right : left < right;
  }
}

class WithoutTombstones implements TableCursor {
  constructor(private readonly source: SortedSource) {}

  next(): VersionedEntry | undefined | Promise<VersionedEntry | undefined> {
    for (;;) {
      const entry = this.source.next();
      if (entry instanceof Promise) return entry.then((read) => (read?.value === null ? this.next() : read));
      if (entry === undefined || entry.value !== null) return entry;
    }
  }
}

/** Like `Promise.all`, but nothing is still under way when it rejects: the caller may ask again. */
async function allSettled(promises: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

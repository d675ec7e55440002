/**
 * The tables of a partition at one moment: immutable, counted by those who read it.
 *
 * Level 0 is ordered newest first, and its tables may overlap; deeper levels are ordered by key, and theirs do not. What
 * a level holds of a key is newer than what deeper ones hold.
 */
import assert from 'node:assert/strict';
import { levelsMax } from '../compaction/limits.js';
import type { Levels } from '../compaction/policy.js';
import type { Version as KeyVersion, VersionedEntry, VersionedRange } from '../memtable/types.js';
import type { TableCursor } from '../sstable/types.js';
import type { TableHandle } from './table-handle.js';
import type { KeyRange } from './types.js';

type Found = KeyVersion | undefined;

export class Version {
  readonly levels: readonly (readonly TableHandle[])[];
  #references = 1;

  /** Born with one reference, its maker's. Asserts the order of each level. */
  constructor(levels: readonly (readonly TableHandle[])[]) {
    assert.equal(levels.length, levelsMax);
    this.levels = levels;
    for (const [level, tables] of levels.entries()) {
      for (const table of tables) table.acquire();
      for (let i = 1; i < tables.length; i += 1) {
        const before = (tables[i - 1] as TableHandle).properties;
        const after = (tables[i] as TableHandle).properties;
        if (level === 0) assert(before.smallestSequence > after.largestSequence, 'level 0 is ordered by age');
        else assert(before.largestKey < after.smallestKey, `level ${level} is ordered and disjoint`);
      }
    }
  }

  /** `levelOf` says where each table is; any order. */
  static of(tables: Iterable<{ readonly level: number; readonly handle: TableHandle }>): Version {
    const levels: TableHandle[][] = Array.from({ length: levelsMax }, () => []);
    for (const { level, handle } of tables) levels[level]?.push(handle);
    levels[0]?.sort((left, right) => right.properties.largestSequence - left.properties.largestSequence);
    for (const tablesOfLevel of levels.slice(1)) {
      tablesOfLevel.sort((left, right) =>
        left.properties.smallestKey < right.properties.smallestKey ? -1 : 1,
      );
    }
    return new Version(levels);
  }

  /** For the compaction policy. */
  get shape(): Levels {
    return this.levels.map((tables) => tables.map((table) => table.properties));
  }

  get tables(): readonly TableHandle[] {
    return this.levels.flat();
  }

  acquire(): void {
    assert(this.#references > 0, 'a version that was given up is not read again');
    this.#references += 1;
  }

  release(): void {
    assert(this.#references > 0);
    this.#references -= 1;
    if (this.#references > 0) return;
    for (const tables of this.levels) for (const table of tables) table.release();
  }

  /** The newest version of `key`, a tombstone included. At once while nothing must be read from disk. */
  get(key: string): Found | Promise<Found> {
    return this.#getFrom(key, 0, 0);
  }

  /** From the table at `index` of `level` on. */
  #getFrom(key: string, level: number, index: number): Found | Promise<Found> {
    for (; level < levelsMax; level += 1, index = 0) {
      const tables = this.levels[level] as readonly TableHandle[];
      if (level > 0) index = Math.max(index, lowerBound(tables, key));
      const end = level > 0 ? Math.min(index + 1, tables.length) : tables.length;
      for (; index < end; index += 1) {
        const table = tables[index] as TableHandle;
        const { smallestKey, largestKey } = table.properties;
        if (key < smallestKey || key > largestKey) continue;
        const reader = table.reader();
        const found = reader instanceof Promise ? reader.then((opened) => opened.get(key)) : reader.get(key);
        if (found instanceof Promise) return this.#continue(found, key, level, index + 1);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  async #continue(reading: Promise<Found>, key: string, level: number, index: number): Promise<Found> {
    this.acquire();
    try {
      const found = await reading;
      if (found !== undefined) return found;
      // Below level 0 one table of a level can hold the key, and that one was asked.
      return await (level === 0 ? this.#getFrom(key, 0, index) : this.#getFrom(key, level + 1, 0));
    } finally {
      this.release();
    }
  }

  /** One source for each table of level 0 and each deeper level, newest first. The caller holds a reference. */
  cursors(range: KeyRange): TableCursor[] {
    const cursors: TableCursor[] = [];
    for (const [level, tables] of this.levels.entries()) {
      const inRange = tables.filter(({ properties }) => touches(properties, range));
      if (inRange.length === 0) continue;
      if (level === 0) for (const table of inRange) cursors.push(new TablesCursor([table], range));
      else cursors.push(new TablesCursor(range.reverse === true ? inRange.reverse() : inRange, range));
    }
    return cursors;
  }
}

function touches(span: { smallestKey: string; largestKey: string }, range: VersionedRange): boolean {
  return (
    (range.from === undefined || span.largestKey >= range.from) &&
    (range.to === undefined || span.smallestKey < range.to)
  );
}

/** The first table whose largest key is not below `key`. */
function lowerBound(tables: readonly TableHandle[], key: string): number {
  let low = 0;
  let high = tables.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tables[middle] as TableHandle).properties.largestKey < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Disjoint tables, one after the other; each is opened when the one before it is at its end. */
export class TablesCursor implements TableCursor {
  readonly #tables: readonly TableHandle[];
  readonly #range: KeyRange;
  #next = 0;
  #current: TableCursor | undefined;

  constructor(tables: readonly TableHandle[], range: KeyRange) {
    this.#tables = tables;
    this.#range = range;
  }

  next(): VersionedEntry | undefined | Promise<VersionedEntry | undefined> {
    for (;;) {
      if (this.#current === undefined) {
        const table = this.#tables[this.#next];
        if (table === undefined) return undefined;
        const reader = table.reader();
        if (reader instanceof Promise) return reader.then(() => this.next());
        this.#next += 1;
        const isBulk = this.#range.bulk === true;
        this.#current = reader.cursor(this.#range, { fillCache: !isBulk, reuseMemory: isBulk });
      }
      const entry = this.#current.next();
      if (entry instanceof Promise) return entry.then((read) => read ?? this.#advance());
      if (entry !== undefined) return entry;
      this.#current = undefined;
    }
  }

  #advance(): VersionedEntry | undefined | Promise<VersionedEntry | undefined> {
    this.#current = undefined;
    return this.next();
  }
}

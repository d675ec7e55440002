/** What a manifest records: edits, and the state that they add up to. */
import assert from 'node:assert/strict';
import type { TableProperties } from '../sstable/types.js';
import { levelsMax } from './limits.js';

export interface PlacedTable {
  readonly level: number;
  readonly properties: TableProperties;
}

/** One step, all or nothing. Absent members change nothing. */
export interface VersionEdit {
  readonly added?: readonly PlacedTable[];
  /** File numbers. */
  readonly removed?: readonly number[];
  readonly flushed?: FlushedThrough;
  /** Lowest number that no table has ever had. */
  readonly nextFileNumber?: number;
  /** Readers of the log, and the sequence that each has passed. Null: the reader is gone. */
  readonly readers?: ReadonlyMap<string, number | null>;
}

/** Every record with a sequence <= `sequence` is in tables. */
export interface FlushedThrough {
  readonly sequence: number;
  /** Of the last of these records. */
  readonly timestampMs: number;
}

export interface ManifestState {
  readonly tables: ReadonlyMap<number, PlacedTable>;
  readonly flushed: FlushedThrough;
  readonly nextFileNumber: number;
  readonly readers: ReadonlyMap<string, number>;
}

export const emptyManifestState: ManifestState = {
  tables: new Map(),
  flushed: { sequence: 0, timestampMs: 0 },
  nextFileNumber: 1,
  readers: new Map(),
};

/** Asserts that the edit fits the state: both when it is made and when it is read back. */
export function applyEdit(state: ManifestState, edit: VersionEdit): ManifestState {
  const tables = new Map(state.tables);
  for (const fileNumber of edit.removed ?? []) {
    assert(tables.delete(fileNumber), `table ${fileNumber} is removed, but is not there`);
  }
  const nextFileNumber = edit.nextFileNumber ?? state.nextFileNumber;
  assert(nextFileNumber >= state.nextFileNumber, 'file numbers never go back');
  for (const placed of edit.added ?? []) {
    const { fileNumber } = placed.properties;
    assert(placed.level >= 0 && placed.level < levelsMax, `no level ${placed.level}`);
    assert(fileNumber > 0 && fileNumber < nextFileNumber, `table ${fileNumber} was never numbered`);
    assert(!tables.has(fileNumber), `table ${fileNumber} is added twice`);
    tables.set(fileNumber, placed);
  }
  const flushed = edit.flushed ?? state.flushed;
  assert(flushed.sequence >= state.flushed.sequence, 'what is flushed stays flushed');
  return { tables, flushed, nextFileNumber, readers: applyReaders(state.readers, edit.readers) };
}

function applyReaders(
  before: ReadonlyMap<string, number>,
  changes: ReadonlyMap<string, number | null> | undefined,
): ReadonlyMap<string, number> {
  if (changes === undefined) return before;
  const readers = new Map(before);
  for (const [name, sequence] of changes) {
    if (sequence === null) readers.delete(name);
    else readers.set(name, sequence);
  }
  return readers;
}

/** The one edit that makes `state` from nothing. */
export function editOfState(state: ManifestState): VersionEdit {
  return {
    added: [...state.tables.values()],
    flushed: state.flushed,
    nextFileNumber: state.nextFileNumber,
    readers: state.readers,
  };
}

/**
 * Which tables to merge: pure, from the shape of the levels to a choice.
 *
 * Leveled compaction with dynamic level sizes (as in RocksDB's `level_compaction_dynamic_level_bytes`): the targets
 * follow from the size of the last level upward, each level a fixed factor smaller than the one below it, until one
 * would be smaller than half of `baseBytes`. The one before is the base level; level 0 merges into it, and levels between
 * stay empty. So most data is in the last level whatever the size of the whole, and space amplification stays near
 * 1 + 1 / factor. (A base level that is kept at `baseBytes` at least would be there in vain when the level below is not
 * much larger: a copy of the data, and one more time that everything is written.)
 *
 * Each level has a score, its size over its target; the highest score of at least 1 is served. From level 0 all tables
 * are taken (they overlap each other); from a deeper level the one table that makes the next level rewrite least for
 * each byte that moves.
 */
import assert from 'node:assert/strict';
import type { TableProperties } from '../sstable/types.js';
import { type CompactionTuning, levelsMax } from './limits.js';
import type { KeySpan } from './types.js';

/** Level 0 newest first; deeper levels in key order, their tables disjoint. */
export type Levels = readonly (readonly TableProperties[])[];

/** A merge that is worth making. */
export interface CompactionChoice {
  readonly inputLevel: number;
  readonly outputLevel: number;
  /** Of the input level. */
  readonly inputs: readonly TableProperties[];
  /** Of the output level: every table that overlaps an input. */
  readonly overlapped: readonly TableProperties[];
  /** One table that overlaps nothing in the output level: it can change its level as it is. */
  readonly move: boolean;
}

/** Undefined when no level is over its target. */
export function pickCompaction(levels: Levels, tuning: CompactionTuning): CompactionChoice | undefined {
  const targets = levelTargets(levels, tuning);
  let best = 1;
  let chosen = -1;
  for (let level = 0; level < levelsMax - 1; level += 1) {
    const score = levelScore(levels, level, targets, tuning);
    if (score >= best) {
      // Level 0 wins ties: its tables are what every read must look at.
      if (chosen >= 0 && score === best) continue;
      best = score;
      chosen = level;
    }
  }
  return chosen < 0 ? undefined : choose(levels, chosen, targets);
}

/**
 * A merge that brings everything closer to one sorted run in the last level: the uppermost level with tables into the
 * next one with tables. Undefined when only the last level has tables, or none.
 */
export function pickFullCompaction(levels: Levels): CompactionChoice | undefined {
  const upper = levels.findIndex((tables) => tables.length > 0);
  if (upper < 0 || upper === levelsMax - 1) return undefined;
  const lower = levels.findIndex((tables, level) => level > upper && tables.length > 0);
  return merge(levels, upper, lower < 0 ? levelsMax - 1 : lower, levels[upper] ?? []);
}

export interface LevelTargets {
  /** Level 0 merges into this one. */
  readonly baseLevel: number;
  /** By level; 0 for level 0 and for levels that should be empty. */
  readonly bytes: readonly number[];
}

export function levelTargets(levels: Levels, tuning: CompactionTuning): LevelTargets {
  const bytes = new Array<number>(levelsMax).fill(0);
  const last = levelsMax - 1;
  // The last level with tables is where the targets start: it may be above the last one there is for a while.
  let target = Math.max(tuning.baseBytes, sumOfBytes(levels[last] ?? []));
  for (let level = last; level >= 1; level -= 1) {
    bytes[level] = target;
    const above = target / tuning.levelFactor;
    if (above < tuning.baseBytes / 2 || level === 1) return { baseLevel: level, bytes };
    target = above;
  }
  throw new assert.AssertionError({ message: 'a base level is found at level 1 at the latest' });
}

function levelScore(levels: Levels, level: number, targets: LevelTargets, tuning: CompactionTuning): number {
  const tables = levels[level] ?? [];
  if (tables.length === 0) return 0;
  const bytes = sumOfBytes(tables);
  if (level === 0) return Math.max(tables.length / tuning.level0TablesMax, bytes / tuning.baseBytes);
  const target = targets.bytes[level] ?? 0;
  // A level above the base level is a leftover of a time when there was less data below: it goes down.
  return target === 0 ? Math.max(1, bytes / tuning.baseBytes) : bytes / target;
}

function choose(levels: Levels, level: number, targets: LevelTargets): CompactionChoice {
  const tables = levels[level] ?? [];
  if (level === 0) {
    // Never past a level that has tables: newer entries must stay above older ones.
    const first = levels.findIndex((below, at) => at > 0 && below.length > 0);
    const outputLevel = first < 0 ? targets.baseLevel : Math.min(first, targets.baseLevel);
    return merge(levels, 0, outputLevel, tables);
  }
  let best: CompactionChoice | undefined;
  let bestRatio = Number.POSITIVE_INFINITY;
  for (const table of tables) {
    const choice = merge(levels, level, level + 1, [table]);
    const ratio = sumOfBytes(choice.overlapped) / table.sizeBytes;
    if (ratio < bestRatio) {
      best = choice;
      bestRatio = ratio;
    }
  }
  assert(best !== undefined, 'a level with a score has tables');
  return best;
}

function merge(
  levels: Levels,
  inputLevel: number,
  outputLevel: number,
  inputs: readonly TableProperties[],
): CompactionChoice {
  const overlapped = overlapping(levels[outputLevel] ?? [], spanOf(inputs));
  // A table with tombstones is rewritten: on its way down it may lose them.
  const move = inputs.length === 1 && overlapped.length === 0 && inputs[0]?.tombstones === 0;
  return { inputLevel, outputLevel, inputs, overlapped, move };
}

/** Spans of the tables below `level` that touch `span`, in key order, joined where they overlap. */
export function olderSpans(levels: Levels, level: number, span: KeySpan): KeySpan[] {
  const spans: KeySpan[] = [];
  const tables = levels.slice(level + 1).flatMap((below) => overlapping(below, span));
  tables.sort((left, right) => (left.smallestKey < right.smallestKey ? -1 : 1));
  for (const { smallestKey, largestKey } of tables) {
    const previous = spans.at(-1);
    if (previous === undefined || previous.largestKey < smallestKey) {
      spans.push({ smallestKey, largestKey });
    } else if (previous.largestKey < largestKey) {
      spans[spans.length - 1] = { smallestKey: previous.smallestKey, largestKey };
    }
  }
  return spans;
}

export function spanOf(tables: readonly TableProperties[]): KeySpan {
  const [first] = tables;
  assert(first !== undefined, 'a merge has inputs');
  let { smallestKey, largestKey } = first;
  for (const table of tables) {
    if (table.smallestKey < smallestKey) smallestKey = table.smallestKey;
    if (table.largestKey > largestKey) largestKey = table.largestKey;
  }
  return { smallestKey, largestKey };
}

function overlapping(tables: readonly TableProperties[], span: KeySpan): TableProperties[] {
  return tables.filter(
    (table) => table.smallestKey <= span.largestKey && table.largestKey >= span.smallestKey,
  );
}

export function sumOfBytes(tables: readonly TableProperties[]): number {
  let sum = 0;
  for (const table of tables) sum += table.sizeBytes;
  return sum;
}

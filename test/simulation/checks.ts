/** What is held against the model, and how. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';

import type { KeyRange, Partition, Snapshot } from '../../src/partition/types.js';
import type { Disk } from '../../src/vfs/disk.js';
import { type Content, type Model, text } from './model.js';

/** Teaches the model what the change feed has beyond what it knows. */
export async function learnChanges(partition: Partition, model: Model): Promise<void> {
  const { sequence } = partition.statistics;
  for await (const change of partition.changes(model.sequence)) {
    if (change.sequence > sequence) break;
    model.learn(change);
  }
  assert(model.sequence >= sequence, 'the change feed reaches the present');
  model.promise(sequence);
}

export async function compareRange(
  partition: Partition,
  content: Content,
  range: KeyRange,
  snapshot?: Snapshot,
): Promise<void> {
  const { from = '', to, reverse = false } = range;
  const expected = [...content]
    .filter(([key]) => key >= from && (to === undefined || key < to))
    .sort(([a], [b]) => (a < b === reverse ? 1 : -1));
  const cursor = partition.range(range, snapshot);
  try {
    const found: [string, string][] = [];
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      found.push([entry.key, text(entry.value)]);
    }
    assert.deepEqual(found, expected, `range ${JSON.stringify(range)}`);
  } finally {
    cursor.close();
  }
}

/** Of a partition that is closed: its tables, its manifest and its log, and nothing that somebody forgot. */
export async function checkFiles(disk: Disk, directory: string, partition: Partition): Promise<void> {
  const tables = partition.statistics.tablesPerLevel.reduce((sum, count) => sum + count, 0);
  const names = await disk.list(directory);
  const found = names.map((name) => (posix.extname(name) === '.sst' ? 'a table' : name)).sort();
  assert.deepEqual(found, ['MANIFEST', ...Array<string>(tables).fill('a table'), 'log']);
}

/** What a merge keeps: the newest version of each key, and tombstones as long as they hide something. */
import t from 'tap';
import { runCompaction } from '../../src/compaction/compaction-job.js';
import { JobControl } from '../../src/compaction/job-control.js';
import { tablePath } from '../../src/compaction/table-name.js';
import type { KeySpan } from '../../src/compaction/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { openTable } from '../../src/sstable/reader.js';
import type { TableProperties } from '../../src/sstable/types.js';
import { createTableWriter } from '../../src/sstable/writer.js';
import type { Disk } from '../../src/vfs/disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';

const directory = '/tables';
const options = { blockBytes: 64, filterBitsPerKey: 10, compression: 'none' } as const;

/** Keys in order; null is a tombstone. */
type Content = { readonly [key: string]: string | null };

async function tableOf(
  disk: Disk,
  fileNumber: number,
  sequence: number,
  content: Content,
): Promise<TableProperties> {
  const path = tablePath(directory, fileNumber);
  const writer = await createTableWriter({ disk, path, fileNumber, options });
  for (const [key, value] of Object.entries(content)) {
    await writer.add(key, sequence, value === null ? null : Buffer.from(value));
  }
  return writer.finish();
}

async function contentOf(disk: Disk, tables: readonly TableProperties[]): Promise<Content> {
  const content: Record<string, string | null> = {};
  for (const { fileNumber } of tables) {
    const path = tablePath(directory, fileNumber);
    const reader = await openTable({
      disk,
      path,
      fileNumber,
      cache: new BlockCache({ budgetBytes: 10_000 }),
    });
    const cursor = reader.cursor({});
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      content[entry.key] = entry.value === null ? null : Buffer.from(entry.value).toString();
    }
    await reader.close();
  }
  return content;
}

async function merge(
  newestFirst: readonly Content[],
  olderSpans: readonly KeySpan[],
  targetTableBytes = 1e6,
) {
  const disk = new MemoryDisk();
  await disk.makeDirectory(directory);
  const runs: TableProperties[][] = [];
  for (const [age, content] of newestFirst.entries()) {
    runs.push([await tableOf(disk, age + 1, newestFirst.length - age, content)]);
  }
  const spec = {
    kind: 'compaction' as const,
    directory,
    firstFileNumber: 10,
    fileNumbersMax: 100,
    targetTableBytes,
    table: options,
    outputLevel: 1,
    runs,
    olderSpans,
    bytesPerSecond: 0,
  };
  const { outputs } = await runCompaction(disk, spec, new JobControl());
  return { outputs, content: await contentOf(disk, outputs) };
}

const newer = { a: null, c: null, e: null, g: null };
const older = { a: '1', b: '2', c: '3', d: '4', e: '5' };

for (const [name, olderSpans, expected] of [
  ['nothing is older: every tombstone goes', [], { b: '2', d: '4' }],
  ['something older around c', [{ smallestKey: 'bb', largestKey: 'cc' }], { b: '2', c: null, d: '4' }],
  [
    'ends of a span belong to it',
    [{ smallestKey: 'c', largestKey: 'e' }],
    { b: '2', c: null, d: '4', e: null },
  ],
  [
    'several spans',
    [
      { smallestKey: 'a', largestKey: 'a' },
      { smallestKey: 'd', largestKey: 'd' },
      { smallestKey: 'f', largestKey: 'z' },
    ],
    { a: null, b: '2', d: '4', g: null },
  ],
] as const) {
  t.test(name, async (t) => {
    const { content } = await merge([newer, older], olderSpans);
    t.same(content, expected);
  });
}

t.test('the newest version wins, whichever run has it', async (t) => {
  const { content } = await merge(
    [{ b: 'new' }, { a: 'mid', b: null }, { a: 'old', b: 'old', c: 'old' }],
    [],
  );
  t.same(content, { a: 'mid', b: 'new', c: 'old' });
});

t.test('outputs are cut at their size', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${100 + i}`, 'x'.repeat(40)]));
  const { outputs, content } = await merge([many], [], 500);
  t.ok(outputs.length > 3);
  t.same(content, many);
});

t.test('a merge in which everything goes makes no table', async (t) => {
  const { outputs } = await merge([{ a: null }, { a: '1' }], []);
  t.same(outputs, []);
});

t.test('a cancelled merge says so', async (t) => {
  const disk = new MemoryDisk();
  await disk.makeDirectory(directory);
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${10_000 + i}`, 'x']));
  const runs = [[await tableOf(disk, 1, 1, many)]];
  const control = new JobControl();
  control.cancel();
  const spec = {
    kind: 'compaction' as const,
    directory,
    outputLevel: 1,
    runs,
    olderSpans: [],
    bytesPerSecond: 0,
  };
  const output = { firstFileNumber: 10, fileNumbersMax: 9, targetTableBytes: 1e6, table: options };
  await t.rejects(runCompaction(disk, { ...spec, ...output }, control), { code: 'JOB_CANCELLED' });
  t.same(await disk.list(directory), ['00000001.sst'], 'and leaves nothing');
});

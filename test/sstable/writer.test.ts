/** Writers on disks that fail, and on disks that write less than they are given. */
import t from 'tap';
import { writeChunkBytes } from '../../src/sstable/limits.js';
import type { TableProperties } from '../../src/sstable/types.js';
import { createTableWriter } from '../../src/sstable/writer.js';
import { type FaultPlan, FaultyDisk, failNth } from '../../src/vfs/faulty-disk.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { drain, fileNumber, manyEntries, newDisk, open, path } from './fixture.js';

/** Several chunks. */
const entries = manyEntries(60, Math.ceil((writeChunkBytes * 4) / 60));

/** Writes all entries; abandons the table when anything fails. */
async function attempt(inner: MemoryDisk, plan: FaultPlan): Promise<TableProperties | Error> {
  const disk = new FaultyDisk(inner, { plan });
  const writer = await createTableWriter({ disk, path, fileNumber });
  try {
    for (const { key, sequence, value } of entries) await writer.add(key, sequence, value);
    return await writer.finish();
  } catch (error) {
    await writer.abandon();
    return error as Error;
  }
}

t.test('a write or sync that fails, at every point', async (t) => {
  for (const kind of ['write', 'sync'] as const) {
    let failures = 0;
    for (;;) {
      const disk = await newDisk();
      const outcome = await attempt(
        disk,
        failNth(failures, 'ENOSPC', (operation) => operation.kind === kind),
      );
      if (!(outcome instanceof Error)) break;
      failures += 1;
      t.match(outcome, { code: 'ENOSPC' }, `${kind} ${failures}`);
      t.equal(await disk.status(path), undefined, 'nothing is left behind');
    }
    t.ok(failures >= (kind === 'write' ? 4 : 1), `${failures} points of failure`);
  }
});

t.test('writes that do less than they were asked', async (t) => {
  const disk = await newDisk();
  await attempt(disk, ({ kind }) => (kind === 'write' ? { kind: 'short', bytes: 100_000 } : undefined));
  const table = await open(disk);
  await table.verify();
  t.equal((await drain(table.cursor({}))).length, entries.length);
});

t.test('writes go out in large pieces, and add waits for them only when it must', async (t) => {
  const disk = await newDisk();
  const lengths: number[] = [];
  const faulty = new FaultyDisk(disk, {
    onIssued: ({ kind, length }) => kind === 'write' && lengths.push(length ?? 0),
  });
  const writer = await createTableWriter({ disk: faulty, path, fileNumber });
  let waits = 0;
  for (const { key, sequence, value } of entries) {
    const wait = writer.add(key, sequence, value);
    if (wait !== undefined) waits += 1;
    await wait;
  }
  const { sizeBytes } = await writer.finish();
  t.ok(lengths.length <= Math.ceil(sizeBytes / writeChunkBytes) + 2, `${lengths}`);
  t.ok(waits < lengths.length, `${waits} waits`);
});

t.test('read errors are passed on, and a later read succeeds', async (t) => {
  const disk = await newDisk();
  await attempt(disk, () => undefined);
  const faulty = new FaultyDisk(disk);
  const table = await open(faulty);
  const key = 'key-00000030';
  faulty.plan = failNth(0, 'EIO', ({ kind }) => kind === 'read');
  await t.rejects(Promise.resolve(table.get(key)), { code: 'EIO' });
  t.equal((await table.get(key))?.sequence, entries[30]?.sequence);
  const cursor = table.cursor({});
  faulty.plan = failNth(1, 'EIO', ({ kind }) => kind === 'read');
  const seen: string[] = [];
  let errors = 0;
  for (;;) {
    try {
      const entry = await cursor.next();
      if (entry === undefined) break;
      seen.push(entry.key);
    } catch {
      errors += 1;
    }
  }
  t.equal(errors, 1);
  t.same(
    seen,
    entries.map((entry) => entry.key),
    'a cursor goes on where it was',
  );
});

t.test('a bit flipped on the way from the disk', async (t) => {
  const disk = await newDisk();
  await attempt(disk, () => undefined);
  const faulty = new FaultyDisk(disk);
  const table = await open(faulty);
  faulty.plan = ({ kind }) => (kind === 'read' ? { kind: 'flip', bit: 12_345 } : undefined);
  await t.rejects(Promise.resolve(table.get('key-00000030')), { code: 'TABLE_CORRUPT' });
  await t.rejects(table.verify(), { code: 'TABLE_CORRUPT' });
});

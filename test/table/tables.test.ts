/** Tables come and go whole, whatever happens in between. */
import t, { type Test } from 'tap';
import type { Item } from '../../src/encoding/attribute-value.js';
import { writeMarker } from '../../src/table/directory-marker.js';
import { itemAddress } from '../../src/table/key-layout.js';
import type { Tables } from '../../src/table/tables.js';
import type { Clock } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import { type FaultPlan, FaultyDisk, failNth, isMutating } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { DIRECTORY, openOnDisk } from './engine.js';
import { draftOf } from './fixture.js';

const PARTITIONS = 2;
const item: Item = new Map([['pk', 'a']]);

/** Each opening draws other table ids. */
let seed = 0;

function open(disk: Disk, clock: Clock = new VirtualClock()): Promise<Tables> {
  seed += 1;
  return openOnDisk({
    disk,
    clock,
    random: new SeededRandom(seed),
    options: { partitionCount: PARTITIONS },
  });
}

/** Opens what a crash left, and checks that nothing but whole tables is there. */
async function reopen(t: Test, disk: Disk): Promise<readonly string[]> {
  const tables = await open(disk);
  const ids = tables.names().map((name) => tables.find(name)?.definition.id);
  t.same(await disk.list(`${DIRECTORY}/tables`), [...ids].sort(), 'no orphan is left');
  const address = itemAddress('a', undefined, PARTITIONS);
  for (const name of tables.names()) {
    const table = tables.get(name);
    await table?.put({ address, item, sizeBytes: 3 });
    t.same(await table?.get({ address }), { item, sizeBytes: 3 }, 'the table can be used');
  }
  const names = tables.names();
  await tables.close();
  return names;
}

const address = itemAddress('a', undefined, PARTITIONS);

t.test('tables, settings and items are there after a restart', async (t) => {
  const disk = new MemoryDisk();
  const tables = await open(disk);
  const table = await tables.create(draftOf({ name: 'kept' }));
  await table.put({ address, item, sizeBytes: 3 });
  await tables.update('kept', (settings) => ({ ...settings, tags: [['a', '1']] }));
  await tables.create(draftOf({ name: 'dropped' }));
  await tables.delete('dropped');
  await tables.close();
  const again = await open(disk);
  t.same(again.names(), ['kept']);
  t.same(again.get('kept')?.definition, table.definition);
  t.same(again.get('kept')?.definition.settings.tags, [['a', '1']]);
  t.same(await again.get('kept')?.get({ address }), { item, sizeBytes: 3 });
});

t.test('a power cut at each operation of a create leaves a table or none', async (t) => {
  const outcomes = new Set<number>();
  for (const survive of [0, 0.5, 1]) {
    for (let cut = 0; ; cut += 1) {
      const disk = new MemoryDisk();
      const before = await open(disk);
      await before.create(draftOf({ name: 'old' }));
      await before.close();
      const { crashed, acknowledged, finished } = await crashDuring(disk, cut, survive, async (tables) => {
        await tables.create(draftOf({ name: 'new' }));
      });
      const names = await reopen(t, crashed);
      t.ok(names.includes('old'));
      t.ok(names.length === 2 || !acknowledged, `cut ${cut}, ${survive}: what was acknowledged is there`);
      outcomes.add(names.length);
      if (finished) break;
    }
  }
  t.same([...outcomes].sort(), [1, 2], 'both outcomes were seen');
});

t.test('a power cut at each operation of a delete leaves the table or none', async (t) => {
  const outcomes = new Set<number>();
  for (const survive of [0, 0.5, 1]) {
    for (let cut = 0; ; cut += 1) {
      const disk = new MemoryDisk();
      const before = await open(disk);
      const table = await before.create(draftOf({ name: 'new' }));
      await table.put({ address, item, sizeBytes: 3 });
      await before.close();
      const { crashed, acknowledged, finished } = await crashDuring(disk, cut, survive, async (tables) => {
        await tables.delete('new');
      });
      const names = await reopen(t, crashed);
      t.ok(names.length === 0 || !acknowledged, `cut ${cut}, ${survive}: what was acknowledged is gone`);
      outcomes.add(names.length);
      if (finished) break;
    }
  }
  t.same([...outcomes].sort(), [0, 1], 'both outcomes were seen');
});

/** The disk as a power cut leaves it just before the operation numbered `cut` that `work` asks of it. */
async function crashDuring(
  disk: MemoryDisk,
  cut: number,
  survive: number,
  work: (tables: Tables) => Promise<void>,
) {
  const faulty = new FaultyDisk(disk);
  const tables = await open(faulty);
  let seen = 0;
  let acknowledged = false;
  let atCut = { crashed: disk, acknowledged: false };
  faulty.onIssued = (operation) => {
    if (!isMutating(operation)) return;
    if (seen === cut) {
      const random = new SeededRandom(cut);
      atCut = { crashed: disk.crashClone({ random, survive }), acknowledged };
    }
    seen += 1;
  };
  await work(tables);
  acknowledged = true;
  await tables.close();
  const finished = seen <= cut;
  if (finished) {
    atCut = { crashed: disk.crashClone({ random: new SeededRandom(cut), survive }), acknowledged: true };
  }
  return { ...atCut, finished };
}

t.test('a create that fails at any operation leaves a whole table or none', async (t) => {
  let failures = 0;
  for (let nth = 0; ; nth += 1) {
    const disk = new MemoryDisk();
    const faulty = new FaultyDisk(disk);
    const tables = await open(faulty);
    faulty.plan = failNth(nth, 'EIO', isMutating);
    const first = await outcomeOf(tables.create(draftOf()));
    faulty.plan = () => undefined;
    if (first === 'done') {
      await tables.close();
      break;
    }
    failures += 1;
    t.same(tables.names(), []);
    // The name is free again, unless the catalog's log has failed: then nothing is written until it is reopened.
    const second = await outcomeOf(tables.create(draftOf()));
    await tables.close();
    const names = await reopen(t, disk);
    if (second === 'done') t.same(names, ['table']);
    else t.equal(second, 'READ_ONLY');
  }
  t.ok(failures > 3, `${failures} operations failed`);
});

/** `done`, or the code of the failure. */
async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

t.test('a partition that is missing is not made up', async (t) => {
  const disk = new MemoryDisk();
  const tables = await open(disk);
  const { definition } = await tables.create(draftOf());
  await tables.close();
  await disk.removeTree(`${DIRECTORY}/tables/${definition.id}/1`);
  await t.rejects(open(disk), { code: 'CORRUPT', message: /partition .*\/1 is missing/ });
});

t.test('data of a table that the catalog does not have is never removed', async (t) => {
  const disk = new MemoryDisk();
  const tables = await open(disk);
  const table = await tables.create(draftOf());
  await table.put({ address, item, sizeBytes: 3 });
  await tables.close();
  const path = `${DIRECTORY}/tables/${table.definition.id}`;
  await disk.removeTree(`${DIRECTORY}/catalog`);
  await t.rejects(open(disk), { code: 'PARTITION_CORRUPT' }, 'a catalog was made, and none is begun anew');
  await writeMarker(disk, DIRECTORY, { complete: false });
  await t.rejects(open(disk), { code: 'CORRUPT', message: new RegExp(`^${path}: data of a table`) });
  t.same(await disk.list(`${DIRECTORY}/tables`), [table.definition.id]);
  // Moved elsewhere, it does not keep the others from being served.
  await disk.rename(path, `${DIRECTORY}/tables/elsewhere`);
  const again = await open(disk);
  t.same(again.names(), []);
  await again.close();
  t.same(await disk.list(`${DIRECTORY}/tables`), ['elsewhere'], 'what no table is named like stays');
});

t.test('a partition without its log or its manifest is not begun anew', async (t) => {
  const disk = new MemoryDisk();
  const tables = await open(disk);
  const table = await tables.create(draftOf());
  await table.put({ address, item, sizeBytes: 3 });
  await tables.close();
  const partition = `${DIRECTORY}/tables/${table.definition.id}/0`;
  for (const [gone, fault] of [
    [`${DIRECTORY}/catalog/log`, { code: 'LOG_CORRUPTION' }],
    [`${DIRECTORY}/catalog/log/0000000000000001.wal`, { code: 'LOG_CORRUPTION' }],
    [`${DIRECTORY}/catalog/MANIFEST`, { code: 'PARTITION_CORRUPT' }],
    [`${partition}/log`, { code: 'LOG_CORRUPTION' }],
    [`${partition}/MANIFEST`, { code: 'PARTITION_CORRUPT' }],
  ] as const) {
    const clone = disk.crashClone({ random: new SeededRandom(0), survive: 1 });
    await clone.removeTree(gone);
    await t.rejects(open(clone), fault, gone);
  }
  for (const name of await disk.list(partition)) await disk.removeTree(`${partition}/${name}`);
  await t.rejects(open(disk), { code: 'PARTITION_CORRUPT' }, 'an empty directory is no partition either');
});

t.test('a delete that may have taken effect keeps the table closed until it is certain', async (t) => {
  const disk = new MemoryDisk();
  const faulty = new FaultyDisk(disk);
  const clock = new VirtualClock();
  const tables = await open(faulty, clock);
  await tables.create(draftOf());
  const failWrites =
    (code: string): FaultPlan =>
    (operation) =>
      operation.kind === 'write' ? { kind: 'error', code, when: 'after' } : undefined;
  faulty.plan = failWrites('ENOSPC');
  await t.rejects(tables.delete('table'), { code: 'OUT_OF_SPACE', maySurvive: true });
  t.equal(tables.get('table'), undefined, 'nothing can be written that would go with it');
  t.equal(tables.find('table')?.status, 'DELETING');
  faulty.plan = () => undefined;
  for (let i = 0; i < 100 && tables.find('table') !== undefined; i += 1) {
    clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(tables.find('table'), undefined, 'it goes when the catalog is written again');
  await tables.create(draftOf());
  faulty.plan = failWrites('EIO');
  await t.rejects(tables.delete('table'), { code: 'WRITE_UNCERTAIN' });
  t.equal(tables.get('table'), undefined);
  faulty.plan = () => undefined;
  await tables.close();
  t.same(await reopen(t, disk), [], 'its record had been removed');
});

t.test('settings show when they are durable, and build on what is', async (t) => {
  const disk = new MemoryDisk();
  const faulty = new FaultyDisk(disk);
  const tables = await open(faulty);
  const table = await tables.create(draftOf());
  const tags = () => table.definition.settings.tags.map(([name]) => name).join();
  const tag = (name: string) =>
    tables.update('table', (settings) => ({ ...settings, tags: [...settings.tags, [name, '']] }), {
      quiet: true,
    });
  const both = [tag('a'), tag('b')];
  t.equal(tags(), '', 'not before they are durable');
  await both[0];
  t.equal(tags(), 'a');
  await both[1];
  t.equal(tags(), 'a,b', 'both took effect');
  faulty.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
  const failing = await Promise.allSettled([tag('c'), tag('d')]);
  t.same(
    failing.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  t.equal(tags(), 'a,b', 'neither that failed shows');
  faulty.plan = () => undefined;
  await tables.close();
  const again = await open(disk);
  t.same(again.find('table')?.definition.settings.tags, [
    ['a', ''],
    ['b', ''],
  ]);
  await again.close();
});

/** A stop at any step of a dump leaves nothing that passes for one; of a restoration, all of it or nothing. */
import t from 'tap';
import { DirectoryFiles } from '../../src/backup/dump-files.js';
import { BackupError } from '../../src/backup/errors.js';
import type { Tables } from '../../src/table/tables.js';
import { FaultyDisk, isMutating } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { draftOf } from '../table/fixture.js';
import { DUMP, dump, item, itemsOf, open, put, restore } from './fixture.js';

const ITEMS = 6;

/** Table `one` says who wrote it in each of its items; `two` is there only in the dump. */
async function fillWith(tables: Tables, writer: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const table = await tables.create({ ...draftOf({ name }), partitionCount: 2 });
    for (let n = 0; n < ITEMS; n += 1) await put(table, item({ pk: `key-${n}`, writer }));
  }
}

async function writersOf(tables: Tables, name: string): Promise<string> {
  if (tables.get(name) === undefined) return 'nobody';
  const writers = (await itemsOf(tables, name)).map((each) => each.get('writer'));
  return `${[...new Set(writers)].join()} ${writers.length}`;
}

/** A disk that stops at its nth change. */
function stopsAt(nth: number, disk: MemoryDisk): FaultyDisk {
  let changes = -1;
  return new FaultyDisk(disk, {
    plan: (operation) => {
      if (isMutating(operation)) changes += 1;
      return changes >= nth ? { kind: 'stop' } : undefined;
    },
  });
}

t.test('a dump that stops at any step is no dump', async (t) => {
  const tables = await open();
  await fillWith(tables, 'dump', ['one', 'two']);
  const seed = 12;
  const random = new SeededRandom(seed);
  for (let nth = 0; ; nth += 1) {
    const memory = new MemoryDisk();
    const outcome = await dump(tables, { disk: stopsAt(nth, memory) }).then(
      () => 'done',
      () => 'stopped',
    );
    if (outcome === 'done') {
      t.ok(nth > 30, `${nth} steps`);
      const restored = await open();
      await restore(restored, memory.crashClone({ random, survive: 0 }));
      t.equal(await writersOf(restored, 'two'), `dump ${ITEMS}`, 'what is done is durable');
      await restored.close();
      break;
    }
    for (const survive of [0, 0.5, 1]) {
      const disk = memory.crashClone({ random, survive });
      const restored = await open();
      const label = `step ${nth}, ${survive} survives, seed ${seed}`;
      if (await isRefused(disk)) t.pass(label);
      else {
        // Its last file has its name, and only that this is durable was not known yet.
        await restore(restored, disk);
        t.equal(await writersOf(restored, 'two'), `dump ${ITEMS}`, label);
      }
      await restored.close();
    }
  }
  await tables.close();
});

async function isRefused(disk: MemoryDisk): Promise<boolean> {
  if ((await disk.status(DUMP)) === undefined) return true;
  try {
    return (await DirectoryFiles.open(disk, DUMP)) === undefined;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'INCOMPLETE') return true;
    throw error;
  }
}

t.test('a restoration that stops at any step: the tables as before, or all of them restored', async (t) => {
  const source = await open();
  await fillWith(source, 'dump', ['one', 'two']);
  const backup = new MemoryDisk();
  await dump(source, { disk: backup });
  await source.close();
  const seed = 13;
  const random = new SeededRandom(seed);
  const seen = new Set<string>();
  for (let nth = 0; ; nth += 3) {
    const memory = new MemoryDisk();
    const before = await open(memory);
    await fillWith(before, 'before', ['one']);
    await before.close();
    let tables: Tables | undefined;
    const outcome = await (async () => {
      tables = await open(stopsAt(nth, memory), { seed: nth + 2 });
      await restore(tables, backup, { overwrite: true });
      return 'restored';
    })().catch(() => 'stopped');
    for (const survive of [0, 0.5, 1]) {
      const disk = memory.crashClone({ random, survive });
      const again = await open(disk, { seed: nth + 1000 });
      const found = `${await writersOf(again, 'one')}, ${await writersOf(again, 'two')}`;
      const label = `step ${nth}, ${survive} survives, seed ${seed}`;
      if (outcome === 'restored') t.equal(found, `dump ${ITEMS}, dump ${ITEMS}`, label);
      else t.match(found, new RegExp(`^(before ${ITEMS}, nobody|dump ${ITEMS}, dump ${ITEMS})$`), label);
      seen.add(found);
      await again.close();
      const left = (await disk.list('/data/tables')).length;
      t.equal(left, again.names().length, `no directories without tables, ${label}`);
    }
    await tables?.close().catch(() => undefined);
    if (outcome === 'restored') break;
  }
  t.equal(seen.size, 2, 'both were met');
});

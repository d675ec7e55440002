/** `varve repair`: whatever keeps a directory from being opened, afterwards it opens, and what was lost was told before. */
import { posix } from 'node:path';
import t from 'tap';
import { Tables } from '../../src/table/tables.js';
import type { Disk } from '../../src/vfs/disk.js';
import { FaultyDisk, isMutating } from '../../src/vfs/faulty-disk.js';
import { readWholeFile } from '../../src/vfs/io.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { runRepair } from '../../tools/repair-run.js';
import { runVerify } from '../../tools/verify-run.js';
import { draftOf } from '../table/fixture.js';
import {
  batchOffsets,
  clock,
  copyOf,
  DIRECTORY,
  filesBelow,
  makeDataDirectory,
  openSmallPartition,
  replaceFile,
  TextSink,
} from './data-directory.js';

const made = makeDataDirectory();
const log = { segmentBytes: 4096, firstChunkBytes: 1024, batchBytesMax: 1024 };

async function repair(disk: Disk, dryRun = false): Promise<{ code: number; text: string }> {
  const stdout = new TextSink();
  const random = new SeededRandom(9);
  const code = await runRepair({ disk, clock, random, log, directory: DIRECTORY, dryRun, stdout });
  return { code, text: stdout.text };
}

async function openAndClose(disk: Disk): Promise<readonly string[]> {
  const random = new SeededRandom(5);
  const tables = await Tables.open({
    directory: DIRECTORY,
    disk,
    clock,
    random,
    openPartition: (directory) => openSmallPartition(disk, directory, random),
  });
  const names = tables.names();
  await tables.close();
  return names;
}

async function isSound(disk: Disk): Promise<boolean> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  return (await runVerify({ disk, clock, directory: DIRECTORY, json: true, stdout, stderr })) === 0;
}

async function flip(disk: MemoryDisk, path: string, offset: number): Promise<void> {
  const bytes = await readWholeFile(disk, path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
  await replaceFile(disk, path, bytes);
}

t.test('nothing to repair', async (t) => {
  for (const [name, memory] of Object.entries(await made)) {
    const disk = new FaultyDisk(memory, {
      plan: (operation) => (isMutating(operation) ? { kind: 'error', code: 'EIO' } : undefined),
    });
    t.same(await repair(disk), { code: 0, text: '/data: nothing to repair\n' }, name);
  }
});

t.test('a log that is damaged anywhere opens again, and a trial changes nothing', async (t) => {
  const { closed } = await made;
  let repaired = 0;
  for (const path of (await filesBelow(closed)).filter((file) => file.endsWith('.wal'))) {
    const places = [8, ...(await batchOffsets(closed, path)).filter((_, at) => at % 7 === 1)];
    const damages: [name: string, (disk: MemoryDisk) => Promise<void>][] = [
      ...places.map((at): [string, (disk: MemoryDisk) => Promise<void>] => [
        `flip at ${at}`,
        (disk) => flip(disk, path, at),
      ]),
      ['cut', async (disk) => replaceFile(disk, path, (await readWholeFile(disk, path)).subarray(0, 700))],
      ['removed', (disk) => disk.remove(path)],
    ];
    for (const [name, damage] of damages) {
      const disk = copyOf(closed);
      await damage(disk);
      const isOpenable = await openAndClose(copyOf(disk)).then(
        () => true,
        () => false,
      );
      const before = copyOf(disk);
      const trial = await repair(
        new FaultyDisk(disk, {
          plan: (operation) => (isMutating(operation) ? { kind: 'error', code: 'EIO' } : undefined),
        }),
        true,
      );
      if (isOpenable !== (trial.code === 0)) t.fail(`${path} ${name}: a trial says otherwise than a start`);
      t.same(await filesBelow(disk), await filesBelow(before));
      if (isOpenable) continue;
      const { code, text } = await repair(disk);
      t.equal(code, 0, `${path} ${name}`);
      t.match(text, /LOST: |is put aside/);
      await openAndClose(disk);
      if (!(await isSound(disk))) t.fail(`${path} ${name}: not sound afterwards`);
      t.match(await repair(disk), { code: 0, text: /nothing to repair/ });
      repaired += 1;
    }
  }
  t.ok(repaired > 20, `${repaired} repairs`);
});

t.test('what was lost is told, and kept', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  const logs = async () =>
    (await filesBelow(disk)).filter((file) => /tables.*\/0\/log\/\d+\.wal$/.test(file));
  const directory = posix.join(posix.dirname((await logs())[0] ?? ''), '..');
  const partition = await openSmallPartition(disk, directory);
  for (let i = 0; i < 60; i += 1) await partition.write([{ key: `new-${i}`, value: null }]);
  await partition.close();

  const offsets = await Promise.all((await logs()).map(async (file) => batchOffsets(disk, file)));
  const at = offsets.findLastIndex(({ length }) => length > 5);
  const path = (await logs())[at] ?? '';
  const [, second = 0, third = 0] = offsets[at] ?? [];
  const content = await readWholeFile(disk, path);
  await flip(disk, path, second + 50);
  const [damage, where, lost, keys, kept] = (await repair(disk)).text.split('\n');
  t.match(damage, `${path} is damaged at byte ${second}: a batch with a wrong checksum, but a later batch`);
  const [, keptThrough] =
    /^ {2}the log of table notes is cut there, behind record (\d+)$/.exec(where ?? '') ?? [];
  const [, from, to, count] = /^ {2}LOST: records (\d+) to (\d+): (\d+) writes$/.exec(lost ?? '') ?? [];
  t.equal(Number(from), Number(keptThrough) + 1);
  t.equal(Number(count), Number(to) - Number(keptThrough));
  t.match(keys, /keys can be read.*: "new-\d+", .*"new-59"$/);
  const copy = posix.join((kept ?? '').replace(/^.* kept in /, ''), posix.relative(DIRECTORY, path));
  const saved = await readWholeFile(disk, copy);
  t.ok(saved.subarray(third).equals(content.subarray(third)));
  t.same(await openAndClose(disk), ['notes']);
});

/** Offset, in the catalog's log, of the batch that begins with an entry for the table. */
async function definitionOffset(disk: MemoryDisk, path: string, name: string): Promise<number> {
  const content = await readWholeFile(disk, path);
  const entry = content.indexOf(`T${name}\x02{`);
  return (await batchOffsets(disk, path)).findLast((offset) => offset < entry) ?? 0;
}

const CATALOG_LOG = `${DIRECTORY}/catalog/log/0000000000000001.wal`;

t.test('a table that the catalog lost is put aside', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  await flip(disk, CATALOG_LOG, (await definitionOffset(disk, CATALOG_LOG, 'notes')) + 50);
  await t.rejects(openAndClose(copyOf(disk)), { code: 'LOG_CORRUPTION' });
  const { code, text } = await repair(disk);
  t.equal(code, 0);
  t.match(text, /the log of \/data\/catalog is cut there, behind record 0\n {2}LOST: records 1 to \d+/);
  t.match(text, /\/data\/tables\/[0-9a-f-]{36}: of a table that the catalog does not have; it is put aside/);
  t.same(await openAndClose(disk), []);
  const aside = (await filesBelow(disk)).filter((path) => /^\/data\/lost\/[^/]+\/tables\/.*sst$/.test(path));
  t.ok(aside.length > 0);
});

t.test('what can be read of a damaged catalog is kept', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  const random = new SeededRandom(5);
  const open = () =>
    Tables.open({
      directory: DIRECTORY,
      disk,
      clock,
      random,
      openPartition: (directory) => openSmallPartition(disk, directory, random),
    });
  const tables = await open();
  const names = ['a-1', 'a-2', 'a-3', 'a-4', 'a-5', 'a-6', 'a-7'];
  for (const name of names) await tables.create({ ...draftOf({ name }), partitionCount: 1 });
  await tables.close();
  // Some are in tables by now, and not in the log.
  const logs = (await filesBelow(disk)).filter((path) => /catalog\/log\/\d+\.wal$/.test(path));
  const places: { readonly name: string; readonly path: string }[] = [];
  for (const name of names) {
    for (const path of logs) {
      if ((await readWholeFile(disk, path)).includes(`T${name}\x02{`)) places.push({ name, path });
    }
  }
  const lost = places.at(-2);
  if (lost === undefined) throw new Error('the log has no tables');
  await flip(disk, lost.path, (await definitionOffset(disk, lost.path, lost.name)) + 50);
  const { code, text } = await repair(disk);
  t.equal(code, 0);
  t.match(
    text,
    /, but for (1 entry that can be read, and is|[2-9] entries that can be read, and are) written again\n/,
  );
  const others = names.filter((name) => name !== lost.name);
  t.same(
    await openAndClose(disk),
    [...others, 'notes'],
    'the lost one was empty, and nobody misses its directory',
  );
  t.ok(await isSound(disk));
});

t.test('what cannot be mended is said, and the marker is mended', async (t) => {
  const { closed } = await made;
  const disk = copyOf(closed);
  await flip(disk, `${DIRECTORY}/VARVE`, 3);
  t.match(await repair(disk), { code: 0, text: /VARVE is damaged; it is written anew/ });
  t.ok(await isSound(disk));
  const manifest = (await filesBelow(disk)).find((path) => /tables.*MANIFEST$/.test(path)) ?? '';
  await flip(disk, manifest, 20);
  const { code, text } = await repair(disk);
  t.equal(code, 1);
  t.match(text, `cannot be repaired: ${manifest} is corrupt at offset`);
});

t.test('tables are not put aside for want of the whole catalog', async (t) => {
  const { closed } = await made;
  const losses: [name: string, lose: (disk: MemoryDisk) => Promise<void>][] = [
    ['removed', (disk) => disk.removeTree(`${DIRECTORY}/catalog`)],
    ['without its manifest', (disk) => disk.remove(`${DIRECTORY}/catalog/MANIFEST`)],
    [
      'with nothing but a damaged manifest',
      async (disk) => {
        await disk.removeTree(`${DIRECTORY}/catalog/log`);
        for (const path of await filesBelow(disk, `${DIRECTORY}/catalog`)) {
          if (path.endsWith('MANIFEST')) await flip(disk, path, 20);
          else await disk.remove(path);
        }
      },
    ],
  ];
  for (const [name, lose] of losses) {
    const disk = copyOf(closed);
    await lose(disk);
    const before = await filesBelow(disk);
    for (const dryRun of [true, false]) {
      const { code, text } = await repair(disk, dryRun);
      t.equal(code, 1, name);
      t.match(text, /cannot be repaired: \/data\/catalog is missing or damaged/, name);
      t.match(text, /1 table whose definition only the catalog has/, name);
      t.notMatch(text, /put aside|Repaired/, name);
    }
    t.same(await filesBelow(disk), before, name);
  }
});

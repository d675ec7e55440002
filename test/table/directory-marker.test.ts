/** A data directory is known as one, and nothing else is taken for one. */
import t from 'tap';
import { decodeMarker, encodeMarker, MARKER_NAME, writeMarker } from '../../src/table/directory-marker.js';
import { writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { DIRECTORY, openOnDisk } from './engine.js';
import { draftOf } from './fixture.js';

const PATH = `${DIRECTORY}/${MARKER_NAME}`;

const open = (disk: MemoryDisk) =>
  openOnDisk({ disk, clock: new VirtualClock(), random: new SeededRandom(1) });

async function put(disk: MemoryDisk, path: string, content: string | Uint8Array): Promise<void> {
  await disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  const file = await disk.open(path, { access: 'write', create: 'if-missing' });
  await file.truncate(0);
  await writeFully(file, Buffer.from(content), 0);
  await file.close();
}

t.test('the format', async (t) => {
  const text = 'Varve data directory\nformat 1\ncomplete yes\nchecksum 56eb5fce\n';
  t.equal(encodeMarker({ complete: true }).toString(), text);
  for (const complete of [true, false]) {
    t.same(decodeMarker(encodeMarker({ complete }), PATH), { complete });
  }
  for (let bit = 0; bit < text.length * 8; bit += 1) {
    const bytes = Buffer.from(text);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.throws(() => decodeMarker(bytes, PATH), { code: 'CORRUPT' }, `bit ${bit}`);
    t.throws(() => decodeMarker(Buffer.from(text.slice(0, bit >> 3)), PATH), { code: 'CORRUPT' });
  }
});

t.test('a directory of a newer release is refused', async (t) => {
  const disk = new MemoryDisk();
  await (await open(disk)).close();
  await put(disk, PATH, 'Varve data directory\nformat 2\nshards 16\nchecksum 49528e39\n');
  const message = '/data was written by a newer release, in format 2; this one reads formats up to 1';
  await t.rejects(open(disk), { code: 'VERSION_UNSUPPORTED', message });
});

t.test('a directory that holds something else is refused, and nothing is changed in it', async (t) => {
  for (const path of [
    'notes.txt',
    'tables/customers.csv',
    'catalog/books.json',
    'MANIFEST',
    'PG_VERSION',
    'VARVE/readme',
  ]) {
    const disk = new MemoryDisk();
    await put(disk, `${DIRECTORY}/${path}`, 'theirs');
    await t.rejects(open(disk), { code: 'FOREIGN_DIRECTORY', message: /^\/data is not a Varve data/ }, path);
    t.same(await disk.list(DIRECTORY), [path.split('/')[0]], 'nothing was made');
    t.equal((await disk.status(`${DIRECTORY}/${path}`))?.sizeBytes, 6);
  }
});

t.test('what is as good as empty is taken', async (t) => {
  const disk = new MemoryDisk();
  await disk.makeDirectory(`${DIRECTORY}/lost+found`);
  await put(disk, `${PATH}.tmp`, 'Varve da');
  await (await open(disk)).close();
  t.notOk(await disk.status(`${PATH}.tmp`));
});

t.test('a directory of a release that wrote no marker gets one', async (t) => {
  const disk = new MemoryDisk();
  const tables = await open(disk);
  await tables.create(draftOf({ name: 'kept' }));
  await tables.close();
  await disk.remove(PATH);
  const again = await open(disk);
  t.same(again.names(), ['kept']);
  await again.close();
  t.equal((await disk.status(PATH))?.sizeBytes, encodeMarker({ complete: true }).length);
});

t.test('a first start that is cut off anywhere is continued by the next one', async (t) => {
  const disk = new MemoryDisk();
  await disk.makeDirectory(DIRECTORY);
  await writeMarker(disk, DIRECTORY, { complete: false });
  await (await open(disk)).close();
  for (const gone of ['catalog', 'transactions']) {
    const clone = disk.crashClone({ random: new SeededRandom(0), survive: 1 });
    await clone.removeTree(`${DIRECTORY}/${gone}`);
    await t.rejects(open(clone), { code: 'PARTITION_CORRUPT' }, `${gone} had been made`);
    await writeMarker(clone, DIRECTORY, { complete: false });
    await (await open(clone)).close();
  }
});

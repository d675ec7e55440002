/** A dump that is restored gives the same tables, and dumped again the same bytes. What is not whole is not restored. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { md5Base64 } from '../../src/backup/export-format.js';
import { restoreDump } from '../../src/backup/read-dump.js';
import { findExport, restoreExport } from '../../src/backup/read-export.js';
import { TarFiles, TarTarget } from '../../src/backup/tar-files.js';
import { writeDump } from '../../src/backup/write-dump.js';
import type { Tables } from '../../src/table/tables.js';
import { TablesSnapshot } from '../../src/table/tables-snapshot.js';
import type { Disk } from '../../src/vfs/disk.js';
import { makeDirectoryDurably } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { draftOf } from '../table/fixture.js';
import { copyOf, replaceFile } from '../tools/data-directory.js';
import {
  clock,
  DUMP,
  dataOf,
  dump,
  filesOf,
  fill,
  fillSmall,
  identityOf,
  indexEntriesOf,
  item,
  itemsOf,
  number,
  open,
  put,
  restore,
} from './fixture.js';

const silent = { onBytes: () => undefined };

/** One dump for all tests that only read it. */
const given = (async () => {
  const tables = await open();
  await fill(tables);
  const disk = new MemoryDisk();
  const summary = await dump(tables, { disk });
  return { tables, disk, summary };
})();

/** One that is quickly restored. */
const small = (async () => {
  const tables = await open();
  await fillSmall(tables);
  const disk = new MemoryDisk();
  await dump(tables, { disk });
  return { tables, disk };
})();

t.teardown(async () => {
  await (await given).tables.close();
  await (await small).tables.close();
});

t.test('dump, restore, dump: the same tables, and byte for byte the same data files', async (t) => {
  const { tables, disk, summary } = await given;
  t.match(summary.tables, [
    { name: 'empty', itemCount: 0 },
    { name: 'large', itemCount: 3 },
    { name: 'things', itemCount: 60 },
  ]);
  const restored = await open();
  t.same(await restore(restored, disk), [
    { name: 'empty', itemCount: 0 },
    { name: 'large', itemCount: 3 },
    { name: 'things', itemCount: 60 },
  ]);
  for (const name of ['empty', 'large', 'things']) {
    t.same(identityOf(restored.get(name)), identityOf(tables.get(name)), name);
    t.not(restored.get(name)?.definition.id, tables.get(name)?.definition.id);
    t.same(await itemsOf(restored, name), await itemsOf(tables, name), name);
  }
  const entries = await indexEntriesOf(tables.get('things'));
  t.equal(entries.length, 40);
  t.same(await indexEntriesOf(restored.get('things')), entries);
  const again = await dump(restored, { disk, directory: '/again' });
  t.same(await dataOf(disk, again, '/again'), await dataOf(disk, summary));
  await restored.close();
});

t.test('however the items are spread over partitions, the data files are the same', async (t) => {
  const { disk, summary } = await given;
  const other = await open(new MemoryDisk(), { partitionCount: 1 });
  for (const name of ['things', 'large']) {
    const source = (await given).tables.get(name);
    const table = await other.create({ ...(source?.definition ?? draftOf()), partitionCount: 3 });
    for (const each of await itemsOf((await given).tables, name)) await put(table, each);
  }
  const again = await dump(other, { disk, directory: '/other' });
  const data = await dataOf(disk, summary);
  data.delete('empty/00000.json.gz');
  t.same(await dataOf(disk, again, '/other'), data);
  await other.close();
});

t.test('one table of a dump, under another name', async (t) => {
  const { disk } = await given;
  const tables = await open();
  const choice = { names: ['things'], newName: 'copies' };
  t.same(await restore(tables, disk, choice), [{ name: 'copies', itemCount: 60 }]);
  t.same(tables.names(), ['copies']);
  t.match(tables.get('copies')?.definition, {
    arn: /:table\/copies$/,
    settings: { tags: [['owner', 'nobody']] },
  });
  await t.rejects(restore(tables, disk, { names: ['nothing'] }), {
    code: 'CHOICE',
    message: 'the dump has no table nothing; it has empty, large, things',
  });
  await t.rejects(restore(tables, disk, { newName: 'copies' }), { code: 'CHOICE' });
  await tables.close();
});

t.test('a table with items is replaced only when told, and not when it is protected', async (t) => {
  const { disk } = await given;
  const tables = await open();
  const table = await tables.create(draftOf({ name: 'large' }));
  await put(table, item({ pk: 'old' }));
  const names = ['large'];
  await t.rejects(restore(tables, disk, { names }), { code: 'TABLE_EXISTS' });
  t.equal((await itemsOf(tables, 'large')).length, 1);
  await restore(tables, disk, { names, overwrite: true });
  t.equal((await itemsOf(tables, 'large')).length, 3);

  await restore(tables, disk, { names: ['things'] });
  await t.rejects(restore(tables, disk, { names: ['things'], overwrite: true }), { code: 'TABLE_PROTECTED' });
  await t.rejects(restore(tables, disk, { names: ['things', 'large'] }), { code: 'TABLE_EXISTS' });
  await tables.close();
});

t.test('an empty table is filled, and stays defined as it was', async (t) => {
  const { disk } = await given;
  const tables = await open();
  const draft = draftOf({ name: 'large' });
  await tables.create({
    ...draft,
    settings: { ...draft.settings, tags: [['kept', 'yes']] },
    partitionCount: 2,
  });
  await restore(tables, disk, { names: ['large'] });
  t.match(tables.get('large')?.definition, { partitionCount: 2, settings: { tags: [['kept', 'yes']] } });
  t.equal((await itemsOf(tables, 'large')).length, 3);

  await tables.create(draftOf({ name: 'things', sort: 'S' }));
  await t.rejects(restore(tables, disk, { names: ['things'] }), { code: 'TABLE_DIFFERS' });
  await tables.close();
});

t.test('restored tables are there after a restart', async (t) => {
  const { disk } = await given;
  const data = new MemoryDisk();
  const tables = await open(data);
  const old = await tables.create(draftOf({ name: 'large' }));
  await put(old, item({ pk: 'old' }));
  await restore(tables, disk, { overwrite: true });
  await tables.close();
  const again = await open(data, { seed: 9 });
  t.same(again.names(), ['empty', 'large', 'things']);
  t.equal((await itemsOf(again, 'large')).length, 3);
  t.equal((await data.list('/data/tables')).length, 3, 'nothing is left of the old table');
  await again.close();
});

t.test('a flipped bit in any file is found, and the file is named', async (t) => {
  const { disk } = await small;
  const seed = 77;
  const random = new SeededRandom(seed);
  const tables = await open();
  for (const [path, content] of await filesOf(disk)) {
    for (let turn = 0; turn < 2; turn += 1) {
      const damagedDisk = copyOf(disk);
      const flipped = Buffer.from(content);
      const bit = random.uint32() % (8 * content.length);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await replaceFile(damagedDisk, `${DUMP}/${path}`, flipped);
      // The list of files and its checksum vouch for each other.
      const named = path.startsWith('varve-dump.') ? 'varve-dump.' : path;
      await t.rejects(
        restore(tables, damagedDisk),
        { message: new RegExp(named.replaceAll('.', '\\.')) },
        `bit ${bit} of ${path}, seed ${seed}`,
      );
    }
  }
  t.same(tables.names(), [], 'nothing was restored');
  await tables.close();
});

t.test('a file that is missing or shorter is found before anything is read', async (t) => {
  const { disk } = await small;
  const tables = await open();
  for (const [path, content] of await filesOf(disk)) {
    const without = copyOf(disk);
    await without.remove(`${DUMP}/${path}`);
    await t.rejects(restore(tables, without), { code: 'INCOMPLETE', message: /missing|cut short/ }, path);
    const shorter = copyOf(disk);
    await replaceFile(shorter, `${DUMP}/${path}`, content.subarray(0, -1));
    await t.rejects(restore(tables, shorter), { code: 'DAMAGED' }, path);
  }
  t.same(tables.names(), []);
  await tables.close();
});

async function archiveOf(tables: Tables): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const source = await TablesSnapshot.take(tables, clock);
  const target = new TarTarget(async (bytes) => void pieces.push(bytes), clock);
  await writeDump({ source, target, clock, random: new SeededRandom(2), level: 1, progress: silent });
  source.release();
  return Buffer.concat(pieces);
}

/** In pieces of any size, as a pipe gives them. */
async function* streamOf(archive: Buffer, random = new SeededRandom(1)): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; ) {
    const length = 1 + (random.uint32() % 3000);
    yield archive.subarray(at, at + length);
    at += length;
  }
}

const everything = { names: undefined, newName: undefined, overwrite: false };

function restoreStream(tables: Tables, stream: AsyncIterable<Buffer>) {
  return restoreDump({ files: new TarFiles(stream), target: tables, choice: everything, progress: silent });
}

t.test('a stream has the same files, and is restored like a directory', async (t) => {
  const { tables } = await small;
  const archive = await archiveOf(tables);
  const restored = await open();
  await restoreStream(restored, streamOf(archive));
  for (const name of tables.names()) t.same(await itemsOf(restored, name), await itemsOf(tables, name));
  await restored.close();
});

t.test('a stream that was cut short anywhere is refused', async (t) => {
  const { tables } = await small;
  const archive = await archiveOf(tables);
  const restored = await open();
  const seed = 5;
  const random = new SeededRandom(seed);
  const ends = [0, 1, 511, 512, 513, archive.length - 1025, archive.length - 1024, archive.length - 1023];
  for (let turn = 0; turn < 20; turn += 1) ends.push(random.uint32() % (archive.length - 1024));
  for (const end of ends) {
    const stream = streamOf(archive.subarray(0, end), random);
    await t.rejects(restoreStream(restored, stream), { code: 'INCOMPLETE' }, `cut at ${end}, seed ${seed}`);
  }
  t.same(restored.names(), []);
  await restored.close();
});

t.test('a flipped bit anywhere in a stream is found', async (t) => {
  const { tables } = await small;
  const archive = await archiveOf(tables);
  const restored = await open();
  const seed = 6;
  const random = new SeededRandom(seed);
  for (let turn = 0; turn < 40; turn += 1) {
    const flipped = Buffer.from(archive);
    // The archive ends with two blocks of zeros, of which one is enough.
    const bit = random.uint32() % (8 * (archive.length - 512));
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await t.rejects(restoreStream(restored, streamOf(flipped)), `bit ${bit}, seed ${seed}`);
  }
  t.same(restored.names(), []);
  await restored.close();
});

const LINES = [
  { pk: { S: 'b' }, sk: { N: '1' }, weight: { N: '3' } },
  { pk: { S: 'a' }, sk: { N: '2' }, weight: { N: '4' } },
  { pk: { S: 'a' }, sk: { N: '1e2' }, bytes: { B: 'AAE=' } },
  // The later one stays, and with it its index entry.
  { pk: { S: 'b' }, sk: { N: '1' }, weight: { N: '5' } },
];

/** An export as the service leaves it in a bucket. */
async function makeExport(
  disk: Disk,
  directory: string,
  changes: { readonly summary?: object } = {},
): Promise<void> {
  const id = '01700000000000-0a1b2c3d';
  const files = [LINES.slice(0, 2), LINES.slice(2), []].map((lines, index) => {
    const content = gzipSync(lines.map((line) => `${JSON.stringify({ Item: line })}\n`).join(''));
    const key = `some/prefix/AWSDynamoDB/${id}/data/zq${index}abcdefgh.json.gz`;
    return { content, name: key.slice(key.lastIndexOf('/') + 1), key, itemCount: lines.length };
  });
  const manifest = files.map(({ content, key, itemCount }) =>
    JSON.stringify({ itemCount, md5Checksum: md5Base64(content), etag: 'x-1', dataFileS3Key: key }),
  );
  const summary = {
    version: '2020-06-30',
    tableArn: 'arn:aws:dynamodb:us-west-2:123456789012:table/Exported',
    manifestFilesS3Key: `some/prefix/AWSDynamoDB/${id}/manifest-files.json`,
    itemCount: LINES.length,
    outputFormat: 'DYNAMODB_JSON',
    ...changes.summary,
  };
  const root = `${directory}/AWSDynamoDB/${id}`;
  await makeDirectoryDurably(disk, `${root}/data`);
  await replaceFile(disk, `${root}/_started`, new Uint8Array());
  for (const { name, content } of files) await replaceFile(disk, `${root}/data/${name}`, content);
  for (const [name, text] of [
    ['manifest-files', `${manifest.join('\n')}\n`],
    ['manifest-summary', JSON.stringify(summary)],
  ] as const) {
    await replaceFile(disk, `${root}/${name}.json`, Buffer.from(text));
    await replaceFile(disk, `${root}/${name}.checksum`, Buffer.from(md5Base64(Buffer.from(text))));
  }
}

const byWeight = {
  name: 'by-weight',
  space: 2,
  sort: { name: 'weight', type: 'N' },
  projection: { kind: 'KEYS_ONLY', attributes: [] },
} as const;

t.test('an export of the service becomes a table of a given key, or fills one', async (t) => {
  const disk = new MemoryDisk();
  await makeExport(disk, '/bucket');
  for (const directory of ['/bucket', '/bucket/AWSDynamoDB', '/bucket/AWSDynamoDB/01700000000000-0a1b2c3d']) {
    const source = await findExport(disk, directory);
    t.match(source, { tableName: 'Exported', files: { length: 3 } }, directory);
  }
  const source = await findExport(disk, '/bucket');
  if (source === undefined) throw new Error('it is there');
  const tables = await open();
  const options = { disk, source, target: tables, overwrite: false, progress: silent };
  const draft = draftOf({ name: 'new', sort: 'N' });
  t.same(await restoreExport({ ...options, name: 'new', draft }), [{ name: 'new', itemCount: 4 }]);
  const items = await itemsOf(tables, 'new');
  t.same(
    new Set(items),
    new Set([
      item({ pk: 'b', sk: number(1), weight: number(5) }),
      item({ pk: 'a', sk: number(2), weight: number(4) }),
      item({ pk: 'a', sk: number(100), bytes: Uint8Array.of(0, 1) }),
    ]),
  );
  await tables.create(draftOf({ name: 'there', sort: 'N', localIndexes: [byWeight] }));
  await restoreExport({ ...options, name: 'there', draft: undefined });
  t.same(await itemsOf(tables, 'there'), items);
  t.equal((await indexEntriesOf(tables.get('there'))).length, 2, 'none of the item that was overwritten');
  await t.rejects(restoreExport({ ...options, name: 'none', draft: undefined }), { code: 'TABLE_NOT_FOUND' });
  const wrongKey = draftOf({ name: 'wrong', sort: 'S' });
  await t.rejects(restoreExport({ ...options, name: 'wrong', draft: wrongKey }), { code: 'INVALID_ITEM' });
  t.same(tables.names(), ['new', 'there']);
  await tables.close();
});

t.test('an export that is damaged, unfinished or of another kind is refused', async (t) => {
  const whole = new MemoryDisk();
  await makeExport(whole, '/bucket');
  const tables = await open();
  const attempt = async (disk: Disk) => {
    const source = await findExport(disk, '/bucket');
    if (source === undefined) throw Object.assign(new Error('none'), { code: 'NONE' });
    const draft = draftOf({ name: 'new', sort: 'N' });
    const options = { disk, source, target: tables, overwrite: false, progress: silent };
    return restoreExport({ ...options, name: 'new', draft });
  };
  for (const [path, content] of await filesOf(whole, '/bucket')) {
    if (path.endsWith('_started')) continue;
    const disk = copyOf(whole);
    const flipped = Buffer.from(content);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 4;
    await replaceFile(disk, `/bucket/${path}`, flipped);
    const named = path.replace(/\.(json|checksum)$/, '.');
    await t.rejects(attempt(disk), { message: new RegExp(named.replaceAll('.', '\\.')) }, path);
  }
  const [data = ''] = [...(await filesOf(whole, '/bucket')).keys()].filter((path) => path.includes('/data/'));
  const missing = copyOf(whole);
  await missing.remove(`/bucket/${data}`);
  await t.rejects(attempt(missing), { code: 'INCOMPLETE' });
  const unfinished = copyOf(whole);
  await unfinished.remove('/bucket/AWSDynamoDB/01700000000000-0a1b2c3d/manifest-summary.json');
  await t.rejects(attempt(unfinished), { code: 'NONE' });
  for (const summary of [{ outputFormat: 'ION' }, { exportType: 'INCREMENTAL_EXPORT' }]) {
    const other = new MemoryDisk();
    await makeExport(other, '/bucket', { summary });
    await t.rejects(attempt(other), { code: 'UNSUPPORTED' });
  }
  t.same(tables.names(), []);
  await tables.close();
});

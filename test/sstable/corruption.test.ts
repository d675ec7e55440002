/** A damaged table: the damage is found and named, and no wrong value is ever served. */
import t from 'tap';
import type { VersionedEntry } from '../../src/memtable/types.js';
import { CorruptionError } from '../../src/sstable/errors.js';
import type { TableWriterOptions } from '../../src/sstable/types.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import {
  drain,
  entriesOf,
  manyEntries,
  newCache,
  newDisk,
  open,
  overwrite,
  path,
  readBytes,
  show,
  writeTable,
} from './fixture.js';

/** What a reader may say of a damaged file. Anything else (a RangeError, a hang) is a fault of the reader. */
function isExpected(error: unknown): boolean {
  return error instanceof CorruptionError && error.path === path && Number.isInteger(error.offset);
}

/** Reads all of the table in every way; returns the names of the ways that neither found the truth nor the damage. */
async function readEverything(disk: MemoryDisk, entries: readonly VersionedEntry[]): Promise<string[]> {
  const forward = show(entries);
  const backward = show([...entries].reverse());
  const ways: [name: string, run: () => Promise<boolean>][] = [
    ['open', async () => (await open(disk)) !== undefined],
    ['scan', async () => show(await drain((await open(disk)).cursor({}))) === forward],
    [
      'reverse',
      async () =>
        show(await drain((await open(disk)).cursor({ reverse: true }, { fillCache: false }))) === backward,
    ],
    [
      'gets',
      async () => {
        const table = await open(disk);
        for (const { key, sequence } of entries)
          if ((await table.get(key))?.sequence !== sequence) return false;
        return true;
      },
    ],
    ['verify must find it', async () => (await open(disk)).verify().then(() => false)],
  ];
  const failed: string[] = [];
  for (const [name, run] of ways) {
    const passed = await run().catch((error: unknown) => isExpected(error) || Promise.reject(error));
    if (!passed) failed.push(name);
  }
  return failed;
}

async function written(entries: readonly VersionedEntry[], options: Partial<TableWriterOptions>) {
  const disk = await newDisk();
  await writeTable(disk, entries, options);
  return { disk, bytes: await readBytes(disk) };
}

const small = entriesOf('apple=red apricot=- banana=yellow blackberry=black cherry=');

t.test('every bit of a small table, flipped', async (t) => {
  const { disk, bytes } = await written(small, { blockBytes: 64 });
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    await overwrite(disk, damaged);
    const failed = await readEverything(disk, small);
    if (failed.length > 0) t.fail(`bit ${bit & 7} of byte ${bit >> 3} of ${bytes.length}: ${failed}`);
  }
  t.pass(`${bytes.length * 8} bits`);
});

t.test('a byte of each stretch of a table with a two-level index, replaced', async (t) => {
  const entries = manyEntries(6000, 3);
  for (const compression of ['none', 'deflate'] as const) {
    const { disk, bytes } = await written(entries, { blockBytes: 64, compression });
    const step = Math.floor(bytes.length / 25);
    for (let at = 7; at < bytes.length; at += step) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at]! + 1 + (at % 254)) & 0xff;
      await overwrite(disk, damaged);
      const error = await open(disk)
        .then((table) => table.verify())
        .catch((fault: unknown) => fault);
      t.ok(isExpected(error), `byte ${at}, ${compression}`);
    }
  }
});

t.test('cut at every length', async (t) => {
  const { disk, bytes } = await written(small, { blockBytes: 64 });
  for (let length = 0; length < bytes.length; length += 1) {
    await overwrite(disk, bytes.subarray(0, length));
    const error = await open(disk).catch((fault: unknown) => fault);
    if (!isExpected(error)) t.fail(`cut at ${length}: ${String(error)}`);
  }
  t.pass(`${bytes.length} lengths`);
});

t.test('bytes in front, behind, and doubled', async (t) => {
  const { disk, bytes } = await written(small, {});
  const cases: [name: string, bytes: Buffer][] = [
    ['behind', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['in front', Buffer.concat([Buffer.alloc(1), bytes])],
    ['doubled', Buffer.concat([bytes, bytes])],
    ['zeros', Buffer.alloc(bytes.length)],
  ];
  for (const [name, damaged] of cases) {
    await overwrite(disk, damaged);
    await t.rejects(
      open(disk).then((table) => table.verify()),
      { code: 'TABLE_CORRUPT' },
      name,
    );
  }
});

t.test('two blocks that changed places', async (t) => {
  const entries = manyEntries(8, 40);
  const { disk, bytes } = await written(entries, { blockBytes: 64 });
  const length = bytes.indexOf('key-00000001'.slice(0, 4), 8) - bytes.indexOf('key-');
  const swapped = Buffer.concat([
    bytes.subarray(length, 2 * length),
    bytes.subarray(0, length),
    bytes.subarray(2 * length),
  ]);
  await overwrite(disk, swapped);
  await t.rejects(drain((await open(disk)).cursor({})), { code: 'TABLE_CORRUPT', offset: 0 });
});

t.test('another table under this name', async (t) => {
  const { disk } = await written(small, {});
  await t.rejects(open(disk, { fileNumber: 8 }), { code: 'TABLE_CORRUPT', message: /this is file 7, not 8/ });
});

t.test('a newer version is refused', async (t) => {
  const { disk, bytes } = await written(small, {});
  bytes.writeUInt16LE(2, bytes.length - 12);
  bytes.writeUInt16LE(2 ^ 0xffff, bytes.length - 10);
  await overwrite(disk, bytes);
  await t.rejects(open(disk), {
    code: 'TABLE_VERSION_UNSUPPORTED',
    version: 2,
    message: /reads versions up to 1/,
  });
});

t.test('damage in one block leaves the others readable', async (t) => {
  const entries = manyEntries(1000);
  const { disk, bytes } = await written(entries, {});
  bytes[0]! ^= 1;
  await overwrite(disk, bytes);
  const cache = newCache();
  const table = await open(disk, { cache });
  await t.rejects(Promise.resolve(table.get('key-00000000')), { code: 'TABLE_CORRUPT', path, offset: 0 });
  await t.rejects(Promise.resolve(table.get('key-00000000')), { code: 'TABLE_CORRUPT' }, 'and is not cached');
  t.equal((await table.get('key-00000500'))?.sequence, entries[500]?.sequence);
});

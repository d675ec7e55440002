/** The manifest on disk: every flipped bit is found, with file and offset; a torn last edit is not there. */
import t from 'tap';

import { Manifest } from '../../src/partition/manifest.js';
import { readWholeFile, writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';

const directory = '/p';
const path = '/p/MANIFEST';

/** A manifest of five edits, and the file's content after each. */
async function grown() {
  const disk = new MemoryDisk();
  await disk.makeDirectory(directory);
  const manifest = await Manifest.create(disk, directory);
  const contents = [await readWholeFile(disk, path)];
  for (let edit = 1; edit <= 5; edit += 1) {
    await manifest.apply({ flushed: { sequence: edit, timestampMs: edit }, readers: new Map([['r', edit]]) });
    contents.push(await readWholeFile(disk, path));
  }
  return contents;
}

async function diskWith(content: Uint8Array): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeDirectory(directory);
  const file = await disk.open(path, { access: 'write', create: 'exclusive' });
  await writeFully(file, content, 0);
  await file.close();
  return disk;
}

const sequenceOf = async (content: Uint8Array): Promise<number | undefined> =>
  (await Manifest.read(await diskWith(content), directory))?.state.flushed.sequence;

t.test('cut at every byte: the edits before the cut', async (t) => {
  const contents = await grown();
  const [snapshot, whole] = [contents[0] as Buffer, contents.at(-1) as Buffer];
  for (let length = 0; length < whole.length; length += 1) {
    const cut = whole.subarray(0, length);
    if (length < snapshot.length) {
      await t.rejects(sequenceOf(cut), { code: 'PARTITION_CORRUPT', path });
      continue;
    }
    const expected = contents.findLastIndex((content) => content.length <= length);
    const sequence = await sequenceOf(cut);
    if (sequence !== expected) t.equal(sequence, expected, `cut at ${length}`);
  }
});

t.test('every flipped bit before the last edit is damage', async (t) => {
  const contents = await grown();
  const whole = contents.at(-1) as Buffer;
  const lastEditAt = contents.at(-2)?.length ?? 0;
  for (let bit = 0; bit < lastEditAt * 8; bit += 1) {
    const flipped = Buffer.from(whole);
    const at = bit >>> 3;
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
    const outcome = await sequenceOf(flipped).catch((error: { code: string; path: string }) => error);
    const found =
      typeof outcome === 'object' && outcome.code === 'PARTITION_CORRUPT' && outcome.path === path;
    if (!found) t.fail(`bit ${bit} was not found: ${JSON.stringify(outcome)}`);
  }
  t.ok(lastEditAt > 200);
});

t.test(
  'a flipped bit in the last edit makes it a torn one: it is not there, and the next edit is',
  async (t) => {
    const whole = (await grown()).at(-1) as Buffer;
    const flipped = Buffer.from(whole);
    flipped[whole.length - 1] = (flipped[whole.length - 1] ?? 0) ^ 1;
    const disk = await diskWith(flipped);
    const manifest = await Manifest.read(disk, directory);
    t.equal(manifest?.state.flushed.sequence, 4);
    t.equal(manifest?.certain, false);
    await manifest?.apply({ flushed: { sequence: 7, timestampMs: 7 } });
    t.equal((await Manifest.read(disk, directory))?.state.flushed.sequence, 7);
  },
);

t.test(
  'whatever a power cut takes, an edit that was answered stays: also when it replaces the file',
  async (t) => {
    const disk = new MemoryDisk();
    await disk.makeDirectory(directory);
    await disk.syncDirectory('/');
    const manifest = await Manifest.create(disk, directory);
    const sizes: number[] = [];
    // With names this long the file is replaced every few edits.
    const readers = new Map([['r'.repeat(40_000), 1]]);
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      await manifest.apply({ flushed: { sequence, timestampMs: 0 }, readers });
      sizes.push((await disk.status(path))?.sizeBytes ?? 0);
      for (const survive of [0, 0.5, 1]) {
        const remains = disk.crashClone({ random: new SeededRandom(sequence), survive });
        const found = (await Manifest.read(remains, directory))?.state.flushed.sequence;
        if (found !== sequence) t.equal(found, sequence, `after a cut that left ${survive}`);
      }
    }
    const replaced = sizes.filter((size, at) => size < (sizes[at - 1] ?? 0)).length;
    t.ok(replaced >= 2, `replaced ${replaced} times`);
  },
);

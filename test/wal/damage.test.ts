/** What is cut off as a torn last write, what stops the start, and what `repair` makes of it. */
import t from 'tap';

import { readWholeFile } from '../../src/vfs/io.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { LogCorruptionError, LogVersionError } from '../../src/wal/errors.js';
import { BATCH_HEADER_BYTES, encodeSegmentHeader, SEGMENT_HEADER_BYTES } from '../../src/wal/format.js';
import { segmentPath } from '../../src/wal/segment.js';
import {
  append,
  appendEach,
  copyOf,
  DIRECTORY,
  flipBit,
  newDisk,
  open,
  overwrite,
  payloadOf,
  range,
  readAll,
  segmentFiles,
  sequences,
  shrinkTo,
} from './fixture.js';

const FIRST = segmentPath(DIRECTORY, 1);

/** A log whose process was killed: no mark at its end. `ends[i]`: where the batch of record i + 1 ends. */
async function killedLog(records: number, disk = newDisk()) {
  const { log } = await open(disk);
  await appendEach(log, 1, records);
  const ends = (await readAll(log)).map(({ position, payload }) => position.offset + 16 + payload.length);
  const path = (await segmentFiles(disk)).at(-1) ?? '';
  return { disk, ends, path };
}

/** The disk of a log whose only live segment was recycled: stale batches lie behind its last one. */
async function recycledLog(end: 'closed' | 'killed' = 'closed') {
  const disk = newDisk();
  const { log } = await open(disk);
  let last = 0;
  // Batches of the same size as before, so that stale ones stand exactly where new ones could.
  const fill = async (records: number) => {
    await appendEach(log, last + 1, last + records);
    last += records;
  };
  for (let i = 0; i < 6; i++) {
    await log.rotate();
    await fill(60);
    await log.releaseThrough(last - 60);
  }
  await log.rotate();
  await fill(5);
  await log.releaseThrough(last - 5);
  if (end === 'closed') await log.close();
  return { disk, last };
}

t.test('cut off at every offset, only the partial record goes, and the start says so', async (t) => {
  const { disk, ends, path } = await killedLog(6);
  const lastEnd = ends.at(-1) ?? 0;
  const content = await readWholeFile(disk, path);
  for (let cut = SEGMENT_HEADER_BYTES; cut <= lastEnd; cut++) {
    const clone = copyOf(disk);
    await overwrite(clone, path, Buffer.alloc(lastEnd - cut), cut);
    const { log, replayed, recovery } = await open(clone);
    const whole = ends.filter((end) => end <= cut).length;
    t.same(sequences(replayed), range(1, whole), `cut at ${cut}`);
    const begin = ends[whole - 1] ?? SEGMENT_HEADER_BYTES;
    // As long as the batch's header is not whole, zeros at its end cannot be told from those behind it.
    const partOfHeader = content.subarray(begin, cut).findLastIndex((byte) => byte !== 0) + 1;
    const headerIsWhole = content.subarray(cut, begin + BATCH_HEADER_BYTES).every((byte) => byte === 0);
    const torn = cut > begin && headerIsWhole ? (ends[whole] ?? 0) - begin : partOfHeader;
    t.equal(recovery.tornTail?.bytes ?? 0, torn, `bytes reported, cut at ${cut}`);
    await append(log, whole + 1, 'goes on');
    const again = await open(copyOf(clone));
    t.same(sequences(again.replayed), range(1, whole + 1));
    t.equal(again.recovery.tornTail, undefined);
  }
});

t.test('a cut in the header of a segment is damage', async (t) => {
  const { disk, path } = await killedLog(2);
  for (const cut of [0, 1, 100, SEGMENT_HEADER_BYTES - 1]) {
    const clone = copyOf(disk);
    await shrinkTo(clone, path, cut);
    await t.rejects(open(clone), { code: 'LOG_CORRUPTION', file: path, offset: 0 });
  }
});

t.test('every flipped bit is found', async (t) => {
  const { disk, ends, path } = await killedLog(4);
  const lastEnd = ends.at(-1) ?? 0;
  const lastBegin = ends.at(-2) ?? 0;
  for (let bit = 0; bit < lastEnd * 8; bit++) {
    const clone = copyOf(disk);
    await flipBit(clone, path, bit);
    const byte = Math.floor(bit / 8);
    if (byte >= lastBegin) {
      const { replayed, recovery } = await open(clone);
      if (replayed.length !== 3 || recovery.tornTail?.offset !== lastBegin)
        t.fail(`bit ${bit} in the last batch`);
      continue;
    }
    const found = await open(clone).catch((error: unknown) => error);
    const begin =
      byte < SEGMENT_HEADER_BYTES ? 0 : [SEGMENT_HEADER_BYTES, ...ends].findLast((end) => end <= byte);
    const right = found instanceof LogCorruptionError && found.file === path && found.offset === begin;
    if (!right) t.fail(`bit ${bit}`, { found });
  }
});

t.test('after a clean close every flipped bit before the closing mark is damage', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await appendEach(log, 1, 2);
  await log.close();
  const end = (await open(copyOf(disk))).recovery.bytes + SEGMENT_HEADER_BYTES;
  for (let bit = 0; bit < (end - BATCH_HEADER_BYTES) * 8; bit += 5) {
    const clone = copyOf(disk);
    await flipBit(clone, FIRST, bit);
    await t.rejects(open(clone), { code: 'LOG_CORRUPTION' }, `bit ${bit}`);
  }
});

for (const end of ['closed', 'killed'] as const) {
  t.test(`stale bytes of a recycled segment never parse: the log was ${end}`, async (t) => {
    // Of a log that was killed, a stale batch stands exactly where the next one would.
    const { disk, last } = await recycledLog(end);
    const [path] = await segmentFiles(disk);
    const content = await readWholeFile(disk, path ?? '');
    const stale = [...content.toString('latin1').matchAll(/record (\d+)/g)].filter(
      ([, n]) => Number(n) <= last - 5,
    );
    t.ok(stale.length > 10, 'there are stale records behind the live ones');
    const { replayed, recovery } = await open(copyOf(disk), { after: last - 5 });
    t.same(sequences(replayed), range(last - 4, last));
    t.equal(recovery.tornTail, undefined);
  });
}

t.test('a torn write in a recycled segment, with the old content in the lost part', async (t) => {
  const { disk, last } = await recycledLog();
  const [path] = await segmentFiles(disk);
  const before = await readWholeFile(disk, path ?? '');
  const opened = await open(disk, { after: last - 5 });
  const begin = SEGMENT_HEADER_BYTES + opened.recovery.bytes;
  await append(opened.log, last + 1, '#'.repeat(100));
  const end = begin + BATCH_HEADER_BYTES + 16 + 100;
  for (let cut = begin; cut < end; cut++) {
    const clone = copyOf(disk);
    await overwrite(clone, path ?? '', before.subarray(cut, end), cut);
    const { log, replayed, recovery } = await open(clone, { after: last - 5 });
    t.same(sequences(replayed), range(last - 4, last), `cut at ${cut}`);
    if (cut >= begin + BATCH_HEADER_BYTES)
      t.equal(recovery.tornTail?.bytes, end - begin, `reported, cut at ${cut}`);
    await append(log, last + 1, 'goes on');
    t.equal((await open(copyOf(clone), { after: last })).replayed[0]?.payload.toString(), 'goes on');
  }
});

t.test('a file from an earlier use in place of the segment', async (t) => {
  const { disk } = await killedLog(300);
  const [first, second] = await segmentFiles(disk);
  await disk.remove(first ?? '');
  await disk.rename(second ?? '', first ?? '');
  await t.rejects(open(disk), { code: 'LOG_CORRUPTION', reason: 'it says that it is segment 2' });
});

t.test('a missing segment', async (t) => {
  const { disk } = await killedLog(400);
  const files = await segmentFiles(disk);
  t.ok(files.length > 3);
  for (const [i, file] of files.slice(0, -1).entries()) {
    const clone = copyOf(disk);
    await clone.remove(file);
    await t.rejects(open(clone), { code: 'LOG_CORRUPTION' }, `segment ${i + 1}`);
  }
});

t.test('a segment that ends early although there is a next one', async (t) => {
  const { disk } = await killedLog(300);
  const [first] = await segmentFiles(disk);
  const { replayed } = await open(copyOf(disk));
  const last = replayed.findLast((record) => record.position.segment === 1);
  const offset = (last?.position.offset ?? 0) - BATCH_HEADER_BYTES;
  await overwrite(disk, first ?? '', Buffer.alloc(8192 - offset), offset);
  await t.rejects(open(disk), { code: 'LOG_CORRUPTION', file: first, offset });
});

t.test('damage in a segment that is not replayed shows when it is read', async (t) => {
  const { disk } = await killedLog(300);
  const [first] = await segmentFiles(disk);
  const { replayed } = await open(copyOf(disk));
  const victim = replayed[20];
  await flipBit(disk, first ?? '', ((victim?.position.offset ?? 0) + 20) * 8);
  const { log } = await open(disk, { after: 250 });
  t.same(sequences(await readAll(log, 250)), range(251, 300));
  const offset = (victim?.position.offset ?? 0) - BATCH_HEADER_BYTES;
  await t.rejects(readAll(log, 0), { code: 'LOG_CORRUPTION', file: first, offset });
});

t.test('records that span segments are read also when replay begins behind them', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await append(log, 1, 'x');
  await append(log, 2, payloadOf(2, 30_000));
  await append(log, 3, payloadOf(3, 30_000));
  await append(log, 4, 'y');
  await log.releaseThrough(2);
  await log.close();
  for (const after of [2, 3, 4]) {
    const opened = await open(copyOf(disk), { after });
    t.same(sequences(opened.replayed), range(after + 1, 4), `after ${after}`);
    t.same(sequences(await readAll(opened.log, after)), range(after + 1, 4));
  }
});

t.test('older segments are read to their end although nothing was left in the newest', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await appendEach(log, 1, 4);
  // Appended while the segment ends, so that the new one begins with it and not with a mark.
  await Promise.all([append(log, 5, 'last'), log.rotate(), append(log, 6, 'torn')]);
  const newest = (await segmentFiles(disk)).at(-1) ?? '';
  await flipBit(disk, newest, (SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES) * 8);
  // Nobody reads the older segment at the start: all that it holds is known elsewhere.
  const opened = await open(disk, { after: 5 });
  t.same(opened.replayed, []);
  t.same(sequences(await readAll(opened.log)), range(1, 5), 'before anything was written');
  await append(opened.log, 6, 'instead');
  t.same(sequences(await readAll(opened.log)), range(1, 6), 'and after');
});

t.test('a large record of which the last part is missing goes as a whole', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await appendEach(log, 1, 3);
  await append(log, 4, payloadOf(4, 30_000));
  const files = await segmentFiles(disk);
  for (const [kept, file] of files.entries()) {
    const clone = copyOf(disk);
    for (const gone of files.slice(kept + 1)) await clone.remove(gone);
    // The last batch that is left gets torn as well.
    if (kept === files.length - 1) {
      const bytes = (await readWholeFile(clone, file)).length;
      const from = SEGMENT_HEADER_BYTES + 100;
      await overwrite(clone, file, Buffer.alloc(bytes - from), from);
    }
    const opened = await open(clone);
    t.same(sequences(opened.replayed), [1, 2, 3]);
    t.ok(opened.recovery.tornTail !== undefined);
    await append(opened.log, 4, 'instead');
    await append(opened.log, 5, payloadOf(5, 20_000));
    const again = await open(copyOf(clone));
    t.same(sequences(again.replayed), range(1, 5));
    t.equal(again.replayed[3]?.payload.toString(), 'instead');
  }
});

async function damaged(
  records: number,
  at: number,
): Promise<{ disk: MemoryDisk; offset: number; file: string }> {
  const { disk } = await killedLog(records);
  const { replayed } = await open(copyOf(disk));
  const record = replayed[at - 1];
  const file = segmentPath(DIRECTORY, record?.position.segment ?? 0);
  await flipBit(disk, file, ((record?.position.offset ?? 0) + 20) * 8);
  return { disk, file, offset: (record?.position.offset ?? 0) - BATCH_HEADER_BYTES };
}

t.test('repair keeps what comes before the damage, and nothing behind it ever returns', async (t) => {
  for (const at of [1, 3, 90, 200, 399]) {
    const { disk, file, offset } = await damaged(400, at);
    await t.rejects(open(copyOf(disk)), { code: 'LOG_CORRUPTION', file, offset });
    const opened = await open(disk, { repair: true });
    t.same(sequences(opened.replayed), range(1, at - 1));
    t.match(opened.recovery.repaired, { code: 'LOG_CORRUPTION', file, offset });
    await appendEach(opened.log, at, at + 2, 7);
    const again = await open(copyOf(disk));
    t.same(sequences(again.replayed), range(1, at + 2));
    t.same(sequences(await readAll(again.log)), range(1, at + 2));
  }
});

t.test('repair of a segment header, and of a log without its beginning', async (t) => {
  const { disk } = await killedLog(300);
  const [first, second] = await segmentFiles(disk);
  const inFirst = (await open(copyOf(disk))).replayed.filter(
    (record) => record.position.segment === 1,
  ).length;
  for (const [file, kept] of [
    [first, 0],
    [second, inFirst],
  ] as const) {
    const clone = copyOf(disk);
    await flipBit(clone, file ?? '', 30 * 8);
    const opened = await open(clone, { repair: true });
    t.same(sequences(opened.replayed), range(1, kept));
    await append(opened.log, 1000, 'x');
    t.same(sequences((await open(copyOf(clone))).replayed), [...range(1, kept), 1000]);
  }
  await disk.remove(first ?? '');
  await t.rejects(open(copyOf(disk)), { code: 'LOG_CORRUPTION' });
  const opened = await open(disk, { repair: true });
  t.same(opened.replayed, []);
  await append(opened.log, 7, 'x');
  t.same(sequences((await open(copyOf(disk))).replayed), [7]);
});

t.test('a later format is refused, not repaired', async (t) => {
  const { disk } = await killedLog(1);
  const header = encodeSegmentHeader({
    number: 1,
    identity: Buffer.from('identity'),
    previousIdentity: undefined,
    recycled: false,
    firstSizeBytes: 0,
    version: 3,
  });
  await overwrite(disk, FIRST, header, 0);
  for (const repair of [false, true]) {
    await t.rejects(open(disk, { repair }), new LogVersionError(FIRST, 3, 2));
  }
});

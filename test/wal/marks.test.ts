/** What is known not to be a torn write: marks behind the last record, and the lengths that files say they had. */
import t from 'tap';

import type { DiskFile } from '../../src/vfs/disk.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { readWholeFile } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import {
  BATCH_HEADER_BYTES,
  encodeSegmentHeader,
  SEGMENT_HEADER_BYTES,
  sealBatch,
} from '../../src/wal/format.js';
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
  SMALL,
  segmentFiles,
  sequences,
  shrinkTo,
} from './fixture.js';

const FIRST = segmentPath(DIRECTORY, 1);

/** Lets what timers have set off become durable. */
const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** Starts of the batches of records 1, 2, … in the first segment. */
async function batchesOf(disk: MemoryDisk): Promise<number[]> {
  const { replayed, log } = await open(copyOf(disk));
  await log.close();
  return replayed.map(({ position }) => position.offset - BATCH_HEADER_BYTES);
}

t.test('a log that was idle ends with a mark: then damage to the last record is damage', async (t) => {
  const disk = newDisk();
  const clock = new VirtualClock();
  const { log } = await open(disk, { clock });
  await appendEach(log, 1, 3);
  const [, , last = 0] = await batchesOf(disk);
  const flipped = async () => {
    const clone = copyOf(disk);
    await flipBit(clone, FIRST, (last + BATCH_HEADER_BYTES + 20) * 8);
    return open(clone);
  };
  t.same(sequences((await flipped()).replayed), [1, 2], 'at once it could be a write that was cut off');
  clock.advance(2000);
  await turn();
  await t.rejects(flipped(), { code: 'LOG_CORRUPTION', file: FIRST, offset: last });
  t.equal(clock.pendingTimers, 0, 'an idle log sets no timers');
  await append(log, 4, 'goes on');
  t.same(sequences((await open(copyOf(disk))).replayed), range(1, 4));
  await log.close();
});

t.test('a log that is written to gets no mark', async (t) => {
  const disk = new FaultyDisk(newDisk());
  const clock = new VirtualClock();
  const { log } = await open(disk, { clock, options: { ...SMALL, firstChunkBytes: 8192 } });
  let writes = 0;
  disk.onIssued = ({ kind }) => {
    if (kind === 'write') writes += 1;
  };
  for (let i = 1; i <= 20; i += 1) {
    await append(log, i, 'x');
    clock.advance(400);
    await turn();
  }
  t.equal(writes, 20);
  clock.advance(2000);
  await turn();
  t.equal(writes, 21, 'one when it fell idle');
  clock.advance(60_000);
  await turn();
  t.equal(writes, 21, 'and no second one');
  await log.close();
});

t.test('no mark is worth a segment', async (t) => {
  const disk = new MemoryDisk({ capacityBytes: 2048 });
  const clock = new VirtualClock();
  const { log } = await open(disk, { clock });
  await append(log, 1, 'x'.repeat(900));
  // Leaves less than a mark takes.
  await append(log, 2, 'x'.repeat(2048 - 512 - 2 * 64 - 900 - 20));
  clock.advance(5000);
  await turn();
  t.equal(log.failure, undefined);
  await log.close();
});

t.test('what was replayed is behind a mark from then on', async (t) => {
  const disk = newDisk();
  await appendEach((await open(disk)).log, 1, 3);
  const [, , last = 0] = await batchesOf(disk);
  await open(disk);
  await flipBit(disk, FIRST, (last + BATCH_HEADER_BYTES + 20) * 8);
  await t.rejects(open(disk), { code: 'LOG_CORRUPTION', file: FIRST, offset: last });
});

t.test('a process dies while a file grows, and the power goes after the next start', async (t) => {
  const disk = newDisk();
  let isGrowing = false;
  const dying = new FaultyDisk(disk, {
    plan: ({ kind, path }) => {
      isGrowing ||= kind === 'sync' && path === FIRST;
      return isGrowing ? { kind: 'stop' } : undefined;
    },
  });
  const { log } = await open(dying);
  let acknowledged = 0;
  while (!isGrowing) {
    try {
      await append(log, acknowledged + 1, 'x'.repeat(50));
      acknowledged += 1;
    } catch (error) {
      t.ok(isGrowing, String(error));
    }
  }
  const started = await open(disk);
  t.ok(started.replayed.length >= acknowledged, 'what was acknowledged is there');
  const again = await open(disk.crashClone({ random: new SeededRandom(1), survive: 0 }));
  t.same(sequences(again.replayed), sequences(started.replayed), 'nothing was cut');
});

t.test('a file that was cut is damage, wherever it was cut, and however the log ended', async (t) => {
  for (const clean of [false, true]) {
    const disk = newDisk();
    const { log } = await open(disk);
    // Beyond the first length, so that the file has grown.
    await appendEach(log, 1, 40, 60);
    const starts = await batchesOf(disk);
    if (clean) await log.close();
    const bytes = (await readWholeFile(disk, FIRST)).length;
    t.ok(bytes > 2048, `grown to ${bytes}`);
    for (let cut = SEGMENT_HEADER_BYTES; cut < bytes; cut += cut < 800 ? 1 : 31) {
      const clone = copyOf(disk);
      await shrinkTo(clone, FIRST, cut);
      await t.rejects(open(clone), { code: 'LOG_CORRUPTION', file: FIRST }, `cut at ${cut}, clean ${clean}`);
    }
    for (const [i, start] of starts.entries()) {
      const clone = copyOf(disk);
      await shrinkTo(clone, FIRST, start);
      await t.rejects(
        open(copyOf(clone)),
        { code: 'LOG_CORRUPTION', offset: start },
        `before record ${i + 1}`,
      );
      const repaired = await open(clone, { repair: true });
      t.same(sequences(repaired.replayed), range(1, i));
      await append(repaired.log, i + 1, 'instead');
      t.same(sequences((await open(copyOf(clone))).replayed), range(1, i + 1), 'sound after the repair');
    }
  }
});

t.test('a segment of format 1, which says nothing of lengths, is read and written on', async (t) => {
  const disk = newDisk();
  const header = {
    version: 1,
    number: 1,
    identity: Buffer.from('identity'),
    previousIdentity: undefined,
    recycled: false,
    firstSizeBytes: 0,
  };
  const batch = Buffer.alloc(BATCH_HEADER_BYTES + 16 + 3);
  Buffer.from('03000000010000000100000000000000', 'hex').copy(batch, BATCH_HEADER_BYTES);
  batch.write('old', BATCH_HEADER_BYTES + 16);
  const place = {
    offset: SEGMENT_HEADER_BYTES,
    ordinal: 1,
    previousSequence: 0,
    kind: 1,
    fileSizeBytes: 0,
  } as const;
  sealBatch(batch, header.identity, place);
  const content = Buffer.concat([
    encodeSegmentHeader(header),
    batch,
    Buffer.alloc(2048 - 512 - batch.length),
  ]);
  await disk.makeDirectory(DIRECTORY);
  await (await disk.open(FIRST, { access: 'write', create: 'exclusive' })).close();
  await overwrite(disk, FIRST, content, 0);
  const { log } = await open(disk);
  await append(log, 2, 'new');
  const written = await readWholeFile(disk, FIRST);
  t.equal(written.readUInt32LE(SEGMENT_HEADER_BYTES + batch.length + 44), 0, 'as format 1 has it');
  await appendEach(log, 3, 300);
  await log.close();
  const { replayed } = await open(copyOf(disk));
  t.same(sequences(replayed), range(1, 300));
  t.equal(replayed[0]?.payload.toString(), 'old');
  await shrinkTo(disk, FIRST, SEGMENT_HEADER_BYTES + batch.length - 1);
  await t.rejects(open(disk), { code: 'LOG_CORRUPTION', file: FIRST });
});

t.test('a log that has been there is not begun anew', async (t) => {
  const disk = newDisk();
  await t.rejects(open(disk, { existing: true }), { code: 'LOG_CORRUPTION', file: DIRECTORY });
  const { log, recovery } = await open(disk, { existing: true, repair: true });
  t.match(recovery.repaired, { code: 'LOG_CORRUPTION' });
  await append(log, 1, 'x');
  t.same(sequences((await open(disk, { existing: true })).replayed), [1]);
});

t.test('what fails while working ahead is tried again, and is no failure', async (t) => {
  for (const code of ['EMFILE', 'ENOSPC', 'EIO']) {
    const memory = newDisk();
    const disk = new FaultyDisk(memory);
    const { log } = await open(disk, { options: { ...SMALL, firstChunkBytes: 8192 } });
    await append(log, 1, payloadOf(1, 100));
    let refused = 0;
    disk.plan = ({ kind }) => {
      if (kind !== 'open' || refused === 3) return undefined;
      refused += 1;
      return { kind: 'error', code };
    };
    await appendEach(log, 2, 200, 100);
    t.equal(refused, 3, `${code}: several attempts`);
    t.equal(log.failure, undefined);
    t.same(sequences(await readAll(log)), range(1, 200));
    await log.close();
  }
});

t.test('an idle log holds no file open', async (t) => {
  const clock = new VirtualClock();
  const disk = newDisk();
  const openFile = disk.open.bind(disk);
  const held = new Set<DiskFile>();
  disk.open = async (path, options) => {
    const file = await openFile(path, options);
    const close = file.close.bind(file);
    file.close = () => {
      held.delete(file);
      return close();
    };
    held.add(file);
    return file;
  };
  const { log } = await open(disk, { clock });
  t.equal(held.size, 0, 'nothing was written yet');
  for (let sequence = 1; sequence <= 3; sequence += 1) {
    await append(log, sequence, payloadOf(sequence, 100));
    t.ok(held.size > 0, 'in use');
    for (let waited = 0; waited < 4; waited += 1) {
      clock.advance(1000);
      await new Promise(setImmediate);
    }
    t.equal(held.size, 0, 'idle');
  }
  await log.close();
  t.same(sequences((await open(disk)).replayed), range(1, 3));
});

t.test('when there is no room for a batch, the log says that no write failed', async (t) => {
  const disk = new FaultyDisk(newDisk());
  const { log } = await open(disk);
  disk.plan = ({ kind }) => (kind === 'open' ? { kind: 'error', code: 'EMFILE' } : undefined);
  let sequence = 0;
  const failure = await (async () => {
    for (;;) await append(log, sequence + 1, payloadOf(sequence + 1, 100)).then(() => (sequence += 1));
  })().catch((error: unknown) => error);
  t.match(failure, { code: 'LOG_NO_ROOM', cause: { code: 'EMFILE' } });
  disk.plan = () => undefined;
  await log.close();
  t.same(sequences((await open(disk)).replayed), range(1, sequence));
});

t.test('a segment that could not be let go of goes at the next occasion, first', async (t) => {
  for (const kind of ['rename', 'remove', 'syncDirectory']) {
    const disk = new FaultyDisk(newDisk());
    const { log } = await open(disk, { options: { ...SMALL, sparesMax: kind === 'remove' ? 0 : 1 } });
    await appendEach(log, 1, 400);
    const before = (await segmentFiles(disk)).length;
    let failed = false;
    disk.plan = (operation) => {
      if (failed || operation.kind !== kind) return undefined;
      failed = true;
      return { kind: 'error', code: 'EIO', when: kind === 'rename' ? 'after' : 'before' };
    };
    await t.rejects(log.releaseThrough(300), { code: 'EIO' }, kind);
    await log.releaseThrough(300);
    t.ok((await segmentFiles(disk)).length < before - 1, `${kind}: all that could go went`);
    await append(log, 401, 'goes on');
    await log.close();
    t.same(sequences((await open(disk, { after: 300 })).replayed), range(301, 401));
  }
});

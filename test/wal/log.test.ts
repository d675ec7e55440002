/** What the log does while nothing fails. */
import t from 'tap';

import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { LogClosedError, LogTruncatedError } from '../../src/wal/errors.js';
import {
  append,
  appendEach,
  newDisk,
  open,
  payloadOf,
  range,
  readAll,
  SMALL,
  segmentFiles,
  sequences,
} from './fixture.js';

t.test('an empty log', async (t) => {
  const disk = newDisk();
  const first = await open(disk);
  t.same(first.replayed, []);
  t.match(first.recovery, { segments: 1, records: 0, lastSequence: 0, tornTail: undefined });
  t.same(await readAll(first.log), []);
  await first.log.close();
  await first.log.close();
  const second = await open(disk);
  t.same(second.replayed, []);
  t.throws(
    () =>
      first.log.append(
        1,
        0,
        () => undefined,
        () => undefined,
      ),
    LogClosedError,
  );
  await second.log.close();
});

t.test('what was appended is replayed', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await append(log, 1, 'one');
  await append(log, 5, '');
  await append(log, 6, 'six');
  t.equal(log.pendingBytes, 0);
  await log.close();
  const { replayed, recovery } = await open(disk);
  t.same(
    replayed.map(({ sequence, payload }) => [sequence, payload.toString()]),
    [
      [1, 'one'],
      [5, ''],
      [6, 'six'],
    ],
  );
  t.match(recovery, { records: 3, lastSequence: 6, tornTail: undefined });
  t.match(replayed[0]?.position, { segment: 1, offset: 560 });
});

t.test('replay starts after what the owner has', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await appendEach(log, 1, 200);
  await log.close();
  for (const after of [0, 1, 100, 199, 200, 300]) {
    const opened = await open(disk, { after });
    t.same(sequences(opened.replayed), range(after + 1, 200), `after ${after}`);
    t.equal(opened.recovery.lastSequence, Math.max(200, after));
    await opened.log.close();
  }
});

t.test('callbacks come in order, and records that arrive together share a write', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  const order: number[] = [];
  const all = range(1, 10).map((sequence) =>
    append(log, sequence, payloadOf(sequence)).then(() => order.push(sequence)),
  );
  t.equal(log.pendingBytes, 200);
  await Promise.all(all);
  t.same(order, range(1, 10));
  await log.close();
  const { replayed } = await open(disk);
  const offsets = replayed.map((record) => record.position.offset);
  t.same(
    offsets,
    range(0, 9).map((i) => 512 + 48 + i * 36),
    'one batch',
  );
});

t.test('many writers take turns: one half gathers while the other is written', async (t) => {
  const disk = newDisk();
  const options = {};
  const { log } = await open(disk, { options });
  const order: number[] = [];
  let last = 0;
  const write = async () => {
    for (let turn = 0; turn < 8; turn += 1) {
      const sequence = ++last;
      await append(log, sequence, payloadOf(sequence));
      order.push(sequence);
    }
  };
  await Promise.all(range(1, 64).map(write));
  t.same(order, range(1, 8 * 64));
  await log.close();
  const { replayed } = await open(disk, { options });
  const offsets = replayed.map(({ position }) => position.offset);
  const firsts = range(0, offsets.length - 1).filter((at) => offsets[at] !== (offsets[at - 1] ?? 0) + 36);
  const sizes = firsts.map((first, at) => (firsts[at + 1] ?? offsets.length) - first);
  t.equal(sizes[0], 64, 'what arrives at an idle log in one turn shares a write');
  t.same(new Set(sizes.slice(1)), new Set([32]));
});

t.test('a callback may append', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  const done = new Promise<void>((resolve) => {
    const next = (sequence: number) => {
      if (sequence > 5) return resolve();
      log.append(
        sequence,
        1,
        (target, offset) => target.fill(65, offset, offset + 1),
        () => next(sequence + 1),
      );
    };
    next(1);
  });
  await done;
  t.same(sequences(await readAll(log)), range(1, 5));
  await log.close();
});

t.test('an encoder that throws leaves no trace', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  const first = append(log, 1, 'one');
  const broken = () => {
    throw new Error('no');
  };
  t.throws(() => log.append(2, 5, broken, () => t.fail('never called')), { message: 'no' });
  t.throws(() => log.append(2, 5000, broken, () => t.fail('never called')), { message: 'no' });
  await Promise.all([first, append(log, 2, 'two')]);
  t.same(sequences(await readAll(log)), [1, 2]);
  await log.close();
});

t.test('sequences must grow', async (t) => {
  const { log } = await open(newDisk(), { after: 7 });
  t.throws(
    () =>
      log.append(
        7,
        0,
        () => undefined,
        () => undefined,
      ),
    { code: 'ERR_ASSERTION' },
  );
  await append(log, 8, 'x');
  t.throws(
    () =>
      log.append(
        8,
        0,
        () => undefined,
        () => undefined,
      ),
    { code: 'ERR_ASSERTION' },
  );
  await log.close();
});

t.test('records that are larger than a batch, or a segment', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  const sizes = [900, 959, 960, 961, 1900, 10, 5000, 20_000, 3, 100_000];
  await Promise.all(sizes.map((bytes, i) => append(log, i + 1, payloadOf(i + 1, bytes))));
  const read = await readAll(log);
  await log.close();
  const { replayed } = await open(disk);
  for (const records of [read, replayed]) {
    t.same(sequences(records), range(1, sizes.length));
    for (const { sequence, payload } of records) {
      t.ok(
        Buffer.from(payload).equals(Buffer.from(payloadOf(sequence, sizes[sequence - 1]))),
        `record ${sequence}`,
      );
    }
  }
});

t.test('a record of 5 MB with the default sizes', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk, { options: {} });
  const large = payloadOf(1, 5_000_000);
  await Promise.all([append(log, 1, large), append(log, 2, 'small')]);
  await log.close();
  const { replayed } = await open(disk, { options: {} });
  t.same(sequences(replayed), [1, 2]);
  t.ok(Buffer.from(large).equals(replayed[0]?.payload ?? Buffer.alloc(0)));
});

t.test('segments are left behind, released, and recycled', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await appendEach(log, 1, 500);
  t.ok((await segmentFiles(disk)).length >= 5);
  await t.rejects(async () => {
    await log.releaseThrough(400);
    await readAll(log, 100);
  }, LogTruncatedError);
  t.same(sequences(await readAll(log, 400)), range(401, 500));
  await appendEach(log, 501, 1500);
  await log.releaseThrough(1400);
  t.ok((await disk.list('/log')).length <= 5, 'few files are left');
  await log.close();
  const { replayed } = await open(disk, { after: 1400 });
  t.same(sequences(replayed), range(1401, 1500));
  await t.rejects(open(disk, { after: 0 }), { code: 'LOG_CORRUPTION', reason: /are missing/ });
});

t.test('rotate makes a border at which everything before can be released', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await log.rotate();
  t.equal((await segmentFiles(disk)).length, 1, 'an empty segment is as good as a new one');
  const before = range(1, 3).map((sequence) => append(log, sequence, 'x'));
  const rotated = log.rotate();
  const after = append(log, 4, 'y');
  await rotated;
  await Promise.all([...before, after]);
  await log.releaseThrough(3);
  t.equal((await segmentFiles(disk)).length, 1);
  await log.rotate();
  await new Promise(setImmediate);
  await append(log, 5, 'z');
  t.same(sequences(await readAll(log, 3)), [4, 5]);
  await log.releaseThrough(4);
  await log.close();
  const { replayed } = await open(disk, { after: 4 });
  t.same(sequences(replayed), [5]);
});

t.test('a log that is closed lets go of nothing: its files may be those of the next one', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await appendEach(log, 1, 1000);
  await log.close();
  const { log: next } = await open(disk, { after: 1000 });
  const files = await disk.list('/log');
  await log.releaseThrough(900);
  t.same(await disk.list('/log'), files);
  t.same(sequences(await readAll(next, 0)), range(1, 1000));
  await next.close();
});

t.test('reading while writing ends at what is durable', async (t) => {
  const { log } = await open(newDisk());
  const seen: number[] = [];
  let written = 0;
  const writing = (async () => {
    for (let sequence = 1; sequence <= 400; sequence++) {
      await append(log, sequence, payloadOf(sequence, sequence % 50));
      written = sequence;
    }
  })();
  for (let after = 0; after < 400; ) {
    for await (const record of log.read(after)) {
      t.ok(record.sequence <= written + 1, 'never ahead of the disk');
      seen.push(record.sequence);
      after = record.sequence;
    }
    await new Promise(setImmediate);
  }
  await writing;
  t.same(seen, range(1, 400));
  await log.close();
});

t.test('a segment that is released while it is read stays readable', async (t) => {
  const { log } = await open(newDisk());
  await appendEach(log, 1, 300);
  const reading = log.read(0)[Symbol.asyncIterator]();
  await reading.next();
  await log.releaseThrough(100);
  await appendEach(log, 301, 600);
  const second = await reading.next();
  t.equal(second.value?.sequence, 2);
  await reading.return?.();
  await log.close();
});

t.test('segments that are released under a reader that has passed them do no harm', async (t) => {
  const { log } = await open(newDisk());
  await appendEach(log, 1, 5);
  const reader = log.read(0)[Symbol.asyncIterator]();
  for (const sequence of range(1, 5)) t.equal((await reader.next()).value?.sequence, sequence);
  // The second one holds nothing but a mark, and goes as well.
  await log.rotate();
  await log.rotate();
  await append(log, 6, 'six');
  await log.releaseThrough(5);
  t.equal((await reader.next()).value?.sequence, 6);
  await log.close();
});

t.test('a segment of which nothing is wanted may go while it is opened for reading', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(newDisk(), { clock });
  const { log } = await open(disk);
  await appendEach(log, 1, 5);
  disk.plan = ({ kind }) => (kind === 'open' ? { kind: 'delay', delayMs: 1 } : undefined);
  const [nothingWanted, something] = [readAll(log, 5), readAll(log, 4)];
  disk.plan = () => undefined;
  await log.rotate();
  await append(log, 6, 'six');
  await log.releaseThrough(5);
  clock.advance(1);
  t.same(sequences(await nothingWanted), [6]);
  await t.rejects(something, LogTruncatedError);
  await log.close();
});

t.test('opening and closing without writing does not grow the log', async (t) => {
  const disk = newDisk();
  const first = await open(disk);
  await append(first.log, 1, 'x');
  await first.log.close();
  const { bytes } = (await open(disk)).recovery;
  for (let i = 0; i < 5; i++) await (await open(disk)).log.close();
  t.equal((await open(disk)).recovery.bytes, bytes);
});

t.test('a log that need not be durable waits for no sync, and is replayed', async (t) => {
  const operations: string[] = [];
  const disk = new FaultyDisk(newDisk(), { onIssued: ({ kind }) => operations.push(kind) });
  const options = { ...SMALL, durable: false };
  const { log } = await open(disk, { options });
  await appendEach(log, 1, 200);
  await log.close();
  t.notOk(operations.includes('sync'), 'no sync over several segments');
  const { replayed } = await open(disk, { options });
  t.same(sequences(replayed), range(1, 200));
});

t.test('a record for later is written with the next one, or when it is asked for', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  const durable: number[] = [];
  const later = (sequence: number) =>
    log.append(
      sequence,
      1,
      (target, offset) => target.fill(65, offset, offset + 1),
      (error) => durable.push(error === undefined ? sequence : -sequence),
      'later',
    );
  later(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(durable, []);
  await append(log, 2, 'two');
  t.same(durable, [1]);
  later(3);
  log.flush();
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(durable, [1, 3]);
  for (let sequence = 4; sequence < 4000; sequence += 1) later(sequence);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(durable.length > 1000, 'what fills a batch is written');
  later(4000);
  await log.close();
  t.equal(durable.at(-1), 4000, 'also at the end');
  t.same(sequences((await open(disk)).replayed), range(1, 4000));
});

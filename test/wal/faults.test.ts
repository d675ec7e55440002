/** Power cuts, failing operations and a full disk. Seeds are the loop's own numbers, named in each message. */
import t from 'tap';

import type { Disk } from '../../src/vfs/disk.js';
import { type DiskOperation, FaultyDisk, failNth } from '../../src/vfs/faulty-disk.js';
import { readWholeFile } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { LogFailedError, LogNoSpaceError } from '../../src/wal/errors.js';
import { BATCH_HEADER_BYTES, SEGMENT_HEADER_BYTES } from '../../src/wal/format.js';
import {
  append,
  newDisk,
  open,
  overwrite,
  payloadOf,
  range,
  readAll,
  segmentFiles,
  sequences,
} from './fixture.js';

/** What a run got acknowledged, and what it had released before. */
interface Outcome {
  acknowledged: number;
  appended: number;
  released: number;
  error: unknown;
}

const sizeOf = (sequence: number) => (sequence % 13 === 0 ? 3000 : (sequence * 37) % 400);

/** Every kind of work that a log does: batches, large records, rotation, release, recycling, closing, reopening. */
async function scenario(disk: Disk, outcome: Outcome): Promise<void> {
  try {
    for (let round = 0; round < 3; round++) {
      const { log } = await open(disk, { after: outcome.released });
      const burst = async (records: number) => {
        const all = range(outcome.appended + 1, outcome.appended + records).map(async (sequence) => {
          outcome.appended = sequence;
          await append(log, sequence, payloadOf(sequence, sizeOf(sequence)));
          outcome.acknowledged = Math.max(outcome.acknowledged, sequence);
        });
        const results = await Promise.allSettled(all);
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      };
      for (let i = 0; i < 6; i++) await burst(8);
      await log.rotate();
      await burst(5);
      outcome.released = outcome.acknowledged - 8;
      await log.releaseThrough(outcome.released);
      await burst(5);
      await log.close();
    }
  } catch (error) {
    outcome.error = error;
  }
}

const newOutcome = (): Outcome => ({ acknowledged: 0, appended: 0, released: 0, error: undefined });

/** A prefix with everything acknowledged, each record as it was written, and the log goes on. */
async function check(disk: Disk, { acknowledged, appended, released }: Outcome): Promise<string | undefined> {
  const { log, replayed } = await open(disk, { after: released });
  const last = replayed.at(-1)?.sequence ?? released;
  if (last < acknowledged) return `record ${acknowledged} was acknowledged, ${last} is the last`;
  if (last > appended) return `record ${last} was never appended`;
  const expected = range(released + 1, last);
  if (sequences(replayed).join() !== expected.join()) return `not a prefix: ${sequences(replayed).join()}`;
  for (const { sequence, payload } of replayed) {
    const right = payloadOf(sequence, sizeOf(sequence));
    if (Buffer.from(payload).toString('latin1') !== right)
      return `record ${sequence} is not what was written`;
  }
  await append(log, last + 1, 'goes on');
  const read = sequences(await readAll(log, released));
  if (read.join() !== [...expected, last + 1].join()) return `read: ${read.join()}`;
  await log.close();
  return undefined;
}

t.test('a power cut at every operation', async (t) => {
  const counting = new FaultyDisk(newDisk());
  await scenario(counting, newOutcome());
  let cuts = 0;
  for (let at = 0; at < counting.operations; at++) {
    const memory = newDisk();
    const clones: [string, MemoryDisk][] = [];
    const disk = new FaultyDisk(memory);
    // Half done: between issue and completion.
    disk.onIssued = (operation: DiskOperation) => {
      if (operation.index !== at) return;
      for (const survive of [0, 0.5, 0.5, 0.9, 1]) {
        const seed = at * 10 + clones.length;
        const clone = memory.crashClone({ random: new SeededRandom(seed), survive });
        clones.push([
          `${operation.kind} ${operation.path}, operation ${at}, ${survive} survive, seed ${seed}`,
          clone,
        ]);
      }
      disk.stop();
    };
    const outcome = newOutcome();
    await scenario(disk, outcome);
    for (const [name, clone] of clones) {
      cuts += 1;
      const wrong = await check(clone, outcome).catch((error: unknown) => String(error));
      if (wrong !== undefined) t.fail(`${name}: ${wrong}`);
      // A second cut, right after the recovery.
      const second = clone.crashClone({ random: new SeededRandom(at), survive: 0 });
      const replayed = (await open(second, { after: outcome.released })).replayed;
      if ((replayed.at(-1)?.sequence ?? 0) < outcome.acknowledged) t.fail(`${name}: lost at the second cut`);
    }
  }
  t.ok(cuts > 1000, `${cuts} power cuts at ${counting.operations} operations`);
});

t.test('a power cut at every operation of a recovery', async (t) => {
  // Left by a cut in the midst of a record that spans segments.
  const broken = newDisk();
  const { log } = await open(broken);
  await append(log, 1, 'x');
  await append(log, 2, payloadOf(2, 30_000));
  await broken.remove((await segmentFiles(broken)).at(-1) ?? '');
  await broken.syncDirectory('/log');
  const original = () => broken.crashClone({ random: new SeededRandom(0), survive: 1 });
  const counting = new FaultyDisk(original());
  await open(counting);
  for (let at = 0; at < counting.operations; at++) {
    for (const survive of [0, 0.5, 1]) {
      const memory = original();
      const disk = new FaultyDisk(memory);
      let clone: MemoryDisk | undefined;
      disk.onIssued = (operation) => {
        if (operation.index !== at) return;
        clone = memory.crashClone({ random: new SeededRandom(at), survive });
        disk.stop();
      };
      await open(disk).catch(() => undefined);
      if (clone === undefined) continue;
      const { replayed, log } = await open(clone);
      t.same(sequences(replayed), [1], `operation ${at}, ${survive} survive`);
      await append(log, 2, 'y');
    }
  }
});

t.test('every operation fails once', async (t) => {
  for (const code of ['EIO', 'ENOSPC']) {
    let met = 0;
    for (let nth = 0; ; nth++) {
      const memory = newDisk();
      const disk = new FaultyDisk(memory, { plan: failNth(nth, code) });
      const outcome = newOutcome();
      await scenario(disk, outcome);
      if (disk.operations <= nth) break;
      if (outcome.error !== undefined) met += 1;
      const after = memory.crashClone({ random: new SeededRandom(nth), survive: 0.5 });
      const wrong = await check(after, outcome).catch((error: unknown) => String(error));
      if (wrong !== undefined) t.fail(`${code} at operation ${nth}: ${wrong}`);
      // The disk has recovered, and so does the same machine without a cut.
      const alive = await check(memory, outcome).catch((error: unknown) => String(error));
      if (alive !== undefined) t.fail(`${code} at operation ${nth}, reopened: ${alive}`);
    }
    t.ok(met > 20, `${met} faults of kind ${code} were noticed`);
  }
});

t.test('a failed write is final, although the disk would take the next', async (t) => {
  for (const when of ['before', 'after'] as const) {
    const memory = newDisk();
    const disk = new FaultyDisk(memory);
    const { log } = await open(disk);
    await append(log, 1, 'one');
    disk.plan = ({ kind }) => {
      if (kind !== 'write') return undefined;
      disk.plan = () => undefined;
      return { kind: 'error', code: 'EIO', when };
    };
    // Too large to share a batch.
    const both = [append(log, 2, payloadOf(2, 900)), append(log, 3, payloadOf(3, 900))];
    const results = await Promise.allSettled(both);
    for (const result of results) {
      t.match(result, { status: 'rejected', reason: { code: 'LOG_FAILED', cause: { code: 'EIO' } } });
    }
    t.ok(log.failure instanceof LogFailedError);
    t.equal(log.pendingBytes, 0);
    t.throws(
      () =>
        log.append(
          4,
          0,
          () => undefined,
          () => undefined,
        ),
      LogFailedError,
    );
    await t.rejects(async () => log.rotate(), LogFailedError);
    t.same(sequences(await readAll(log)), [1], 'what was durable can still be read');
    await log.close();
    const { replayed } = await open(memory);
    t.same(sequences(replayed), when === 'before' ? [1] : [1, 2]);
  }
});

t.test('callbacks of a failed log come in order', async (t) => {
  const disk = new FaultyDisk(newDisk());
  const { log } = await open(disk);
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
  const order: number[] = [];
  const noted = range(1, 40).map((sequence) =>
    append(log, sequence, payloadOf(sequence, 100)).catch(() => order.push(sequence)),
  );
  await Promise.all(noted);
  t.same(order, range(1, 40));
});

t.test('short writes are continued, short reads too', async (t) => {
  const memory = newDisk();
  const disk = new FaultyDisk(memory, {
    plan: ({ kind, index }) =>
      kind === 'write' || kind === 'read' ? { kind: 'short', bytes: 1 + ((index * 7919) % 300) } : undefined,
  });
  const outcome = newOutcome();
  await scenario(disk, outcome);
  t.equal(outcome.error, undefined);
  t.equal(await check(disk, outcome), undefined);
});

t.test('no space ahead is no failure while there is room', async (t) => {
  const disk = new MemoryDisk({ capacityBytes: 8192 });
  const { log } = await open(disk);
  let sequence = 0;
  const full = await (async () => {
    for (;;) await append(log, sequence + 1, payloadOf(sequence + 1, 100)).then(() => (sequence += 1));
  })().catch((error: unknown) => error);
  t.ok(full instanceof LogNoSpaceError);
  t.match(full, { code: 'LOG_NO_SPACE', cause: { code: 'ENOSPC' } });
  t.ok(sequence > 40, `the whole segment was used: ${sequence}`);
  t.same(sequences(await readAll(log)), range(1, sequence), 'reads go on');
  await log.close();

  disk.capacityBytes = 100_000;
  const again = await open(disk);
  t.same(sequences(again.replayed), range(1, sequence));
  await append(again.log, sequence + 1, 'goes on');
  await again.log.close();
});

t.test('no space for a rotation that was only asked for', async (t) => {
  const disk = new MemoryDisk({ capacityBytes: 3000 });
  const { log } = await open(disk);
  await append(log, 1, 'x');
  await log.rotate();
  await append(log, 2, 'y');
  t.equal(log.failure, undefined);
  t.same(sequences(await readAll(log)), [1, 2]);
  await log.close();
});

t.test('what is replayed is durable, even if it was only in the page cache', async (t) => {
  const disk = newDisk();
  const { log } = await open(disk);
  await append(log, 1, 'one');
  await append(log, 2, 'two');
  const [path = ''] = await segmentFiles(disk);
  const content = await readWholeFile(disk, path);
  const begin = SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES + 16 + 3;
  await overwrite(disk, path, Buffer.alloc(200), begin);
  // The process died while the write of record 2 was on its way; the machine stayed up.
  const file = await disk.open(path, { access: 'write' });
  await file.write(content.subarray(begin, begin + 200), begin);
  const cut = () => disk.crashClone({ random: new SeededRandom(0), survive: 0 });
  t.same(sequences((await open(cut())).replayed), [1], 'not durable yet');
  t.same(sequences((await open(disk)).replayed), [1, 2]);
  t.same(sequences((await open(cut())).replayed), [1, 2]);
});

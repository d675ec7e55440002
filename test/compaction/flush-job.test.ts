/** Flush: what a memtable holds, packed and given away, comes out of the table in order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { runFlush } from '../../src/compaction/flush-job.js';
import { JobControl } from '../../src/compaction/job-control.js';
import { hungJobMs } from '../../src/compaction/limits.js';
import { EntryPacker, packedBytesMax, unpackSorted } from '../../src/compaction/packed-entries.js';
import { PiscinaExecutor } from '../../src/compaction/piscina-executor.js';
import type { FlushSpec, TableJobResult } from '../../src/compaction/types.js';
import { createMemtable } from '../../src/memtable/memtable.js';
import type { Memtable } from '../../src/memtable/types.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

/** Keys of every byte, values of every small length, a tombstone, versions that are not the newest. */
function filledMemtable(): Memtable {
  const memtable = createMemtable();
  const old = 2 ** 40;
  for (let code = 255; code >= 0; code -= 1) {
    memtable.put(String.fromCharCode(code), old, Buffer.alloc(code % 7, code), 0);
  }
  memtable.put('a', old + 1, null, 0);
  memtable.put('b', old + 2, Buffer.from('newest'), 0);
  return memtable;
}

function flushOf(memtable: Memtable, directory: string): FlushSpec {
  const entries = new ArrayBuffer(packedBytesMax(memtable));
  const packer = new EntryPacker(entries);
  for (const entry of memtable.newest()) packer.add(entry);
  const { count } = packer;
  const output = { directory, firstFileNumber: 1, fileNumbersMax: 1, targetTableBytes: Infinity };
  const table = { blockBytes: 4096, filterBitsPerKey: 10, compression: 'none' } as const;
  return { kind: 'flush', ...output, table, entries, count };
}

t.test('packed entries come out sorted, each as the newest of its key', async (t) => {
  const memtable = filledMemtable();
  const spec = flushOf(memtable, '/');
  const expected = [];
  const cursor = memtable.cursor({});
  for (let entry = cursor.next(); entry !== undefined; entry = cursor.next()) {
    const { key, sequence, value } = entry;
    expected.push({ key, sequence, value: value === null ? null : Buffer.from(value) });
  }
  t.equal(expected.length, 256);
  t.same(unpackSorted([spec]), expected);
});

t.test('what does not fit is refused', async (t) => {
  const packer = new EntryPacker(new ArrayBuffer(20));
  t.throws(() => packer.add({ key: 'k', sequence: 1, value: Buffer.alloc(4) }), {
    message: 'the entries fit',
  });
  t.equal(packer.count, 0);
});

t.test('a cancelled flush leaves nothing', async (t) => {
  const disk = new MemoryDisk();
  await disk.makeDirectory('/tables');
  const memtable = createMemtable();
  for (let i = 1; i <= 2000; i += 1) memtable.put(`k${i}`, i, Buffer.from('x'), Infinity);
  const control = new JobControl();
  control.cancel();
  await t.rejects(runFlush(disk, flushOf(memtable, '/tables'), control), { code: 'JOB_CANCELLED' });
  t.same(await disk.list('/tables'), []);
});

t.test('a thread takes the memory away and writes the table', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'varve-flush-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const executor = new PiscinaExecutor();
  t.teardown(() => executor.close());
  const spec = flushOf(filledMemtable(), directory);
  const { outputs } = await executor.run<TableJobResult>(spec);
  t.equal(spec.entries.byteLength, 0, 'no copy is left here');
  t.match(outputs, [{ fileNumber: 1, entries: 256, tombstones: 1, smallestKey: '\0', largestKey: '\xff' }]);
});

t.test('a job that hangs is ended with its thread; the next one gets another', async (t) => {
  const clock = new VirtualClock();
  const executor = new PiscinaExecutor({ clock, worker: new URL('./hanging-worker.js', import.meta.url) });
  t.teardown(() => executor.close());
  t.equal(await executor.run({ kind: 'answer' }), 'an answer');
  for (const kind of ['wait', 'spin']) {
    const job = { kind, began: new SharedArrayBuffer(4) };
    let outcome: unknown = 'none yet';
    const ended = executor.run(job).catch((error: unknown) => {
      outcome = error;
    });
    const waiting = executor.run({ kind: 'answer' });
    while (Atomics.load(new Int32Array(job.began), 0) === 0) await sleep(5);
    clock.advance(hungJobMs);
    await sleep(20);
    t.equal(outcome, 'none yet', 'it had gone on in the meantime');
    clock.advance(hungJobMs);
    await ended;
    t.match(outcome, {
      code: 'JOB_HUNG',
      message: /the (wait|spin) job was ended: it had not gone on for 300 s/,
    });
    t.equal(await waiting, 'an answer', 'what waited for the thread is done');
  }
  t.equal(clock.pendingTimers, 0);
});

t.test('a flush whose thread dies is for its owner to pack again', async (t) => {
  const executor = new PiscinaExecutor({ worker: new URL('./dying-worker.js', import.meta.url) });
  t.teardown(() => executor.close());
  await t.rejects(executor.run(flushOf(filledMemtable(), '/nowhere')), /exit/);
});

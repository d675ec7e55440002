/** Reads are made on the calling thread while that is fast, and only tried now and then while it is not. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ReadPace } from '../../src/vfs/read-pace.js';
import { RealDisk } from '../../src/vfs/real-disk.js';

const FAST_MS = 0.002;
const DEVICE_MS = 0.1;

/** Of `count` reads, how many are made here when each of them takes `readMs(read)`. */
function readsMadeHere(pace: ReadPace, count: number, readMs: (read: number) => number): number {
  let made = 0;
  for (let read = 0; read < count; read += 1) {
    if (!pace.admits()) continue;
    made += 1;
    pace.took(readMs(read));
  }
  return made;
}

t.test('in the page cache: every read', async (t) => {
  t.equal(
    readsMadeHere(new ReadPace(), 1000, () => FAST_MS),
    1000,
  );
});

t.test('the scheduler takes the processor away now and then: still every read', async (t) => {
  t.equal(
    readsMadeHere(new ReadPace(), 10_000, (read) => (read % 500 === 0 ? 5 : FAST_MS)),
    10_000,
  );
});

t.test('from the device: a few of many', async (t) => {
  t.ok(readsMadeHere(new ReadPace(), 100_000, () => DEVICE_MS) < 200);
});

t.test('from a slow device: fewer', async (t) => {
  t.ok(readsMadeHere(new ReadPace(), 100_000, () => 10) < 30);
});

t.test('it comes back when the data is in memory', async (t) => {
  const pace = new ReadPace();
  readsMadeHere(pace, 100_000, () => DEVICE_MS);
  readsMadeHere(pace, 10_000, () => FAST_MS);
  t.equal(
    readsMadeHere(pace, 1000, () => FAST_MS),
    1000,
  );
});

t.test('a real file answers at once with exactly what was asked for, or not at all', async (t) => {
  const path = join(mkdtempSync(join(t.testdir(), 'now-')), 'file');
  writeFileSync(path, 'abcdef');
  const file = await new RealDisk().open(path, { access: 'read' });
  const target = Buffer.from('------');
  t.equal(file.readNow?.(target, 3, 2), true);
  t.equal(target.toString(), 'cde---');
  t.equal(file.readNow?.(target, 3, 4), false, 'cut by the end of the file');
  await file.close();
  t.equal(file.readNow?.(target, 3, 2), false, 'closed');
});

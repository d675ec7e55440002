/** The log is opened again while readers go on reading: they see nothing of it that a power cut could take back. */
import t from 'tap';
import { spaceRetryMs } from '../../src/partition/limits.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { Disk } from '../../src/vfs/disk.js';
import { diskError, errorCode } from '../../src/vfs/errors.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { changesOf, contentOf, mutationsOf, openOn, textOf } from './fixture.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Opening the log again is tried that often. */
async function retry(clock: VirtualClock, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    clock.advance(spaceRetryMs);
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
}

t.test('a write that may survive is not read before the log has made sure of it', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const partition = await openOn(disk, { clock });
  await partition.write(mutationsOf({ a: '1' }));
  const fullAt = (when: 'before' | 'after') => {
    disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC', when } : undefined);
  };
  fullAt('after');
  await t.rejects(partition.write(mutationsOf({ a: '2', b: '2' })), {
    code: 'OUT_OF_SPACE',
    maySurvive: true,
  });
  fullAt('before');
  await retry(clock, 3);
  t.match(partition.failure, { code: 'OUT_OF_SPACE' }, 'the log cannot write its last batch again');
  t.equal(await contentOf(partition), 'a=1');
  disk.plan = () => undefined;
  await retry(clock, 1);
  t.equal(partition.failure, undefined);
  t.equal(await contentOf(partition), 'a=2 b=2');
  await partition.write(mutationsOf({ c: '3' }));
  t.equal((await changesOf(partition, 0)).length, 3);
  await partition.close();
  const reopened = await openOn(disk);
  t.equal(await textOf(reopened, 'b'), '2');
  await reopened.close();
});

t.test('why the log cannot be opened again is told when it is not what made it fail', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const troubles: string[] = [];
  const partition = await openOn(disk, {
    clock,
    onTrouble: ({ work, error }) => troubles.push(`${work} ${errorCode(error)}`),
  });
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC' } : undefined);
  await t.rejects(partition.write(mutationsOf({ a: '1' })), { code: 'OUT_OF_SPACE' });
  disk.plan = ({ kind }) => (kind === 'open' ? { kind: 'error', code: 'ENOSPC' } : undefined);
  await retry(clock, 2);
  t.same(troubles, ['log OUT_OF_SPACE'], 'the same again is not told again');
  disk.plan = ({ kind }) => (kind === 'read' ? { kind: 'flip', bit: 1 } : undefined);
  await retry(clock, 1);
  t.same(troubles, ['log OUT_OF_SPACE', 'reopening LOG_CORRUPTION']);
  disk.plan = () => undefined;
  await retry(clock, 1);
  await partition.write(mutationsOf({ a: '2' }));
  await partition.close();
});

t.test('a file of the log that cannot be closed fails nobody', async (t) => {
  const clock = new VirtualClock();
  const { disk, refuse } = closingMayFail();
  const faulty = new FaultyDisk(disk, { clock });
  const openFiles = new OpenFiles({ limit: 4 });
  const partition = await openOn(faulty, { clock, shared: { openFiles } });
  refuse();
  faulty.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC' } : undefined);
  await t.rejects(partition.write(mutationsOf({ a: '1' })), { code: 'OUT_OF_SPACE' });
  faulty.plan = () => undefined;
  await retry(clock, 1);
  await partition.write(mutationsOf({ a: '2' }));
  // A flush goes on to the next segment.
  await partition.flush();
  await partition.write(mutationsOf({ b: '3' }));
  t.equal(await contentOf(partition), 'a=2 b=3');
  await partition.close();
  t.equal(openFiles.statistics.open, 0, 'tables are closed too');
  const reopened = await openOn(disk);
  t.equal(await contentOf(reopened), 'a=2 b=3');
  await reopened.close();
});

/** A disk of which the files of the log that are written to cannot be closed, once that is asked for. */
function closingMayFail(): { disk: Disk; refuse: () => void } {
  let isRefused = false;
  const disk: Disk = new MemoryDisk();
  const open = disk.open.bind(disk);
  disk.open = async (path, options) => {
    const file = await open(path, options);
    const close = file.close.bind(file);
    file.close = async () => {
      await close();
      if (isRefused && options.synchronous === true && path.endsWith('.wal'))
        throw diskError('EIO', 'close', path);
    };
    return file;
  };
  return { disk, refuse: () => (isRefused = true) };
}

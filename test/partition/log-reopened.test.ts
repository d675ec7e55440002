/** The log is opened again while readers go on reading: they see nothing of it that a power cut could take back. */
import t from 'tap';
import { spaceRetryMs } from '../../src/partition/limits.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { changesOf, contentOf, mutationsOf, openOn, textOf } from './fixture.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('a write that may survive is not read before the log has made sure of it', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const partition = await openOn(disk, { clock });
  await partition.write(mutationsOf({ a: '1' }));
  const fullAt = (when: 'before' | 'after') => {
    disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC', when } : undefined);
  };
  const retry = async (count: number) => {
    for (let left = count; left > 0; left -= 1) {
      clock.advance(spaceRetryMs);
      for (let turns = 0; turns < 20; turns += 1) await turn();
    }
  };
  fullAt('after');
  await t.rejects(partition.write(mutationsOf({ a: '2', b: '2' })), {
    code: 'OUT_OF_SPACE',
    maySurvive: true,
  });
  fullAt('before');
  await retry(3);
  t.match(partition.failure, { code: 'OUT_OF_SPACE' }, 'the log cannot write its last batch again');
  t.equal(await contentOf(partition), 'a=1');
  disk.plan = () => undefined;
  await retry(1);
  t.equal(partition.failure, undefined);
  t.equal(await contentOf(partition), 'a=2 b=2');
  await partition.write(mutationsOf({ c: '3' }));
  t.equal((await changesOf(partition, 0)).length, 3);
  await partition.close();
  const reopened = await openOn(disk);
  t.equal(await textOf(reopened, 'b'), '2');
  await reopened.close();
});

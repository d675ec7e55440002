/** Failures in the background: each kind is told, none floods. */
import t from 'tap';
import { diskError } from '../../src/vfs/errors.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { TroubleLog } from '../../tools/trouble-log.js';

t.test('the first of a kind is told at once, the others are counted', async (t) => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const troubles = new TroubleLog(clock, (line) => lines.push(line));
  const error = diskError('ENOSPC', 'write', '/data/a/1.sst');
  for (let i = 0; i < 50; i += 1) {
    troubles.tell({ directory: `/data/${i}`, work: 'flush', error });
    clock.advance(100);
  }
  t.same(lines, [`/data/0: writing a memtable failed, and is tried again: ${error.message}`]);
  troubles.tell({ directory: '/data/1', work: 'merge', error });
  t.equal(lines.length, 2, 'another kind');
  clock.advance(30_000);
  troubles.tell({ directory: '/data/2', work: 'flush', error });
  t.match(lines[2], /^\/data\/2: .*\(and 49 times since the last line\)$/);
  const log = new Error('not written: the log has failed', { cause: diskError('EIO', 'write', '/data/log') });
  troubles.tell({ directory: '/data/3', work: 'log', error: log });
  t.match(lines[3], /EIO/, 'with what is behind it');
});

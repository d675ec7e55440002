/** What the daemon's log says of a start. */
import t from 'tap';
import { RecoveryLog } from '../../tools/recovery-log.js';

t.test('a line for each write that was cut off, and one for all that was taken over', async (t) => {
  const lines: string[] = [];
  const log = new RecoveryLog({
    info: (line) => void lines.push(`info ${line}`),
    warn: (line) => void lines.push(`warn ${line}`),
  });
  log.sum();
  t.same(lines, [], 'nothing to say');
  log.tell({
    directory: '/data/a',
    records: 1900,
    tornTail: { file: '/data/a/1.wal', offset: 4096, bytes: 4480 },
  });
  log.tell({ directory: '/data/b', records: 5 });
  log.tell({ directory: '/data/c', records: 0, tornTail: { file: '/data/c/1.wal', offset: 512, bytes: 64 } });
  log.sum();
  t.same(lines, [
    'warn /data/a/1.wal: a write that was cut off at byte 4096, and never acknowledged, was removed (4.48 kB)',
    'warn /data/c/1.wal: a write that was cut off at byte 512, and never acknowledged, was removed (64 bytes)',
    'info took over 1,905 writes from 2 logs',
  ]);
});

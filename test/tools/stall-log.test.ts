import t from 'tap';
import type { StallChange } from '../../src/partition/types.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { StallLog } from '../../tools/stall-log.js';

t.test('a stall is told of when it lasts, and when it ends; many are counted', async (t) => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const log = new StallLog(clock, (line) => lines.push(line));
  const begun = (directory: string) => log.tell({ directory, state: 'begun', reason: 'the disk is slow' });
  const ended = (directory: string, durationMs: number) => {
    const change: StallChange = { state: 'ended', durationMs, writes: 7 };
    log.tell({ directory, ...change });
  };
  begun('/a');
  clock.advance(900);
  ended('/a', 900);
  clock.advance(10_000);
  t.same(lines, [], 'too short');

  begun('/a');
  begun('/b');
  begun('/c');
  clock.advance(1_500);
  ended('/a', 1_500);
  ended('/b', 1_500);
  t.same(lines.splice(0), [
    '/a: writes wait: the disk is slow',
    '/a: writes go on after 1.5 s, in which 7 waited',
  ]);
  clock.advance(10_000);
  begun('/d');
  clock.advance(1_000);
  t.same(lines, ['/d: writes wait: the disk is slow (so did 2 others since the last line)']);
});

import t from 'tap';

import { randomBelow, randomFraction, SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock, SystemRandom } from '../../src/vfs/system-clock.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

t.test('virtual time passes when told to, and timers fire in order', async (t) => {
  const clock = new VirtualClock(1000);
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name}@${clock.monotonic()}`);
  clock.after(20, note('late'));
  clock.after(10, note('first'));
  clock.after(10, note('second'));
  clock.after(15, note('cancelled')).cancel();
  clock.after(5, () => clock.after(6, note('nested')));
  clock.advance(19);
  t.same(fired, ['first@10', 'second@10', 'nested@11']);
  t.equal(clock.now(), 1019);
  t.equal(clock.pendingTimers, 1);
  t.ok(clock.advanceToNext());
  t.notOk(clock.advanceToNext());
  t.same(fired.at(-1), 'late@20');
});

t.test('the wall clock jumps, the monotonic one does not', async (t) => {
  const clock = new VirtualClock(1000);
  clock.advance(5);
  clock.jump(-500);
  t.equal(clock.now(), 505);
  t.equal(clock.monotonic(), 5);
});

t.test('a seed gives the same numbers, another seed others', async (t) => {
  const draw = (seed: number) => {
    const random = new SeededRandom(seed);
    return [random.uint32(), random.uint32(), random.uint32()];
  };
  t.same(draw(42), [1_264_412_219, 1_947_509_147, 3_919_439_299]);
  t.notSame(draw(42), draw(43));
  t.notSame(draw(42), draw(42 + 2 ** 32));
  const random = new SeededRandom(7);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const digit = Math.floor(randomFraction(random) * 10);
    counts[digit] = (counts[digit] ?? 0) + 1;
    t.ok(randomBelow(random, 3) < 3);
  }
  t.ok(
    counts.every((count) => count > 850 && count < 1150),
    `uniform: ${counts}`,
  );
});

t.test('the system', async (t) => {
  const clock = new SystemClock();
  t.ok(Math.abs(clock.now() - Date.now()) < 1000);
  const before = clock.monotonic();
  await new Promise<void>((resolve) => {
    clock.after(5, resolve);
    const alive = setInterval(() => clearInterval(alive), 20);
  });
  t.ok(clock.monotonic() - before >= 4);
  clock.after(1, () => t.fail('was cancelled')).cancel();
  const random = new SystemRandom();
  const drawn = new Set(Array.from({ length: 2000 }, () => random.uint32()));
  t.ok(drawn.size > 1990);
  t.equal(random.bytes(33).length, 33);
});

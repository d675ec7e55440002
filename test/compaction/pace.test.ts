/** The rate of merges: held to it, unless somebody waits. */
import t from 'tap';

import { JobControl, passOn } from '../../src/compaction/job-control.js';
import { paceSliceMs } from '../../src/compaction/limits.js';
import { Pace } from '../../src/compaction/pace.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Moves the clock until `waiting` is over; the milliseconds that took. */
async function waitOf(
  clock: VirtualClock,
  waiting: Promise<void> | undefined,
  onStep?: (ms: number) => void,
) {
  let over = waiting === undefined;
  waiting?.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  const start = clock.monotonic();
  for (; !over; await turn()) {
    clock.advance(paceSliceMs);
    onStep?.(clock.monotonic() - start);
  }
  return clock.monotonic() - start;
}

t.test('a merge takes the time that its bytes have at that rate', async (t) => {
  const clock = new VirtualClock();
  const pace = new Pace(clock, 1_000_000, new JobControl());
  t.equal(pace.reached(1_000), undefined, 'ahead by a millisecond: not worth a timer');
  let waited = 0;
  for (let bytes = 100_000; bytes <= 2_000_000; bytes += 100_000) {
    waited += await waitOf(clock, pace.reached(bytes));
  }
  t.ok(waited >= 1_980 && waited <= 2_020, `${waited} ms for 2 MB at 1 MB/s`);
  clock.advance(5_000);
  t.equal(pace.reached(2_100_000), undefined, 'whoever is late does not wait');
});

t.test('without a rate there is no wait', async (t) => {
  t.equal(new Pace(new VirtualClock(), 0, new JobControl()).reached(1e12), undefined);
});

t.test('told to hurry it stops waiting within a slice, and waits no more', async (t) => {
  const clock = new VirtualClock();
  const control = new JobControl();
  const hurry = new AbortController();
  passOn({ hurry: hurry.signal }, new JobControl(control.shared));
  const pace = new Pace(clock, 1_000, control);
  const waited = await waitOf(clock, pace.reached(1_000_000), (ms) => {
    if (ms >= 200) hurry.abort();
  });
  t.ok(waited >= 200 && waited <= 200 + 2 * paceSliceMs, `${waited} ms`);
  t.equal(pace.reached(9_000_000), undefined);
});

t.test('cancelled while it waits, the job ends within a slice', async (t) => {
  const clock = new VirtualClock();
  const control = new JobControl();
  const waiting = new Pace(clock, 1_000, control).reached(1_000_000);
  const waited = await waitOf(clock, waiting, () => control.cancel());
  t.ok(waited <= 3 * paceSliceMs, `${waited} ms`);
  await t.rejects(waiting ?? Promise.resolve(), { code: 'JOB_CANCELLED' });
});

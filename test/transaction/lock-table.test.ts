/** Who gets a lock, in which order, and who is told to come again. */
import t from 'tap';
import { LockConflictError } from '../../src/transaction/errors.js';
import { type LockMode, LockSpace, type Locks, LockTable } from '../../src/transaction/lock-table.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

const WAIT_MS = 1000;

function openTable(options = {}) {
  const clock = new VirtualClock();
  const table = new LockTable(clock, { waitMs: WAIT_MS, ...options });
  const space = new LockSpace('t/0');
  const log: string[] = [];
  /** `S:a X:b`. Notes in the log when it has them all, or that it does not get them. */
  const ask = async (name: string, wanted: string): Promise<Locks | undefined> => {
    const requests = wanted.split(' ').map((each) => ({
      space,
      key: each.slice(2),
      mode: (each.startsWith('S') ? 'shared' : 'exclusive') as LockMode,
    }));
    try {
      const locks = table.acquire(requests);
      log.push(locks instanceof Promise ? `${name} waits` : `${name} has`);
      if (locks instanceof Promise) await locks.then(() => log.push(`${name} has`));
      return locks;
    } catch (error) {
      if (!(error instanceof LockConflictError)) throw error;
      log.push(`${name} fails at ${error.position}`);
      return undefined;
    }
  };
  return { clock, table, space, log, ask };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('shared locks go together, exclusive ones alone, first come first served', async (t) => {
  const { log, ask, space } = openTable();
  const a = await ask('a', 'S:k');
  const b = await ask('b', 'S:k');
  const c = ask('c', 'X:k');
  const d = ask('d', 'S:k');
  const e = ask('e', 'S:k');
  const f = ask('f', 'X:other');
  a?.release();
  await turn();
  t.same(log, ['a has', 'b has', 'c waits', 'd waits', 'e waits', 'f has'], 'd does not overtake c');
  b?.release();
  await turn();
  t.same(log.splice(0).slice(6), ['c has']);
  (await c)?.release();
  (await d)?.release();
  t.equal(space.isLocked('k'), true);
  (await e)?.release();
  (await f)?.release();
  t.same(log, ['d has', 'e has'], 'those who share come in together');
  t.equal(space.isLocked('k'), false, 'and nothing is left');
});

t.test('a wait ends after its time, and then nothing is held', async (t) => {
  const { clock, log, ask, table, space } = openTable();
  const first = await ask('first', 'X:b');
  const second = ask('second', 'X:c X:b X:a');
  const third = ask('third', 'X:a');
  clock.advance(WAIT_MS - 1);
  await turn();
  t.same(log.splice(0), ['first has', 'second waits', 'third waits']);
  clock.advance(1);
  await Promise.all([second, third]);
  t.same(log.toSorted(), ['second fails at 1', 'third has'], 'what it held goes to the next');
  t.equal(space.isLocked('c'), false);
  first?.release();
  (await third)?.release();
  t.match(table.statistics, { acquired: 2, waited: 2, conflicts: 1, holders: 0, waitMs: 2 * WAIT_MS });
  t.equal(clock.pendingTimers, 0);
});

t.test('who leaves a queue lets those behind it through', async (t) => {
  const { clock, log, ask } = openTable();
  const a = await ask('a', 'S:k');
  const b = ask('b', 'X:k');
  clock.advance(WAIT_MS / 2);
  const c = ask('c', 'S:k');
  clock.advance(WAIT_MS / 2);
  await Promise.all([b, c]);
  t.same(log.slice(3).toSorted(), ['b fails at 0', 'c has']);
  a?.release();
});

t.test('the wait is bounded over all locks of an operation', async (t) => {
  const { clock, log, ask } = openTable();
  const a = await ask('a', 'X:1');
  await ask('b', 'X:2');
  const c = ask('c', 'X:1 X:2');
  clock.advance(WAIT_MS * 0.9);
  a?.release();
  await turn();
  clock.advance(WAIT_MS * 0.1);
  await c;
  t.same(log.slice(2), ['c waits', 'c fails at 1']);
});

t.test('a queue has an end', async (t) => {
  const { log, ask } = openTable({ waitersMax: 2 });
  await ask('a', 'X:k');
  void ask('b', 'X:k');
  void ask('c', 'X:k');
  await ask('d', 'X:k');
  t.same(log.slice(3), ['d waits', 'd fails at 0']);
});

t.test('locks of several partitions are taken in the order of their names', async (t) => {
  const { table } = openTable();
  const [first, second] = [new LockSpace('a'), new LockSpace('b')];
  const blocking = await table.acquire([{ space: first, key: 'z', mode: 'exclusive' }]);
  const waiting = table.acquire([
    { space: second, key: 'a', mode: 'exclusive' },
    { space: first, key: 'z', mode: 'exclusive' },
  ]);
  t.equal(second.isLocked('a'), false, 'nothing of a later partition is held while it waits');
  blocking.release();
  (await waiting).release();
});

t.test('operations on 100 keys in opposite orders do not stop each other', async (t) => {
  const { table, space, clock } = openTable();
  const keys = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, '0'));
  const random = new SeededRandom(5);
  let inside = 0;
  const work = async (client: number) => {
    const order = client % 2 === 0 ? keys : keys.toReversed();
    for (let round = 0; round < 10; round += 1) {
      const locks = await table.acquire(order.map((key) => ({ space, key, mode: 'exclusive' as const })));
      inside += 1;
      t.equal(inside, 1, 'one at a time');
      for (let i = randomBelow(random, 3); i >= 0; i -= 1) await turn();
      inside -= 1;
      locks.release();
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, client) => work(client)));
  t.match(table.statistics, { acquired: 80, conflicts: 0, holders: 0 });
  t.equal(clock.pendingTimers, 0);
});

t.test('keys in random orders: everybody gets through, nobody in between', async (t) => {
  const seed = 11;
  t.comment(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const { table, space } = openTable();
  const holders = new Map<string, number>();
  const work = async () => {
    for (let round = 0; round < 30; round += 1) {
      const wanted = new Map<string, LockMode>();
      for (let i = 1 + randomBelow(random, 6); i > 0; i -= 1) {
        wanted.set(`k${randomBelow(random, 12)}`, randomBelow(random, 2) === 0 ? 'shared' : 'exclusive');
      }
      const locks = await table.acquire([...wanted].map(([key, mode]) => ({ space, key, mode })));
      for (const [key, mode] of wanted) {
        const before = holders.get(key) ?? 0;
        if (mode === 'exclusive' ? before !== 0 : before < 0) t.fail(`${key} is held already`);
        holders.set(key, mode === 'exclusive' ? -1 : before + 1);
      }
      await turn();
      for (const [key, mode] of wanted)
        holders.set(key, mode === 'exclusive' ? 0 : (holders.get(key) ?? 0) - 1);
      locks.release();
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  t.match(table.statistics, { acquired: 480, conflicts: 0, holders: 0 });
});

t.test('a hot key with 64 writers is shared out evenly', async (t) => {
  const { table, space } = openTable();
  const counts = new Array<number>(64).fill(0);
  const writer = async (index: number) => {
    for (let total = 0; total < 6400; total = counts.reduce((sum, count) => sum + count)) {
      const locks = await table.acquire([{ space, key: 'hot', mode: 'exclusive' }]);
      counts[index] = (counts[index] ?? 0) + 1;
      await undefined;
      locks.release();
    }
  };
  await Promise.all(counts.map((_, index) => writer(index)));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  t.comment(`64 writers of one key: each had it ${least} to ${most} times`);
  t.ok(most - least <= 1);
});

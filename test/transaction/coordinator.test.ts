/** What a transaction does while nothing breaks: all or nothing, one after the other, seen whole. */
import t from 'tap';
import { DECISIONS_REMOVED_MS } from '../../src/transaction/limits.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { openOn } from '../partition/fixture.js';
import { change, check, dump, type Node, openNode, PARTITIONS, put, read, turn, turns } from './fixture.js';

t.test('writes everything, and answers in the order of the actions', async (t) => {
  const node = await openNode(new MemoryDisk());
  const first = await node.coordinator.write([put(node, 'p2/b', '1'), put(node, 'p0/a', '1')]);
  t.same(first, { kind: 'committed', replies: ['absent', 'absent'] });
  const second = await node.coordinator.write([
    put(node, 'p2/b', null),
    check(node, 'p0/a', '1'),
    change(node, 'p2/c', () => '2'),
  ]);
  t.same(second, { kind: 'committed', replies: ['1', '1', 'absent'] });
  t.equal(await dump(node), 'p0/a=1 p2/c=2');
  t.match(node.coordinator.statistics, { committed: 2, overSeveralPartitions: 1, refused: 0, inDoubt: 0 });
  t.match(node.coordinator.locks.statistics, { acquired: 2, holders: 0 });
  await node.close();
});

t.test('one refusal refuses all, and each says why', async (t) => {
  const node = await openNode(new MemoryDisk());
  await node.coordinator.write([put(node, 'p0/a', '1'), put(node, 'p1/b', '1')]);
  const outcome = await node.coordinator.write([
    put(node, 'p0/a', '2'),
    check(node, 'p1/b', '9'),
    put(node, 'p2/c', '2'),
    change(node, 'p3/d', () => undefined),
  ]);
  t.same(outcome, { kind: 'refused', refusals: [undefined, '1', undefined, 'absent'] });
  t.equal(await dump(node), 'p0/a=1 p1/b=1');
  t.equal(node.participants[0]?.locks.isLocked('a'), false);
  await node.close();
});

t.test('what an action throws ends the transaction without a trace', async (t) => {
  const node = await openNode(new MemoryDisk());
  const broken = change(node, 'p1/b', () => {
    throw new Error('broken');
  });
  await t.rejects(node.coordinator.write([put(node, 'p0/a', '1'), broken]), { message: 'broken' });
  t.equal(await dump(node), '');
  t.match(node.coordinator.locks.statistics, { holders: 0 });
  await node.close();
});

/** Holds back every write to files of that directory. */
function hold(disk: FaultyDisk, clock: VirtualClock, directory: string): () => void {
  disk.plan = ({ kind, path }) =>
    kind === 'write' && path.startsWith(directory) ? { kind: 'delay', delayMs: 1 } : undefined;
  return () => {
    disk.plan = () => undefined;
    clock.advance(1);
  };
}

async function openFaulty() {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  return { clock, disk, node: await openNode(disk, { clock }) };
}

t.test('nobody gets the locks before the outcome is durable', async (t) => {
  for (const [held, places] of [
    ['/p0', ['p0/a', 'p0/b']],
    ['/transactions', ['p0/a', 'p1/b']],
  ] as const) {
    const { clock, disk, node } = await openFaulty();
    await node.coordinator.write(places.map((place) => put(node, place, '1')));
    const release = hold(disk, clock, held);
    const writing = node.coordinator.write(places.map((place) => put(node, place, '2')));
    await turns(5);
    t.equal(node.participants[0]?.locks.isLocked('a'), true, `while ${held} is being written`);
    t.equal(await read(node, 'p0/a'), '1', 'a reader does not wait, and sees what was');
    let next = false;
    const following = node.coordinator.write([change(node, 'p0/a', (current) => `${current}+`)]);
    void following.then(() => {
      next = true;
    });
    await turns(5);
    t.equal(next, false);
    release();
    await writing;
    t.same(await following, { kind: 'committed', replies: ['2'] });
    t.equal(await read(node, 'p0/a'), '2+');
    await node.close();
  }
});

t.test('a transaction is not told of what a crash could take back', async (t) => {
  const { clock, disk, node } = await openFaulty();
  const release = hold(disk, clock, '/p0');
  const [first] = node.participants;
  void first?.partition.write([{ key: 'a', value: Buffer.from('1') }]);
  const order: string[] = [];
  const refused = node.coordinator.write([check(node, 'p0/a', '2')]).then(() => order.push('refused'));
  const checked = node.coordinator
    .write([check(node, 'p0/a', '1'), put(node, 'p1/b', '1')])
    .then(() => order.push('checked'));
  await turns(10);
  t.same(order, []);
  t.equal(await read(node, 'p1/b'), undefined, 'what depends on it is not there before it');
  release();
  await Promise.all([refused, checked]);
  t.equal(await read(node, 'p1/b'), '1');
  await node.close();
});

t.test('a check holds what it checked until the end', async (t) => {
  const { clock, disk, node } = await openFaulty();
  await node.coordinator.write([put(node, 'p0/on-call', 'x'), put(node, 'p1/on-call', 'y')]);
  const release = hold(disk, clock, '/transactions');
  // Write skew: each leaves as long as the other stays.
  const leave = (from: string, other: string, who: string) =>
    node.coordinator.write([
      check(node, other, who),
      put(node, from, null),
      put(node, `p3/without-${who}`, from),
    ]);
  const both = Promise.all([leave('p0/on-call', 'p1/on-call', 'y'), leave('p1/on-call', 'p0/on-call', 'x')]);
  await turns(10);
  release();
  t.same((await both).map(({ kind }) => kind).sort(), ['committed', 'refused']);
  await node.close();
});

t.test('all participants show it in the same step', async (t) => {
  const { node } = await openFaulty();
  const places = Array.from({ length: PARTITIONS }, (_, index) => `p${index}/k`);
  let over = false;
  const writing = (async () => {
    for (let round = 1; round <= 50; round += 1) {
      await node.coordinator.write(places.map((place) => put(node, place, String(round))));
    }
    over = true;
  })();
  const seen = new Set<string>();
  while (!over) {
    const snapshots = node.participants.map(({ partition }) => partition.snapshot());
    await undefined;
    const values = node.participants.map(({ partition }, index) =>
      String(partition.get('k', snapshots[index])),
    );
    for (const snapshot of snapshots) snapshot.release();
    if (new Set(values).size !== 1) t.fail(`half a transaction: ${values}`);
    seen.add(values[0] ?? '');
    await turn();
  }
  await writing;
  t.ok(seen.size > 5, `${seen.size} moments were seen`);
  await node.close();
});

t.test('decisions go once every participant knows', async (t) => {
  const disk = new MemoryDisk();
  const node = await openNode(disk);
  await node.coordinator.write([put(node, 'p0/a', '1'), put(node, 'p1/b', '1')]);
  await turns(5);
  node.clock.advance(DECISIONS_REMOVED_MS);
  await turns(5);
  await node.close();
  const decisions = await openOn(disk, { directory: '/transactions' });
  t.equal(decisions.statistics.sequence, 2, 'one record put it there, one removed it');
  t.equal(await decisions.range({}).next(), undefined);
  await decisions.close();
});

t.test('transfers between accounts keep the sum, and those in opposite orders get through', async (t) => {
  const seed = 7;
  t.comment(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const node = await openNode(new MemoryDisk());
  const accounts = Array.from({ length: 8 }, (_, index) => `p${index % PARTITIONS}/account${index}`);
  await node.coordinator.write(accounts.map((place) => put(node, place, '100')));
  const transfer = async () => {
    const from = accounts[randomBelow(random, accounts.length)] as string;
    const to = accounts[randomBelow(random, accounts.length)] as string;
    const amount = 1 + randomBelow(random, 60);
    if (from === to) return;
    await node.coordinator.write([
      change(node, from, (balance) =>
        Number(balance) < amount ? undefined : String(Number(balance) - amount),
      ),
      change(node, to, (balance) => String(Number(balance) + amount)),
    ]);
  };
  const client = async () => {
    for (let i = 0; i < 20; i += 1) await transfer();
  };
  await Promise.all(Array.from({ length: 16 }, client));
  const balances = (await dump(node)).split(' ').map((each) => Number(each.split('=')[1]));
  t.equal(
    balances.reduce((sum, balance) => sum + balance),
    800,
  );
  t.ok(balances.every((balance) => balance >= 0));
  const { committed, refused } = node.coordinator.statistics;
  const { waited, conflicts } = node.coordinator.locks.statistics;
  t.comment(`${committed} committed, ${refused} refused, ${waited} waited, ${conflicts} conflicts`);
  t.equal(conflicts, 0);
  await node.close();
});

async function increments(
  node: Node,
  clients: number,
  each: number,
  places: readonly string[],
): Promise<void> {
  const client = async (index: number) => {
    const order = index % 2 === 0 ? places : places.toReversed();
    for (let i = 0; i < each; i += 1) {
      const actions = order.map((place) => change(node, place, (count) => String(Number(count ?? 0) + 1)));
      await node.coordinator.write(actions);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
}

t.test('transactions of 100 items in opposite orders', async (t) => {
  const node = await openNode(new MemoryDisk());
  const places = Array.from({ length: 100 }, (_, index) => `p${index % PARTITIONS}/k${index}`);
  await increments(node, 8, 3, places);
  for (const place of places) t.equal(await read(node, place), '24', place);
  await node.close();
});

t.test('64 writers of one key', async (t) => {
  const node = await openNode(new MemoryDisk());
  await increments(node, 64, 4, ['p0/hot', 'p1/hot']);
  t.equal(await read(node, 'p0/hot'), '256');
  t.match(node.coordinator.locks.statistics, { acquired: 256, conflicts: 0 });
  await node.close();
});

/** The power fails, or the disk does, at each step of a transaction over all partitions: all of it or nothing. */
import t, { type Test } from 'tap';
import { spaceRetryMs } from '../../src/partition/limits.js';
import { DECISION_RETRY_MS } from '../../src/transaction/limits.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { cutPower } from '../vfs/power-cut.js';
import { check, dump, type Node, type Outcome, openNode, put, read, tokenOf, turns } from './fixture.js';

const BEFORE = 'p0/a=1 p1/b=1 p2/c=1';
const AFTER = 'p0/a=2 p2/c=2 p3/d=2';
const TOKEN = tokenOf('token', 'writeAll');

/** Writes to four partitions, with a token. */
function writeAll(node: Node): Promise<Outcome> {
  return node.coordinator.write(
    [put(node, 'p3/d', '2'), put(node, 'p0/a', '2'), put(node, 'p2/c', '2'), put(node, 'p1/b', null)],
    { token: TOKEN },
  );
}

/** Writes to one partition after a look at another, with a token. */
function writeOne(node: Node): Promise<Outcome> {
  return node.coordinator.write([put(node, 'p0/a', '2'), check(node, 'p1/b', '1'), put(node, 'p0/x', '2')], {
    token: TOKEN,
  });
}

const AFTER_ONE = 'p0/a=2 p0/x=2 p1/b=1 p2/c=1';

async function prepareDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const node = await openNode(disk);
  await node.coordinator.write([put(node, 'p0/a', '1'), put(node, 'p1/b', '1'), put(node, 'p2/c', '1')]);
  await node.close();
  return disk;
}

/** Tries again with the same token after a restart: it is there once, whatever was there before. */
async function afterRestart(
  t: Test,
  disk: MemoryDisk,
  work: (node: Node) => Promise<Outcome>,
): Promise<{ found: string; kind: string; then: string }> {
  const node = await openNode(disk, { seed: 2 });
  const found = await dump(node);
  for (const { partition } of node.participants) t.equal(partition.prepared.size, 0, 'nothing is in doubt');
  const { kind } = await work(node);
  const then = await dump(node);
  await node.close();
  const again = await openNode(disk, { seed: 3 });
  t.equal(await dump(again), then, 'it stays so');
  t.same(await work(again), { kind: 'repeated' });
  await again.close();
  return { found, kind, then };
}

for (const [name, work, after] of [
  ['over four partitions', writeAll, AFTER],
  ['in one partition', writeOne, AFTER_ONE],
] as const) {
  t.test(`power fails at each step of a transaction ${name}`, async (t) => {
    const met = { before: 0, after: 0, acknowledged: 0 };
    for (const survive of [0, 0.5, 1]) {
      for (let step = 0, ended = false; !ended; step += 1) {
        const memory = await prepareDisk();
        const disk = new FaultyDisk(memory);
        const node = await openNode(disk);
        let acknowledged = false;
        let acknowledgedAtCut = false;
        const cut = cutPower(disk, memory, {
          step,
          survive,
          seed: 10 * step + 2 * survive,
          onCut: () => {
            acknowledgedAtCut = acknowledged;
          },
        });
        const working = work(node).then(
          () => {
            acknowledged = true;
          },
          () => undefined,
        );
        await Promise.race([working, turns(15)]);
        // The commit records, then the removal of the decision.
        for (let i = 0; i < 3; i += 1) {
          node.clock.advance(1000);
          await turns(5);
        }
        await node.close().catch(() => undefined);
        ended = cut.remains === undefined;
        const { found, kind, then } = await afterRestart(t, cut.remains ?? memory, work);
        const isAfter = found === after;
        if (acknowledgedAtCut || ended) {
          t.equal(found, after, `step ${step}, ${survive}: what was acknowledged is there`);
          met.acknowledged += 1;
        } else {
          t.ok(isAfter || found === BEFORE, `step ${step}, ${survive}: all or nothing, not "${found}"`);
        }
        t.equal(kind, isAfter ? 'repeated' : 'committed', 'the token knows whether it is there');
        t.equal(then, after, 'and then it is');
        met[isAfter ? 'after' : 'before'] += 1;
      }
    }
    t.comment(
      `${met.before} times nothing, ${met.after} times all, of these ${met.acknowledged} acknowledged`,
    );
    t.ok(met.before > 0 && met.after > met.acknowledged && met.acknowledged > 3, 'each ending was met');
  });
}

t.test('each write of a transaction fails once', async (t) => {
  const outcomes: string[] = [];
  for (const when of ['before', 'after'] as const) {
    for (let nth = 0; nth < 5; nth += 1) {
      const memory = await prepareDisk();
      const disk = new FaultyDisk(memory);
      const node = await openNode(disk);
      let writes = 0;
      disk.plan = ({ kind }) => {
        if (kind !== 'write') return undefined;
        writes += 1;
        return writes === nth + 1 ? { kind: 'error', code: 'EIO', when } : undefined;
      };
      const outcome = await writeAll(node).then(
        ({ kind }) => kind,
        (error) => error.code,
      );
      outcomes.push(outcome);
      await turns(5);
      const live = await dump(node);
      t.equal(
        live,
        outcome === 'committed' ? AFTER : BEFORE,
        `write ${nth} failed, and readers see one moment`,
      );
      const inDoubt = outcome === 'WRITE_UNCERTAIN';
      t.equal(node.participants[0]?.locks.isLocked('a'), inDoubt, 'locks are held while it is in doubt');
      if (inDoubt) await t.rejects(writeAll(node), { code: 'TOKEN_IN_PROGRESS' });
      await node.close();
      const { found, kind } = await afterRestart(t, memory, writeAll);
      const decided = outcome === 'committed' || (inDoubt && when === 'after');
      t.equal(found, decided ? AFTER : BEFORE);
      t.equal(kind, decided ? 'repeated' : 'committed');
    }
  }
  const expected = ['READ_ONLY', 'READ_ONLY', 'READ_ONLY', 'READ_ONLY', 'WRITE_UNCERTAIN'];
  t.same(outcomes, [...expected, ...expected], 'four prepares and a decision');
});

t.test('a decision that the full disk did not take is recorded when there is space', async (t) => {
  for (const when of ['before', 'after'] as const) {
    const clock = new VirtualClock();
    const disk = new FaultyDisk(await prepareDisk(), { clock });
    const node = await openNode(disk, { clock });
    disk.plan = ({ kind, path }) =>
      kind === 'write' && path.startsWith('/transactions')
        ? { kind: 'error', code: 'ENOSPC', when }
        : undefined;
    await t.rejects(writeAll(node), { code: 'OUT_OF_SPACE', maySurvive: true });
    t.equal(await dump(node), BEFORE);
    t.equal(node.coordinator.statistics.inDoubt, 1);
    const waiting = node.coordinator.write([put(node, 'p0/a', '3')]);
    const conflict = t.rejects(waiting, { code: 'LOCK_CONFLICT', position: 0 });
    await t.rejects(writeAll(node), { code: 'TOKEN_IN_PROGRESS' });
    clock.advance(1000);
    await turns(10);
    await conflict;
    disk.plan = () => undefined;
    for (let i = 0; i < 4; i += 1) {
      clock.advance(DECISION_RETRY_MS);
      await turns(20);
    }
    t.equal(await dump(node), AFTER);
    t.match(node.coordinator.statistics, { inDoubt: 0 });
    t.same(await writeAll(node), { kind: 'repeated' });
    t.same(await node.coordinator.write([put(node, 'p0/a', '3')]), { kind: 'committed', replies: ['2'] });
    await node.close();
  }
});

t.test('a single record that a full disk may have taken: its token knows afterwards', async (t) => {
  for (const [when, kind] of [
    ['before', 'committed'],
    ['after', 'repeated'],
  ] as const) {
    const clock = new VirtualClock();
    const disk = new FaultyDisk(await prepareDisk(), { clock });
    const node = await openNode(disk, { clock });
    disk.plan = (operation) =>
      operation.kind === 'write' ? { kind: 'error', code: 'ENOSPC', when } : undefined;
    await t.rejects(writeOne(node), { code: 'OUT_OF_SPACE', maySurvive: true });
    await t.rejects(writeOne(node), { code: 'OUT_OF_SPACE' });
    disk.plan = () => undefined;
    clock.advance(1000);
    await turns(20);
    t.equal((await writeOne(node)).kind, kind);
    t.equal(await read(node, 'p0/x'), '2');
    await node.close();
  }
});

t.test('what a single record that may survive depends on stays as it was', async (t) => {
  // Write skew: each of two gives up its own on condition that the other's is still there.
  const leave = (node: Node, own: string, other: string) =>
    node.coordinator.write([put(node, own, null), check(node, other, '1')]);
  for (const [code, when, goesOn] of [
    ['EIO', 'before', false],
    ['EIO', 'after', false],
    ['ENOSPC', 'before', true],
    ['ENOSPC', 'after', true],
  ] as const) {
    const label = `${code} ${when} the write took effect`;
    const clock = new VirtualClock();
    const memory = await prepareDisk();
    const disk = new FaultyDisk(memory, { clock });
    // Shorter than a log with a full disk waits to be opened again.
    const waitMs = spaceRetryMs / 2;
    const node = await openNode(disk, { clock, options: { waitMs } });
    disk.plan = ({ kind, path }) =>
      kind === 'write' && path.startsWith('/p0') ? { kind: 'error', code, when } : undefined;
    await t.rejects(leave(node, 'p0/a', 'p1/b'), {
      code: goesOn ? 'OUT_OF_SPACE' : 'WRITE_UNCERTAIN',
    });
    t.equal(node.coordinator.statistics.inDoubt, 1);
    t.equal(node.participants[1]?.locks.isLocked('b'), true, 'what was checked is locked');
    const conflict = t.rejects(leave(node, 'p1/b', 'p0/a'), { code: 'LOCK_CONFLICT' });
    clock.advance(waitMs);
    await conflict;
    disk.plan = () => undefined;
    clock.advance(spaceRetryMs);
    await turns(20);
    t.equal(node.coordinator.statistics.inDoubt, goesOn ? 0 : 1, label);
    if (goesOn) {
      const { kind } = await leave(node, 'p1/b', 'p0/a');
      t.equal(kind, when === 'after' ? 'refused' : 'committed', label);
    } else {
      t.equal(node.participants[1]?.locks.isLocked('b'), true, label);
    }
    await node.close();
    const again = await openNode(memory, { seed: 2 });
    const left = [await read(again, 'p0/a'), await read(again, 'p1/b')];
    t.not(left.filter((value) => value === '1').length, 0, `${label}: one of the two is still there`);
    await again.close();
  }
});

t.test('a single record that may survive, and depends on nothing elsewhere, keeps no locks', async (t) => {
  const disk = new FaultyDisk(await prepareDisk());
  const node = await openNode(disk);
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO', when: 'after' } : undefined);
  await t.rejects(node.coordinator.write([put(node, 'p0/a', '2'), check(node, 'p0/x', undefined)]), {
    code: 'WRITE_UNCERTAIN',
  });
  t.equal(node.participants[0]?.locks.isLocked('a'), false);
  t.equal(node.coordinator.statistics.inDoubt, 0);
  await node.close();
});

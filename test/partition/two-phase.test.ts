/** A partition's part in a transaction: prepared, then seen by all at once, whatever becomes of the disk. */
import t, { type Test } from 'tap';
import { outcomeDelayMs, spaceRetryMs } from '../../src/partition/limits.js';
import type { Change, Partition } from '../../src/partition/types.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { cutPower } from '../vfs/power-cut.js';
import { listing, mutationsOf, openOn, textOf } from './fixture.js';

const ID = '00112233445566778899aabbccddeeff';
const OTHER_ID = 'ffeeddccbbaa99887766554433221100';
const stamp = { id: ID, timestampMs: 1234 };
const participants = ['here', 'there'];

/** Holds every write to the log back until it is called. */
function holdWrites(disk: FaultyDisk, clock: VirtualClock): () => void {
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'delay', delayMs: 1 } : undefined);
  return () => {
    disk.plan = () => undefined;
    clock.advance(1);
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** An outcome is not written at once: lets the time pass. */
async function settled(clock: VirtualClock, outcome: Promise<void>): Promise<void> {
  clock.advance(outcomeDelayMs);
  await outcome;
}

async function changesOf(partition: Partition): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const change of partition.changes(0)) changes.push(change);
  return changes;
}

t.test('what is prepared is seen by nobody, what is committed by everybody at once', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const partition = await openOn(disk, { clock });
  await partition.write(mutationsOf({ a: '1', b: '1', c: '1', e: '1' }));
  await partition.prepare(ID, mutationsOf({ b: '2', c: null, d: '2' }), participants);
  const before = partition.snapshot();
  t.equal(await listing(partition.range({})), 'a=1 b=1 c=1 e=1');
  t.same([...partition.prepared.keys()], [ID]);

  const release = holdWrites(disk, clock);
  const committed = partition.commit(ID, stamp);
  const after = partition.snapshot();
  let durable = false;
  const noted = committed.then(() => {
    durable = true;
  });
  const look = async (moment: string) => {
    t.equal(await listing(partition.range({})), 'a=1 b=2 d=2 e=1', moment);
    t.equal(await listing(partition.range({ reverse: true })), 'e=1 d=2 b=2 a=1', moment);
    t.equal(await listing(partition.range({ from: 'b', to: 'd' })), 'b=2', moment);
    t.equal(await listing(partition.range({ from: 'b', to: 'e', reverse: true })), 'd=2 b=2', moment);
    t.equal(await listing(partition.range({}, after)), 'a=1 b=2 d=2 e=1', moment);
    t.equal(await listing(partition.range({}, before)), 'a=1 b=1 c=1 e=1', moment);
    t.equal(await partition.get('c'), undefined, moment);
    t.same(await partition.get('b', before), Buffer.from('1'), moment);
    t.same(await partition.get('d', after), Buffer.from('2'), moment);
  };
  await look('while the record is on its way');
  t.equal(durable, false);
  t.equal(partition.statistics.entriesEstimate, 7, 'no bound if what is seen were left out');
  const updating = partition.update('b', (current) => {
    t.same(current, Buffer.from('2'), 'a writer sees it too');
    return mutationsOf({ b: '3' });
  });
  await turn();
  release();
  await Promise.all([noted, updating]);
  t.equal(await textOf(partition, 'b'), '3', 'what comes later hides it');
  await partition.write(mutationsOf({ b: '2' }));
  await look('when the record is durable');
  await partition.flush();
  await look('in a table');
  t.equal(partition.prepared.size, 0);
  await partition.close();
});

t.test('the change feed has commits with their stamp, and nothing of the rest', async (t) => {
  const clock = new VirtualClock();
  const partition = await openOn(new MemoryDisk(), { clock });
  await partition.write(mutationsOf({ a: '1' }));
  await partition.prepare(ID, mutationsOf({ b: '2' }), participants);
  await partition.prepare(OTHER_ID, mutationsOf({ c: '3' }), participants);
  await settled(clock, partition.abort(OTHER_ID));
  await settled(clock, partition.commit(ID, stamp));
  await partition.write(mutationsOf({ d: '4' }), { transaction: { id: OTHER_ID, timestampMs: 99 } });
  const shape = (await changesOf(partition)).map(({ sequence, mutations, transaction }) => ({
    sequence,
    keys: mutations.map(({ key }) => key).join(),
    transaction,
  }));
  t.same(shape, [
    { sequence: 1, keys: 'a', transaction: undefined },
    { sequence: 5, keys: 'b', transaction: stamp },
    { sequence: 6, keys: 'd', transaction: { id: OTHER_ID, timestampMs: 99 } },
  ]);
  await partition.close();
});

t.test('a write that is not admitted writes nothing', async (t) => {
  const partition = await openOn(new MemoryDisk());
  const admit = () => {
    throw new Error('locked');
  };
  await t.rejects(partition.write(mutationsOf({ a: '1' }), { admit }), { message: 'locked' });
  t.equal(partition.statistics.sequence, 0);
  await partition.close();
});

t.test('the current value tells when it is durable', async (t) => {
  const partition = await openOn(new MemoryDisk());
  const writing = partition.write(mutationsOf({ a: '1' }));
  const { value, durable } = await partition.current('a');
  t.same(value, Buffer.from('1'));
  t.equal(await partition.get('a'), undefined);
  await durable;
  t.equal(await textOf(partition, 'a'), '1', 'it is visible then');
  t.same(await partition.current('a'), { value: Buffer.from('1'), durable: undefined });
  await writing;
  await partition.close();
});

t.test('doubt outlives flushes and restarts, and the log is kept for it', async (t) => {
  const disk = new MemoryDisk();
  const options = { memtableBytes: 8192 };
  const clock = new VirtualClock();
  let partition = await openOn(disk, { options, clock });
  const fill = async (round: number) => {
    for (let i = 0; i < 40; i += 1) {
      await partition.write(mutationsOf({ [`k${i}`]: `${round}`.repeat(500) }));
    }
    await partition.flush();
  };
  const restart = async () => {
    await partition.close();
    partition = await openOn(disk, { options, clock });
  };
  const logFiles = async () => (await disk.list('/partition/log')).filter((name) => name.endsWith('.wal'));
  await partition.write(mutationsOf({ x: '1' }));
  await partition.prepare(ID, mutationsOf({ x: '2' }), participants);
  const oldest = (await logFiles())[0];
  for (let round = 0; round < 3; round += 1) {
    await fill(round);
    await restart();
    t.same(partition.prepared.get(ID)?.participants, participants);
    t.equal(await textOf(partition, 'x'), '1');
  }
  t.equal((await logFiles())[0], oldest);
  await settled(clock, partition.commit(ID, stamp));
  t.equal(partition.prepared.size, 0);
  await restart();
  t.equal(partition.prepared.size, 0);
  t.equal(await textOf(partition, 'x'), '2');
  await fill(4);
  t.not((await logFiles())[0], oldest, 'the log goes');
  await restart();
  t.equal(await textOf(partition, 'x'), '2');
  await partition.close();
});

/** The outcome is durable elsewhere, as the transaction log has it, before anybody is told of it. */
interface Story {
  decided: boolean;
  seen: boolean;
}

async function prepareAndCommit(clock: VirtualClock, partition: Partition, story: Story): Promise<void> {
  await partition.write(mutationsOf({ a: '1', b: '1' }));
  await partition.prepare(ID, mutationsOf({ a: '2', b: null, c: '2' }), participants);
  story.decided = true;
  const committed = partition.commit(ID, stamp);
  story.seen = (await textOf(partition, 'a')) === '2';
  await settled(clock, committed);
  await partition.flush();
}

/** What a coordinator does after a restart. */
async function recover(t: Test, disk: MemoryDisk, decided: boolean): Promise<string> {
  const clock = new VirtualClock();
  const partition = await openOn(disk, { clock });
  for (const id of partition.prepared.keys()) {
    await settled(clock, decided ? partition.commit(id, { ...stamp, id }) : partition.abort(id));
  }
  const found = await listing(partition.range({}));
  await partition.close();
  const again = await openOn(disk);
  t.equal(again.prepared.size, 0, 'it is settled once and for all');
  t.equal(await listing(again.range({})), found, 'and stays so');
  await again.close();
  return found;
}

t.test('power fails at each step: all of it or nothing, and all once it is decided', async (t) => {
  const found = new Set<string>();
  for (const survive of [0, 0.5, 1]) {
    for (let step = 0, ended = false; !ended; step += 1) {
      const memory = new MemoryDisk();
      const story: Story = { decided: false, seen: false };
      let decidedAtCut = true;
      const disk = new FaultyDisk(memory);
      const cut = cutPower(disk, memory, {
        step,
        survive,
        onCut: () => {
          decidedAtCut = story.decided;
        },
      });
      const clock = new VirtualClock();
      const partition = await openOn(disk, { clock }).catch(() => undefined);
      if (partition !== undefined) {
        await Promise.race([prepareAndCommit(clock, partition, story), turns(20)]).catch(() => undefined);
        await partition.close().catch(() => undefined);
      }
      ended = cut.remains === undefined;
      const listed = await recover(t, cut.remains ?? memory, decidedAtCut);
      found.add(listed);
      const allowed = decidedAtCut ? ['a=2 c=2'] : ['', 'a=1 b=1'];
      t.ok(allowed.includes(listed), `step ${step}, ${survive}: decided ${decidedAtCut}, found "${listed}"`);
    }
  }
  t.same([...found].sort(), ['', 'a=1 b=1', 'a=2 c=2'], 'each ending was met');
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}

t.test('each write to the log fails once', async (t) => {
  for (let nth = 0; nth < 4; nth += 1) {
    const memory = new MemoryDisk();
    const disk = new FaultyDisk(memory);
    const clock = new VirtualClock();
    const partition = await openOn(disk, { clock });
    let writes = 0;
    disk.plan = ({ kind, path }) => {
      if (kind !== 'write' || !path.endsWith('.wal')) return undefined;
      writes += 1;
      return writes === nth + 1 ? { kind: 'error', code: 'EIO' } : undefined;
    };
    const story: Story = { decided: false, seen: false };
    const outcome = await Promise.race([
      prepareAndCommit(clock, partition, story).then(
        () => 'done',
        () => 'failed',
      ),
      turns(40).then(() => 'waits'),
    ]);
    t.equal(outcome, ['failed', 'failed', 'waits', 'done'][nth], `write ${nth} fails`);
    if (story.decided) {
      t.equal(story.seen, true);
      t.equal(await listing(partition.range({})), 'a=2 c=2', 'what is decided stays visible');
    }
    await partition.close().catch(() => undefined);
    disk.plan = () => undefined;
    // A record whose write failed may or may not be there: here it is not.
    const expected = nth === 0 ? '' : story.decided ? 'a=2 c=2' : 'a=1 b=1';
    t.equal(await recover(t, memory, story.decided), expected);
  }
});

t.test('a full disk: the outcome follows when there is space again', async (t) => {
  for (const [outcome, expected] of [
    ['commit', 'a=2 c=2'],
    ['abort', 'a=1 b=1'],
  ] as const) {
    const clock = new VirtualClock();
    const memory = new MemoryDisk();
    const disk = new FaultyDisk(memory, { clock });
    const partition = await openOn(disk, { clock });
    await partition.write(mutationsOf({ a: '1', b: '1' }));
    await partition.prepare(ID, mutationsOf({ a: '2', b: null, c: '2' }), participants);
    disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC' } : undefined);
    await t.rejects(partition.write(mutationsOf({ z: '1' })), { code: 'OUT_OF_SPACE' });
    await t.rejects(partition.prepare(OTHER_ID, mutationsOf({ y: '1' }), participants));
    const settling = outcome === 'commit' ? partition.commit(ID, stamp) : partition.abort(ID);
    t.equal(await listing(partition.range({})), expected, 'visible as long as it takes');
    disk.plan = () => undefined;
    for (let i = 0; i < 3; i += 1) {
      clock.advance(500);
      await turns(20);
    }
    await settling;
    t.equal(await listing(partition.range({})), expected);
    await partition.write(mutationsOf({ a: '3' }));
    await partition.close();
    const again = await openOn(memory);
    t.equal(again.prepared.size, 0);
    t.equal(await listing(again.range({})), expected.replace(/a=./, 'a=3'));
    await again.close();
  }
});

t.test('a prepare that the full disk took nevertheless comes to nothing', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const partition = await openOn(disk, { clock });
  await partition.write(mutationsOf({ a: '1' }));
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC', when: 'after' } : undefined);
  await t.rejects(partition.prepare(ID, mutationsOf({ a: '2' }), participants), { code: 'OUT_OF_SPACE' });
  disk.plan = () => undefined;
  clock.advance(500);
  await turns(20);
  t.equal(partition.prepared.size, 0);
  await partition.write(mutationsOf({ b: '1' }));
  t.equal(await listing(partition.range({})), 'a=1 b=1');
  const [kept, last] = await changesOf(partition);
  t.same([kept?.sequence, last?.sequence], [1, 4], 'its prepare and its end are in the log');
  await partition.close();
});

t.test('closing tells who waits for an outcome', async (t) => {
  const disk = new FaultyDisk(new MemoryDisk());
  const partition = await openOn(disk);
  await partition.prepare(ID, mutationsOf({ a: '2' }), participants);
  await partition.prepare(OTHER_ID, mutationsOf({ b: '2' }), participants);
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
  const committing = partition.commit(ID, stamp);
  const told = t.rejects(committing, { code: 'CLOSED' });
  await turns(5);
  await partition.close();
  await told;
  await t.rejects(partition.commit(OTHER_ID, { ...stamp, id: OTHER_ID }), { code: 'CLOSED' });
});

t.test('closing tells who waits for an outcome that a log had which could not be opened again', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const partition = await openOn(disk, { clock });
  await partition.prepare(ID, mutationsOf({ a: '2' }), participants);
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'ENOSPC', when: 'after' } : undefined);
  const told = t.rejects(partition.commit(ID, stamp), { code: 'CLOSED' });
  clock.advance(outcomeDelayMs);
  await turns(5);
  t.equal(partition.failure?.name, 'PartitionError');
  // What is read is written once more, to be durable: that fails after the outcome was read.
  clock.advance(spaceRetryMs);
  await turns(20);
  t.equal(await listing(partition.range({})), 'a=2');
  t.equal(partition.failure?.name, 'PartitionError', 'the log is not open again');
  await partition.close();
  let isTold = false;
  void told.then(() => {
    isTold = true;
  });
  await turns(5);
  t.equal(isTold, true);
});

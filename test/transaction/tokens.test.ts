/** A request that comes again with its token takes effect once. */
import t from 'tap';
import { TOKEN_LIFE_MS, TOKEN_SWEEP_MS } from '../../src/transaction/limits.js';
import { tokenRange } from '../../src/transaction/token-format.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { change, check, type Node, openNode, put, read, tokenOf, turns } from './fixture.js';

/** Counts up in two partitions. */
function count(node: Node, token: string, places = ['p1/n', 'p2/n']) {
  const actions = places.map((place) => change(node, place, (n) => String(Number(n ?? 0) + 1)));
  return node.coordinator.write(actions, { token: tokenOf(token, places.join()) });
}

async function storedTokens(node: Node): Promise<number> {
  let found = 0;
  for (const { partition } of node.participants) {
    const cursor = partition.range(tokenRange);
    while ((await cursor.next()) !== undefined) found += 1;
    cursor.close();
  }
  return found;
}

t.test('the same again has no effect, something else is refused', async (t) => {
  const node = await openNode(new MemoryDisk());
  t.equal((await count(node, 'a')).kind, 'committed');
  t.same(await count(node, 'a'), { kind: 'repeated' });
  await t.rejects(count(node, 'a', ['p3/n']), { code: 'TOKEN_MISMATCH' });
  t.equal((await count(node, 'b')).kind, 'committed');
  t.equal(await read(node, 'p1/n'), '2');
  t.equal(node.coordinator.statistics.repeated, 1);
  await node.close();
});

t.test('while the first is under way the second is told so', async (t) => {
  const node = await openNode(new MemoryDisk());
  const first = count(node, 'a');
  await t.rejects(count(node, 'a'), { code: 'TOKEN_IN_PROGRESS' });
  await t.rejects(count(node, 'a', ['p3/n']), { code: 'TOKEN_MISMATCH' });
  await first;
  t.same(await count(node, 'a'), { kind: 'repeated' });
  await node.close();
});

t.test('what came to nothing may be tried again with the same token', async (t) => {
  const node = await openNode(new MemoryDisk());
  const token = tokenOf('a');
  const attempt = () => node.coordinator.write([check(node, 'p0/x', '1'), put(node, 'p1/y', '1')], { token });
  t.equal((await attempt()).kind, 'refused');
  await node.coordinator.write([put(node, 'p0/x', '1')]);
  t.equal((await attempt()).kind, 'committed');
  t.same(await attempt(), { kind: 'repeated' });
  await node.close();
});

t.test('a transaction that writes nothing has its token too', async (t) => {
  const disk = new MemoryDisk();
  const node = await openNode(disk);
  const token = tokenOf('a');
  t.equal((await node.coordinator.write([check(node, 'p1/x', undefined)], { token })).kind, 'committed');
  await node.close();
  const again = await openNode(disk);
  t.equal((await again.coordinator.write([check(again, 'p1/x', '1')], { token })).kind, 'repeated');
  await again.close();
});

t.test('tokens outlive restarts, and ten minutes end them', async (t) => {
  const disk = new MemoryDisk();
  const clock = new VirtualClock();
  let node = await openNode(disk, { clock });
  await count(node, 'a');
  clock.jump(TOKEN_LIFE_MS - 1);
  await node.close();
  node = await openNode(disk, { clock, seed: 2 });
  t.same(await count(node, 'a'), { kind: 'repeated' });
  await t.rejects(count(node, 'a', ['p3/n']), { code: 'TOKEN_MISMATCH' }, 'also in another partition');
  clock.jump(1);
  t.equal((await count(node, 'a', ['p3/n'])).kind, 'committed');
  clock.jump(1);
  await node.close();
  node = await openNode(disk, { clock, seed: 3 });
  t.same(await count(node, 'a', ['p3/n']), { kind: 'repeated' });
  t.equal(await storedTokens(node), 2, 'the expired one is still stored in its partition');
  await node.close();
});

t.test('expired tokens are removed from their partitions', async (t) => {
  const node = await openNode(new MemoryDisk());
  for (let i = 0; i < 300; i += 1) await count(node, `old${i}`, ['p1/n']);
  node.clock.advance(TOKEN_LIFE_MS - TOKEN_SWEEP_MS);
  await turns(20);
  await count(node, 'young');
  t.equal(await storedTokens(node), 301);
  for (let i = 0; i < 2; i += 1) {
    node.clock.advance(TOKEN_SWEEP_MS);
    await turns(30);
  }
  t.equal(await storedTokens(node), 1);
  t.same(await count(node, 'young'), { kind: 'repeated' });
  t.equal((await count(node, 'old1', ['p1/n'])).kind, 'committed');
  await node.close();
});

t.test('of more tokens than memory may hold the partition remembers', async (t) => {
  const node = await openNode(new MemoryDisk(), { options: { knownMax: 4 } });
  for (let i = 0; i < 20; i += 1) await count(node, `t${i}`);
  for (let i = 0; i < 20; i += 1) t.same(await count(node, `t${i}`), { kind: 'repeated' }, `t${i}`);
  t.equal(await read(node, 'p1/n'), '20');
  t.equal((await count(node, 'new')).kind, 'committed');
  await node.close();
});

t.test('a token is not taken while the log of its partition has failed', async (t) => {
  const disk = new FaultyDisk(new MemoryDisk());
  const node = await openNode(disk);
  disk.plan = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
  await t.rejects(count(node, 'a', ['p1/n']), { code: 'WRITE_UNCERTAIN' });
  await t.rejects(count(node, 'a', ['p1/n']), { code: 'READ_ONLY' });
  await node.close();
});

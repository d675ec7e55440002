/** Transactions over items of several tables, beside writes of single items. */
import t from 'tap';
import type { Item } from '../../src/encoding/attribute-value.js';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import { outcomeDelayMs } from '../../src/partition/limits.js';
import type { Change } from '../../src/partition/types.js';
import { HASH_END, hashBound, ITEM_SPACE, itemAddress } from '../../src/table/key-layout.js';
import type { Table } from '../../src/table/table.js';
import type { TransactWriteRequest } from '../../src/table/transactions.js';
import { LOCK_WAIT_MS } from '../../src/transaction/limits.js';
import type { Disk } from '../../src/vfs/disk.js';
import { FaultyDisk } from '../../src/vfs/faulty-disk.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { turns } from '../transaction/fixture.js';
import { openOnDisk } from './engine.js';
import { draftOf } from './fixture.js';

const PARTITIONS = 4;
const byX = {
  name: 'by-x',
  space: 2,
  sort: { name: 'x', type: 'N' },
  projection: { kind: 'ALL', attributes: [] },
} as const;

async function open(disk: Disk, seed = 1) {
  const clock = new VirtualClock();
  const options = { partitionCount: PARTITIONS, collectionBytesMax: 100 };
  const tables = await openOnDisk({ disk, clock, random: new SeededRandom(seed), options });
  return { clock, tables };
}

async function create(disk: Disk = new MemoryDisk()) {
  const { clock, tables } = await open(disk);
  const plain = await tables.create(draftOf({ name: 'plain' }));
  const indexed = await tables.create(draftOf({ name: 'indexed', localIndexes: [byX] }));
  return { clock, tables, plain, indexed };
}

function itemOf(pk: string, x: number): Item {
  return new Map<string, string | NumberValue>([
    ['pk', pk],
    ['x', new NumberValue(String(x))],
  ]);
}

const addressOf = (pk: string) => itemAddress(pk, undefined, PARTITIONS);

function put(table: Table, pk: string, x: number): TransactWriteRequest {
  return { kind: 'put', table, request: { address: addressOf(pk), item: itemOf(pk, x), sizeBytes: 5 } };
}

/** A key for each partition. */
function onePerPartition(): string[] {
  const pks = new Map<number, string>();
  for (let index = 0; pks.size < PARTITIONS; index += 1)
    pks.set(addressOf(`k${index}`).partition, `k${index}`);
  return [...pks.values()];
}

const exists = { kind: 'attribute_exists', path: ['pk'] } as const;

function check(table: Table, pk: string): TransactWriteRequest {
  const request = { address: addressOf(pk), condition: exists, returnOldOnFailure: true };
  return { kind: 'check', table, request };
}

async function xOf(table: Table, pk: string): Promise<string | undefined> {
  const { item } = await table.get({ address: addressOf(pk) });
  return xIn(item);
}

function xIn(item: Item | undefined): string | undefined {
  const x = item?.get('x');
  return x instanceof NumberValue ? x.text : undefined;
}

t.test('items and index entries of several tables, together, over a restart', async (t) => {
  const disk = new MemoryDisk();
  const { tables, plain, indexed } = await create(disk);
  const written = await tables.transactWrite([
    put(plain, 'a', 1),
    put(indexed, 'b', 2),
    put(indexed, 'c', 3),
  ]);
  t.equal(written.kind, 'committed');
  const moved = await tables.transactWrite([
    { kind: 'delete', table: plain, request: { address: addressOf('a') } },
    put(indexed, 'b', 4),
    check(indexed, 'c'),
  ]);
  t.match(moved, { kind: 'committed', replies: [{ oldBytes: 5 }, { indexWrites: [{ index: 'by-x' }] }, {}] });
  await tables.close();
  const again = (await open(disk, 2)).tables;
  t.equal(await xOf(again.get('plain') as Table, 'a'), undefined);
  t.equal(await xOf(again.get('indexed') as Table, 'b'), '4');
  const entries = await again.get('indexed')?.statistics(byX.space);
  t.equal(entries?.itemCount, 2);
  await again.close();
});

t.test('each refusal is explained in its place', async (t) => {
  const { tables, plain, indexed } = await create();
  await plain.put({ address: addressOf('a'), item: itemOf('a', 1), sizeBytes: 5 });
  const reply = await tables.transactWrite([
    put(plain, 'other', 1),
    { kind: 'check', table: plain, request: { address: addressOf('gone'), condition: exists } },
    {
      kind: 'put',
      table: plain,
      request: {
        address: addressOf('a'),
        item: itemOf('a', 2),
        sizeBytes: 5,
        condition: { kind: 'attribute_not_exists', path: ['pk'] },
        returnOldOnFailure: true,
      },
    },
    {
      kind: 'update',
      table: indexed,
      request: {
        address: addressOf('b'),
        key: new Map([['pk', 'b']]),
        update: [{ kind: 'set', path: ['x'], value: { kind: 'value', value: 'no number' } }],
        returns: 'NONE',
      },
    },
    {
      kind: 'put',
      table: indexed,
      request: { address: addressOf('c'), item: itemOf('c', 1), sizeBytes: 101 },
    },
  ]);
  t.match(reply, {
    kind: 'refused',
    refusals: [
      undefined,
      { kind: 'condition', item: undefined },
      { kind: 'condition', item: itemOf('a', 1) },
      { kind: 'invalid', message: /unsupported type/ },
      { kind: 'collection-full' },
    ],
  });
  t.equal(await xOf(plain, 'other'), undefined);
  await tables.close();
});

t.test('a plain write of a locked item waits for its turn', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const { tables, plain } = await create(disk);
  const hold = () => {
    disk.plan = ({ kind, path }) =>
      kind === 'write' && path.includes('/transactions/') ? { kind: 'delay', delayMs: 1 } : undefined;
  };
  const request = { address: addressOf('a'), item: itemOf('a', 7), sizeBytes: 5 };
  const deletion = { address: addressOf('a') };
  for (const write of [
    () => plain.put(request),
    () => plain.put({ ...request, returnOld: true }),
    () => plain.delete(deletion),
  ]) {
    hold();
    const transaction = tables.transactWrite([put(plain, 'a', 1), put(plain, 'b', 1), put(plain, 'c', 1)]);
    await turns(5);
    let written = false;
    const writing = write().then(() => {
      written = true;
    });
    await plain.put({ address: addressOf('z'), item: itemOf('z', 1), sizeBytes: 5 });
    t.equal(written, false, 'while another item was written at once');
    disk.plan = () => undefined;
    clock.advance(1);
    await Promise.all([transaction, writing]);
    t.not(await xOf(plain, 'a'), '1', 'it comes after the transaction');
  }
  t.match(tables.transactionStatistics.locks, { holders: 0, conflicts: 0 });
  await tables.close();
});

t.test('a wait that gets too long is a conflict', async (t) => {
  const clock = new VirtualClock();
  const disk = new FaultyDisk(new MemoryDisk(), { clock });
  const { tables, plain, clock: timers } = await create(disk);
  disk.plan = ({ kind, path }) =>
    kind === 'write' && path.includes('/transactions/') ? { kind: 'delay', delayMs: 1 } : undefined;
  const transaction = tables.transactWrite([put(plain, 'a', 1), put(plain, 'b', 1), put(plain, 'c', 1)]);
  await turns(5);
  const writing = plain.put({ address: addressOf('a'), item: itemOf('a', 7), sizeBytes: 5 });
  const refused = t.rejects(writing, { code: 'TRANSACTION_CONFLICT' });
  const other = tables.transactWrite([put(plain, 'z', 1), put(plain, 'b', 1)]);
  await turns(5);
  timers.advance(LOCK_WAIT_MS);
  await refused;
  t.same(await other, { kind: 'refused', refusals: [undefined, { kind: 'conflict' }] });
  disk.plan = () => undefined;
  clock.advance(1);
  t.equal((await transaction).kind, 'committed');
  t.equal(await xOf(plain, 'a'), '1');
  await tables.close();
});

t.test('reads are of one moment', async (t) => {
  const { tables, plain, indexed } = await create();
  let over = false;
  const seen = new Set<string | undefined>();
  const writing = (async () => {
    for (let x = 1; x <= 30; x += 1) {
      await tables.transactWrite([put(plain, 'a', x), put(indexed, 'b', x), put(plain, 'c', x)]);
    }
    over = true;
  })();
  while (!over) {
    const gets = [
      { table: plain, request: { address: addressOf('a') } },
      { table: indexed, request: { address: addressOf('b') } },
      { table: plain, request: { address: addressOf('c') } },
    ];
    const found = (await tables.transactGet(gets)).map(({ item }) => xIn(item));
    if (new Set(found).size !== 1) t.fail(`half a transaction: ${found}`);
    seen.add(found[0]);
    await turns(1);
  }
  await writing;
  t.ok(seen.size > 5, `${seen.size} moments were seen`);
  t.equal(
    plain.partitions.every(({ statistics }) => statistics.snapshots === 0),
    true,
    'nothing is held',
  );
  await tables.close();
});

t.test('tokens are no items', async (t) => {
  const { tables, plain } = await create();
  const token = { value: 'token', digest: 'ab'.repeat(32) };
  await tables.transactWrite([put(plain, 'a', 1)], token);
  t.same(await tables.transactWrite([put(plain, 'a', 1)], token), { kind: 'repeated' });
  const page = await plain.scan({
    from: hashBound(ITEM_SPACE, 0),
    to: hashBound(ITEM_SPACE, HASH_END),
    reverse: false,
    wantItems: true,
    fetch: false,
  });
  t.same(page.items, [itemOf('a', 1)]);
  t.match(await plain.statistics(), { itemCount: 1, sizeBytes: 5 });
  await tables.close();
});

t.test('all records of a transaction carry its id and its time', async (t) => {
  const { tables, plain, indexed, clock } = await create();
  await plain.put({ address: addressOf('a'), item: itemOf('a', 0), sizeBytes: 5 });
  await tables.transactWrite(['a', 'b', 'c', 'd'].map((pk) => put(plain, pk, 1)));
  await tables.transactWrite([put(indexed, 'e', 1)]);
  clock.advance(outcomeDelayMs);
  await turns(5);
  const stamps = new Map<string | undefined, Set<number | undefined>>();
  for (const partition of [...plain.partitions, ...indexed.partitions]) {
    for await (const { transaction } of partition.changes(0) as AsyncIterable<Change>) {
      const times = stamps.get(transaction?.id) ?? new Set();
      stamps.set(transaction?.id, times.add(transaction?.timestampMs));
    }
  }
  t.equal(stamps.size, 3, 'a plain write, and two transactions');
  t.ok([...stamps.values()].every((times) => times.size === 1));
  await tables.close();
});

t.test('a table that goes away under a transaction does not take the others with it', async (t) => {
  const clock = new VirtualClock();
  const memory = new MemoryDisk();
  const disk = new FaultyDisk(memory, { clock });
  const { tables, plain, indexed } = await create(disk);
  disk.plan = ({ kind, path }) =>
    kind === 'write' && path.includes('/transactions/') ? { kind: 'delay', delayMs: 1 } : undefined;
  const transaction = tables.transactWrite([put(plain, 'a', 1), put(indexed, 'b', 1)]);
  await turns(5);
  await tables.delete('indexed');
  await turns(5);
  disk.plan = () => undefined;
  clock.advance(1);
  t.equal((await transaction).kind, 'committed');
  t.equal(await xOf(plain, 'a'), '1');
  await tables.close();
  const again = (await open(memory, 2)).tables;
  t.equal(await xOf(again.get('plain') as Table, 'a'), '1');
  await again.close();
});

t.test('a transaction over four partitions is five writes, however many follow each other', async (t) => {
  const disk = new FaultyDisk(new MemoryDisk());
  const { clock, tables, plain } = await create(disk);
  const pks = onePerPartition();
  const transact = () => tables.transactWrite(pks.map((pk) => put(plain, pk, 1)));
  await transact();
  // The catalog gets its mark, the first outcome is written.
  clock.advance(outcomeDelayMs);
  await turns(50);
  const written = new Map<string, number>();
  disk.plan = ({ kind, path, length = 0 }) => {
    const log = path.split('/').slice(0, -1).join('/');
    // Longer ones make a segment grow.
    if (kind === 'write' && length < 4096) written.set(log, (written.get(log) ?? 0) + 1);
    return undefined;
  };
  for (let count = 0; count < 20; count += 1) {
    await transact();
    // Whoever comes next comes before the outcome would be written by itself.
    clock.advance(outcomeDelayMs - 1);
    await turns(5);
  }
  t.same(
    [...written.values()],
    [20, 20, 20, 20, 20],
    'four prepares, with the outcome before, and a decision',
  );
  clock.advance(outcomeDelayMs);
  await turns(5);
  t.same([...written.values()].sort(), [20, 21, 21, 21, 21], 'then the last outcome');
  await tables.close();
});

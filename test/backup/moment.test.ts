/** A dump that is taken while transactions run over several partitions and tables equals one moment. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { connectToDaemon } from '../../src/backup/remote-tables.js';
import type { TablesAtMoment } from '../../src/backup/types.js';
import type { NumberValue } from '../../src/encoding/attribute-value.js';
import { ControlServer } from '../../src/server/control-server.js';
import { addressOfItem } from '../../src/table/key-schema.js';
import type { Table } from '../../src/table/table.js';
import type { Tables } from '../../src/table/tables.js';
import { TablesSnapshot } from '../../src/table/tables-snapshot.js';
import type { TransactWriteRequest } from '../../src/table/transactions.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { draftOf } from '../table/fixture.js';
import { clock, dumpMoment, item, itemsOf, number, open, put, restore } from './fixture.js';

const ACCOUNTS = 40;
const BALANCE = 100;
const BANKS = ['bank-a', 'bank-b'];
const CLIENTS = 8;
const DUMPS = 6;

/** Transfers between any accounts of both banks, until it is stopped. */
class Load {
  private isOver = false;
  private committed = 0;
  private readonly clients: Promise<void>[];

  constructor(
    private readonly tables: Tables,
    private readonly random: SeededRandom,
  ) {
    this.clients = Array.from({ length: CLIENTS }, () => this.transfer());
  }

  /** Resolves with the number of transfers. */
  async stop(): Promise<number> {
    this.isOver = true;
    await Promise.all(this.clients);
    return this.committed;
  }

  private async transfer(): Promise<void> {
    while (!this.isOver) {
      const amount = 1 + (this.random.uint32() % 9);
      const from = this.random.uint32() % ACCOUNTS;
      const to = (from + 1 + (this.random.uint32() % (ACCOUNTS - 1))) % ACCOUNTS;
      const reply = await this.tables.transactWrite([this.add(from, -amount), this.add(to, amount)]);
      if (reply.kind === 'committed') this.committed += 1;
    }
  }

  private add(account: number, amount: number): TransactWriteRequest {
    const table = this.tables.get(BANKS[account % BANKS.length] as string) as Table;
    const key = item({ pk: `account-${account}` });
    return {
      kind: 'update',
      table,
      request: {
        address: addressOfItem(table.definition, key),
        key,
        update: [{ kind: 'add', path: ['balance'], value: number(amount) }],
        returns: 'NONE',
      },
    };
  }
}

async function openBanks(): Promise<Tables> {
  const tables = await open(new MemoryDisk({ trackDurability: false }));
  for (const name of BANKS) await tables.create(draftOf({ name }));
  for (let account = 0; account < ACCOUNTS; account += 1) {
    const table = tables.get(BANKS[account % BANKS.length] as string) as Table;
    await put(table, item({ pk: `account-${account}`, balance: number(BALANCE) }));
  }
  return tables;
}

async function sumOf(tables: Tables): Promise<number> {
  let sum = 0;
  for (const name of BANKS) {
    for (const account of await itemsOf(tables, name)) {
      sum += Number((account.get('balance') as NumberValue).text);
    }
  }
  return sum;
}

async function checkDumps(t: Test, tables: Tables, take: () => Promise<TablesAtMoment>): Promise<void> {
  const seed = 31;
  const load = new Load(tables, new SeededRandom(seed));
  for (let turn = 0; turn < DUMPS; turn += 1) {
    const disk = new MemoryDisk();
    await dumpMoment(await take(), { disk });
    const restored = await open();
    await restore(restored, disk);
    t.equal(await sumOf(restored), ACCOUNTS * BALANCE, `dump ${turn}, seed ${seed}`);
    await restored.close();
  }
  const transfers = await load.stop();
  t.ok(transfers > 100, `${transfers} transfers meanwhile`);
}

t.test('from within the process', async (t) => {
  const tables = await openBanks();
  await checkDumps(t, tables, () => TablesSnapshot.take(tables, clock));
  await tables.close();
});

t.test('through the control socket', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'varve-test-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'control.sock');
  const tables = await openBanks();
  const server = new ControlServer({ tables, clock, log: (line) => t.fail(line) });
  await server.listen(path);
  await checkDumps(t, tables, async () => {
    const daemon = await connectToDaemon(path, { clock: new SystemClock(), timeoutMs: 30_000 });
    if (daemon === undefined) throw new Error('nobody listens');
    return daemon.snapshot(undefined);
  });
  await server.close();
  await tables.close();
});

t.test(
  'what is overwritten or deleted afterwards is in it, and what is written afterwards is not',
  async (t) => {
    const tables = await open();
    const table = await tables.create(draftOf());
    for (let n = 0; n < 200; n += 1) await put(table, item({ pk: `old-${n}`, text: 'x'.repeat(1000) }));
    const snapshot = await TablesSnapshot.take(tables, clock);
    for (let n = 0; n < 200; n += 1) {
      const old = item({ pk: `old-${n}` });
      if (n % 2 === 0) await table.delete({ address: addressOfItem(table.definition, old) });
      else await put(table, old);
      await put(table, item({ pk: `new-${n}`, text: 'x'.repeat(1000) }));
    }
    // Flushes and merges may not take it away either.
    for (const partition of table.partitions) await partition.compact();
    const disk = new MemoryDisk();
    const summary = await dumpMoment(snapshot, { disk });
    t.match(summary.tables, [{ itemCount: 200 }]);
    const restored = await open();
    await restore(restored, disk);
    const items = await itemsOf(restored, 'table');
    t.ok(items.every((each) => String(each.get('pk')).startsWith('old-') && each.has('text')));
    t.same(
      table.partitions.map((partition) => partition.statistics.snapshots),
      [0, 0, 0, 0],
      'and then it is let go',
    );
    await restored.close();
    await tables.close();
  },
);

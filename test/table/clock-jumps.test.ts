/** The wall clock goes back and forth, as an administrator or a time daemon moves it: order and tokens hold. */
import t from 'tap';
import type { Item } from '../../src/encoding/attribute-value.js';
import { NumberValue } from '../../src/encoding/attribute-value.js';
import { itemAddress } from '../../src/table/key-layout.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { openOnDisk } from './engine.js';
import { draftOf } from './fixture.js';

const HOUR_MS = 3_600_000;
const address = itemAddress('a', undefined, 1);

function itemOf(n: number): Item {
  return new Map<string, string | NumberValue>([
    ['pk', 'a'],
    ['n', new NumberValue(String(n))],
  ]);
}

t.test('the last write wins, and changes keep their order', async (t) => {
  const disk = new MemoryDisk();
  let written = 0;
  for (const startMs of [30 * HOUR_MS, 2 * HOUR_MS, 90 * HOUR_MS, HOUR_MS]) {
    const clock = new VirtualClock(startMs);
    const tables = await openOnDisk({ disk, clock, random: new SeededRandom(1) });
    const table = tables.get('table') ?? (await tables.create({ ...draftOf(), partitionCount: 1 }));
    for (const jumpMs of [0, -24 * HOUR_MS, 48 * HOUR_MS, -HOUR_MS]) {
      clock.jump(jumpMs);
      written += 1;
      await table.put({ address, item: itemOf(written), sizeBytes: 5 });
      t.same((await table.get({ address })).item, itemOf(written));
    }
    const [partition] = table.participants.map((participant) => participant.partition);
    const times: number[] = [];
    const sequences: number[] = [];
    for await (const change of partition?.changes(0) ?? []) {
      times.push(change.timestampMs);
      sequences.push(change.sequence);
    }
    t.equal(sequences.length, written);
    t.same(
      sequences,
      sequences.toSorted((left, right) => left - right),
    );
    t.same(
      times,
      times.toSorted((left, right) => left - right),
      'no change seems to be older than the one before it',
    );
    await tables.close();
  }
});

t.test('a token is honoured when the clock was set back', async (t) => {
  const disk = new MemoryDisk();
  const token = { value: 'token', digest: 'ab'.repeat(32) };
  const clock = new VirtualClock(30 * HOUR_MS);
  const tables = await openOnDisk({ disk, clock, random: new SeededRandom(1) });
  const table = await tables.create({ ...draftOf(), partitionCount: 1 });
  const request = { address, item: itemOf(1), sizeBytes: 5 };
  const write = (to: typeof tables, target: typeof table) =>
    to.transactWrite([{ kind: 'put', table: target, request }], token);
  t.match(await write(tables, table), { kind: 'committed' });
  clock.jump(-24 * HOUR_MS);
  t.same(await write(tables, table), { kind: 'repeated' });
  await tables.close();
  const again = await openOnDisk({ disk, clock, random: new SeededRandom(1) });
  const reopened = again.get('table');
  if (reopened === undefined) throw new Error('the table is there');
  t.same(await write(again, reopened), { kind: 'repeated' }, 'also after a restart');
  await again.close();
});

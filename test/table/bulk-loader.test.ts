/** Filling partitions: how much memory is taken, whatever the order of what comes, and what a failure does. */
import t from 'tap';

import { type PackedPiece, unpackSorted } from '../../src/compaction/packed-entries.js';
import type { Partition } from '../../src/partition/types.js';
import { BulkLoader } from '../../src/table/bulk-loader.js';
import { LOAD_PIECE_BYTES, LOAD_PIECES, LOAD_PIECES_MAX } from '../../src/table/limits.js';

const VALUE_BYTES = 64 * 1024;
const PER_PIECE = Math.floor(LOAD_PIECE_BYTES / (VALUE_BYTES + 64));

/** Loads when it is told to; knows which memory it has seen. */
class SlowPartition {
  readonly loads: string[][] = [];
  readonly sizes: number[] = [];
  failure: Error | undefined;
  under = 0;

  constructor(private readonly memory: Set<unknown>) {}

  async load(pieces: readonly PackedPiece[]): Promise<void> {
    this.under += 1;
    t.equal(this.under, 1, 'one load after the other');
    for (const { entries } of pieces) this.memory.add(entries);
    await new Promise((resolve) => setImmediate(resolve));
    this.under -= 1;
    if (this.failure !== undefined) throw this.failure;
    this.loads.push(unpackSorted(pieces).map(({ key }) => key));
    this.sizes.push(pieces.length);
  }

  asPartition(): Partition {
    return this as unknown as Partition;
  }
}

const keyOf = (n: number) => String(n).padStart(6, '0');

t.test('pieces are used again, and no more are made than may be', async (t) => {
  const memory = new Set<unknown>();
  const partition = new SlowPartition(memory);
  const loader = new BulkLoader(1);
  const value = Buffer.alloc(VALUE_BYTES);
  const count = 5 * LOAD_PIECES_MAX * PER_PIECE;
  for (let n = 0; n < count; n += 1) await loader.add(partition.asPartition(), keyOf(n), value);
  await loader.finish();
  t.ok(memory.size <= LOAD_PIECES_MAX, `${memory.size} pieces`);
  t.ok(partition.sizes.every((pieces) => pieces <= LOAD_PIECES));
  t.same(
    partition.loads.flat(),
    Array.from({ length: count }, (_, n) => keyOf(n)),
    'all of it, in order',
  );
});

t.test('more partitions than a table is long: the fullest make room', async (t) => {
  const memory = new Set<unknown>();
  const partitions = Array.from({ length: LOAD_PIECES_MAX }, () => new SlowPartition(memory));
  const loader = new BulkLoader(partitions.length);
  const value = Buffer.alloc(VALUE_BYTES);
  const rounds = 3 * PER_PIECE;
  for (let n = 0; n < rounds; n += 1) {
    for (const partition of partitions) await loader.add(partition.asPartition(), keyOf(n), value);
  }
  await loader.finish();
  t.ok(memory.size <= LOAD_PIECES_MAX + LOAD_PIECES, `${memory.size} pieces`);
  for (const { loads } of partitions) t.equal(loads.flat().length, rounds);
});

t.test('what is larger than a piece has one of its own; values are copied', async (t) => {
  const partition = new SlowPartition(new Set());
  const loader = new BulkLoader(1);
  const value = Buffer.alloc(2 * LOAD_PIECE_BYTES);
  await loader.add(partition.asPartition(), 'large', value);
  await loader.add(partition.asPartition(), 'small', Buffer.from('x'));
  await loader.loaded(partition.asPartition());
  t.same(partition.loads, [['large', 'small']]);
  await loader.finish();
});

t.test('a failure is told to whoever comes next, and nothing more is loaded', async (t) => {
  const partition = new SlowPartition(new Set());
  partition.failure = new Error('no disk');
  const loader = new BulkLoader(1);
  await loader.add(partition.asPartition(), 'a', Buffer.from('1'));
  await t.rejects(loader.loaded(partition.asPartition()), { message: 'no disk' });
  partition.failure = undefined;
  await t.rejects(
    (async () => {
      for (let n = 0; ; n += 1)
        await loader.add(partition.asPartition(), keyOf(n), Buffer.alloc(VALUE_BYTES));
    })(),
    { message: 'no disk' },
  );
  await t.rejects(loader.finish(), { message: 'no disk' });
  await loader.settled();
  t.same(partition.loads, []);
});

/**
 * Tables at one moment: the same one for all of them, with regard to transactions too. What becomes visible in several
 * partitions does so in one synchronous step, and so are the snapshots of all partitions taken.
 *
 * While it is held, what it reads stays on disk (or in memory) although it was overwritten since: release it soon.
 */
import assert from 'node:assert/strict';
import type { Snapshot } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { TableError } from './errors.js';
import { Slice } from './event-loop.js';
import { HASH_END, hashBound, ITEM_SPACE } from './key-layout.js';
import { SNAPSHOT_BATCH_BYTES, SNAPSHOT_BATCH_ITEMS } from './limits.js';
import type { SpaceStatistics } from './statistics.js';
import type { Table } from './table.js';
import type { TableDefinition } from './types.js';

export interface TableAtMoment {
  readonly definition: TableDefinition;
  /** Of now or a little before: not of the moment. */
  readonly estimate: SpaceStatistics;
}

/** Where tables come from: `Tables` is one. */
export interface SnapshotSource {
  names(): readonly string[];
  get(name: string): Table | undefined;
}

interface Pinned extends TableAtMoment {
  readonly table: Table;
  /** Of its partitions. */
  readonly snapshots: readonly Snapshot[];
}

export class TablesSnapshot {
  private constructor(
    /** Wall-clock milliseconds. */
    readonly momentMs: number,
    private readonly pinned: readonly Pinned[],
    private readonly clock: Clock,
  ) {}

  /**
   * @param names absent: all tables that items can be read from; they come in byte order of their names
   * @throws TableError TABLE_NOT_FOUND
   */
  static async take(
    tables: SnapshotSource,
    clock: Clock,
    names?: readonly string[],
  ): Promise<TablesSnapshot> {
    const estimates = new Map<string, SpaceStatistics>();
    for (const table of chosen(tables, names)) {
      estimates.set(table.definition.id, await table.statistics());
    }
    // From here on synchronous: this is the moment.
    const pinned: Pinned[] = [];
    for (const table of chosen(tables, names)) {
      const { definition } = table;
      const estimate = estimates.get(definition.id) ?? { itemCount: 0, sizeBytes: 0 };
      const snapshots = table.partitions.map((partition) => partition.snapshot());
      pinned.push({ table, definition, estimate, snapshots });
    }
    return new TablesSnapshot(clock.now(), pinned, clock);
  }

  get tables(): readonly TableAtMoment[] {
    return this.pinned;
  }

  /**
   * The items of a table as they are stored (stored-item.ts), in the order of their keys, in batches. The bytes of a batch
   * are good until the next one is asked for.
   */
  async *items(position: number): AsyncGenerator<readonly Uint8Array[]> {
    const pinned = this.pinned[position];
    assert(pinned !== undefined, 'the table is one of the snapshot');
    const slice = new Slice(this.clock);
    const memory = Buffer.allocUnsafeSlow(SNAPSHOT_BATCH_BYTES);
    for (const [index, partition] of pinned.table.partitions.entries()) {
      const range = { from: hashBound(ITEM_SPACE, 0), to: hashBound(ITEM_SPACE, HASH_END), bulk: true };
      const cursor = partition.range(range, pinned.snapshots[index]);
      let batch: Uint8Array[] = [];
      let bytes = 0;
      try {
        for (;;) {
          const next = cursor.next();
          const entry = next instanceof Promise ? await next : next;
          if (entry === undefined) break;
          const { length } = entry.value;
          if (bytes + length > memory.length || batch.length === SNAPSHOT_BATCH_ITEMS) {
            if (batch.length > 0) yield batch;
            batch = [];
            bytes = 0;
          }
          if (length > memory.length) yield [entry.value];
          else {
            memory.set(entry.value, bytes);
            batch.push(memory.subarray(bytes, bytes + length));
            bytes += length;
          }
          const pause = slice.step(entry.value.length);
          if (pause !== undefined) await pause;
        }
        if (batch.length > 0) yield batch;
      } finally {
        cursor.close();
      }
    }
  }

  /** Idempotent. */
  release(): void {
    for (const { snapshots } of this.pinned) for (const snapshot of snapshots) snapshot.release();
  }
}

function chosen(tables: SnapshotSource, names: readonly string[] | undefined): Table[] {
  if (names === undefined) {
    return tables
      .names()
      .map((name) => tables.get(name))
      .filter((table) => table !== undefined);
  }
  return [...new Set(names)].sort().map((name) => {
    const table = tables.get(name);
    if (table === undefined) throw new TableError('TABLE_NOT_FOUND', `there is no table ${name}`);
    return table;
  });
}

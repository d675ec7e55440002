/** A partition on a disk in memory that fails, stops or loses power when a test says so. */
import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import type { Executor } from '../../src/compaction/types.js';
import type { PartitionOptions } from '../../src/partition/limits.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type {
  Change,
  Cursor,
  Mutation,
  Partition,
  Recovery,
  SharedResources,
  Trouble,
} from '../../src/partition/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { Clock } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import type { LogOptions } from '../../src/wal/limits.js';

export interface Setting {
  readonly clock?: Clock;
  readonly directory?: string;
  readonly options?: Partial<PartitionOptions>;
  readonly log?: LogOptions;
  readonly shared?: Partial<SharedResources>;
  readonly executor?: Executor;
  readonly schedule?: (flush: () => void) => unknown;
  readonly onTrouble?: (trouble: Trouble) => void;
  readonly onRecovery?: (recovery: Recovery) => void;
}

export const directory = '/partition';

let openings = 0;

export function openOn(disk: Disk, setting: Setting = {}): Promise<Partition> {
  const { shared, ...others } = setting;
  // Identities of log segments come from here: no two openings may share them.
  openings += 1;
  return openPartition({
    directory,
    disk,
    clock: new VirtualClock(),
    random: new SeededRandom(openings),
    executor: new InlineExecutor(disk),
    shared: {
      blockCache: new BlockCache({ budgetBytes: 65_536 }),
      openFiles: new OpenFiles({ limit: 4 }),
      ...shared,
    },
    log: { segmentBytes: 16_384, firstChunkBytes: 4096 },
    ...others,
  });
}

/** `{ a: '1', b: null }`: puts a, deletes b. */
export function mutationsOf(values: { readonly [key: string]: string | null }): Mutation[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: value === null ? null : Buffer.from(value),
  }));
}

export async function textOf(partition: Partition, key: string): Promise<string | undefined> {
  const value = await partition.get(key);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

/** `a=1 b=2`. Closes the cursor. */
export async function listing(cursor: Cursor): Promise<string> {
  const found: string[] = [];
  try {
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      found.push(`${entry.key}=${Buffer.from(entry.value)}`);
    }
  } finally {
    cursor.close();
  }
  return found.join(' ');
}

export const contentOf = (partition: Partition): Promise<string> => listing(partition.range({}));

/** Those that are there now. */
export async function changesOf(partition: Partition, after: number): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const change of partition.changes(after)) changes.push(change);
  return changes;
}

/** The storage engine on any disk, on this thread. */
import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { openTables } from '../../src/table/open-tables.js';
import type { Tables } from '../../src/table/tables.js';
import type { TablesOptions } from '../../src/table/tables-environment.js';
import type { Clock, Random } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import { makeDirectoryDurably } from '../../src/vfs/io.js';

export const DIRECTORY = '/data';

const KIB = 1024;

interface Surroundings {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly options?: TablesOptions | undefined;
}

/** Small memtables and caches, so that tests meet flushes, merges and cold blocks. */
export async function openOnDisk({ disk, clock, random, options }: Surroundings): Promise<Tables> {
  await makeDirectoryDurably(disk, DIRECTORY);
  return openTables({
    directory: DIRECTORY,
    disk,
    clock,
    random,
    executor: new InlineExecutor(disk),
    shared: {
      blockCache: new BlockCache({ budgetBytes: 64 * KIB }),
      openFiles: new OpenFiles({ limit: 16 }),
    },
    partitionOptions: { memtableBytes: 64 * KIB },
    options,
  });
}

/** The tables of a data directory that no daemon serves, opened for one command. */
import { PiscinaExecutor } from '../src/compaction/piscina-executor.js';
import { MemtableBudget } from '../src/partition/memtable-budget.js';
import { BlockCache } from '../src/sstable/block-cache.js';
import { OpenFiles } from '../src/sstable/open-files.js';
import { DIRECTORY_MODE, readMarker } from '../src/table/directory-marker.js';
import { openTables } from '../src/table/open-tables.js';
import { partitionCountFor } from '../src/table/partition-count.js';
import type { Tables } from '../src/table/tables.js';
import type { Clock, Random } from '../src/vfs/clock.js';
import { openFilesMax } from '../src/vfs/descriptors.js';
import type { Disk } from '../src/vfs/disk.js';
import { DirectoryLockedError } from '../src/vfs/errors.js';
import { makeDirectoryDurably } from '../src/vfs/io.js';
import { descriptorShares } from './descriptor-shares.js';
import { CommandError, dataDirectoryError } from './errors.js';
import { EXIT_USAGE } from './exit-codes.js';

const MiB = 1024 * 1024;
/** Less than a daemon has: everything is read or written once. */
const BLOCK_CACHE_BYTES = 16 * MiB;
const MEMTABLES_BYTES = 48 * MiB;

export interface StoppedTablesOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** Absolute. */
  readonly directory: string;
  /** Make it when it is missing or empty. */
  readonly create: boolean;
}

export interface StoppedTables {
  readonly tables: Tables;
  /** Also releases the directory. */
  close(): Promise<void>;
}

/** Recovers it as a daemon's start does. @throws CommandError */
export async function openStoppedTables(options: StoppedTablesOptions): Promise<StoppedTables> {
  try {
    return await open(options);
  } catch (error) {
    if (!(error instanceof DirectoryLockedError)) throw dataDirectoryError(error, options.directory);
    throw new CommandError(
      `${options.directory} is in use by process ${error.holder.pid}, which cannot be asked: stop it, or ask it over HTTP`,
      { cause: error, exitCode: EXIT_USAGE },
    );
  }
}

async function open({
  disk,
  clock,
  random,
  directory,
  create,
}: StoppedTablesOptions): Promise<StoppedTables> {
  if (create) await makeDirectoryDurably(disk, directory, DIRECTORY_MODE);
  const isThere = (await disk.status(directory)) !== undefined;
  const marker = isThere ? await readMarker(disk, directory) : undefined;
  if (!create && marker === undefined && (!isThere || (await disk.list(directory)).length === 0)) {
    throw new CommandError(`${directory} is no data directory; say where the data is with --data`, {
      exitCode: EXIT_USAGE,
    });
  }
  const lock = await disk.lock(directory);
  const executor = new PiscinaExecutor({ clock });
  const release = async () => {
    await executor.close();
    await lock.release();
  };
  try {
    const tables = await openTables({
      directory,
      disk,
      clock,
      random,
      executor,
      shared: {
        blockCache: new BlockCache({ budgetBytes: BLOCK_CACHE_BYTES }),
        openFiles: new OpenFiles({ limit: descriptorShares(openFilesMax()).openTablesMax }),
        memtableBudget: new MemtableBudget({ budgetBytes: MEMTABLES_BYTES }),
      },
      options: { partitionCount: partitionCountFor() },
      // A dump leaves things as they are.
      partitionOptions: { automaticCompaction: create },
    });
    const close = async () => {
      await tables.close();
      await release();
    };
    return { tables, close };
  } catch (error) {
    await release();
    throw error;
  }
}

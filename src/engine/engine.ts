/** Puts the rooms together: disk → partitions → tables → operations. */
import { createApi } from '../api/create-api.js';
import type { Api } from '../api/types.js';
import { InlineExecutor } from '../compaction/inline-executor.js';
import { PiscinaExecutor, type PiscinaExecutorOptions } from '../compaction/piscina-executor.js';
import { MemtableBudget } from '../partition/memtable-budget.js';
import type { Recovery, Stall, Trouble } from '../partition/types.js';
import { BlockCache } from '../sstable/block-cache.js';
import { OpenFiles } from '../sstable/open-files.js';
import { DIRECTORY_MODE, readMarker } from '../table/directory-marker.js';
import { openTables } from '../table/open-tables.js';
import { partitionCountFor } from '../table/partition-count.js';
import type { Tables } from '../table/tables.js';
import type { Clock, Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import { makeDirectoryDurably } from '../vfs/io.js';
import { MemoryDisk } from '../vfs/memory-disk.js';
import { RealDisk } from '../vfs/real-disk.js';
import { LogStatistics } from '../wal/statistics.js';
import type { EngineStatistics } from './statistics.js';
import { watchDirectory } from './watch-directory.js';

/** What the daemon's settings of the same names say. */
export interface EngineOptions {
  /** Absolute. */
  readonly data: string;
  /** Nothing is kept; `data` is not looked at. */
  readonly inMemory: boolean;
  readonly tableTransitionMs: number;
  /** Of tables that are created. Default: see `partitionCountFor`. */
  readonly partitionCount?: number | undefined;
  readonly blockCacheBytes: number;
  readonly memtablesBytes: number;
  readonly memtableBytes: number;
  readonly logSegmentBytes: number;
  readonly mergeThreads?: number | undefined;
  /** See `PartitionOptions`. */
  readonly mergeBytesPerSecond: number;
}

export interface Engine {
  readonly api: Api;
  readonly tables: Tables;
  /** Gathered when it is called. */
  statistics(): EngineStatistics;
  /** Of merges that begin from now on; 0: no limit. */
  setMergeRate(bytesPerSecond: number): void;
  /** Closes logs and tables, releases the data directory. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly onTrouble: (trouble: Trouble) => void;
  readonly onStall?: (stall: Stall) => void;
  readonly onRecovery?: (recovery: Recovery) => void;
  /** The data directory is no longer at its path: nothing more must be acknowledged. */
  readonly onDirectoryLost: () => void;
  readonly openTablesMax: number;
}

/** Where an in-memory disk has the data: nobody else sees it. */
const IN_MEMORY_DIRECTORY = '/varve';

function threads({ mergeThreads }: EngineOptions, clock: Clock): PiscinaExecutorOptions {
  return { clock, ...(mergeThreads !== undefined && { threadsMax: mergeThreads }) };
}

/** Rejects with `DirectoryLockedError` when another process has the directory, with the disk's errors otherwise. */
export async function openEngine(options: EngineOptions, surroundings: Surroundings): Promise<Engine> {
  const disk: Disk = options.inMemory ? new MemoryDisk({ trackDurability: false }) : new RealDisk();
  const directory = options.inMemory ? IN_MEMORY_DIRECTORY : options.data;
  await makeDirectoryDurably(disk, directory, DIRECTORY_MODE);
  // Before anything is made in it, if only for a moment.
  await readMarker(disk, directory);
  const lock = await disk.lock(directory);
  // Another thread does not see a disk in memory.
  const executor = options.inMemory
    ? new InlineExecutor(disk)
    : new PiscinaExecutor(threads(options, surroundings.clock));
  const blockCache = new BlockCache({ budgetBytes: options.blockCacheBytes });
  const openFiles = new OpenFiles({ limit: surroundings.openTablesMax });
  const log = new LogStatistics();
  const mergeRate = { bytesPerSecond: options.mergeBytesPerSecond };
  try {
    const tables = await openTables({
      ...surroundings,
      directory,
      disk,
      executor,
      shared: {
        blockCache,
        openFiles,
        memtableBudget: new MemtableBudget({ budgetBytes: options.memtablesBytes }),
        logStatistics: log,
      },
      options: {
        transitionMs: options.tableTransitionMs,
        partitionCount: options.partitionCount ?? partitionCountFor(),
      },
      partitionOptions: {
        memtableBytes: options.memtableBytes,
        mergeRate,
      },
      logOptions: { segmentBytes: options.logSegmentBytes },
    });
    const endWatch = watchDirectory(lock, surroundings.clock, surroundings.onDirectoryLost);
    const close = async () => {
      await tables.close();
      await executor.close();
      endWatch();
      await lock.release();
    };
    const api = createApi({ tables, clock: surroundings.clock });
    const statistics = (): EngineStatistics => ({
      operations: api.statistics,
      tables: tables.statistics,
      transactions: tables.transactionStatistics,
      blockCache: blockCache.statistics,
      openFiles: openFiles.statistics,
      log,
      memtablesBytesMax: options.memtablesBytes,
      blockCacheBytesMax: options.blockCacheBytes,
      jobs: executor.pending,
    });
    const setMergeRate = (bytesPerSecond: number) => {
      mergeRate.bytesPerSecond = bytesPerSecond;
    };
    return { api, tables, statistics, setMergeRate, close };
  } catch (error) {
    await executor.close();
    await lock.release();
    throw error;
  }
}

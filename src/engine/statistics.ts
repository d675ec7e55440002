/** Figures of an engine, for whoever watches over it. */
import type { StatisticsByOperation } from '../api/operation-statistics.js';
import type { BlockCacheStatistics } from '../sstable/block-cache.js';
import type { OpenFilesStatistics } from '../sstable/open-files.js';
import type { TablesStatistics } from '../table/totals.js';
import type { LockStatistics } from '../transaction/lock-table.js';
import type { TransactionStatistics } from '../transaction/types.js';
import type { LogStatistics } from '../wal/statistics.js';

export interface EngineStatistics {
  readonly operations: StatisticsByOperation;
  readonly tables: TablesStatistics;
  readonly transactions: TransactionStatistics & { readonly locks: LockStatistics };
  readonly blockCache: BlockCacheStatistics;
  readonly openFiles: OpenFilesStatistics;
  readonly log: LogStatistics;
  readonly memtablesBytesMax: number;
  readonly blockCacheBytesMax: number;
  /** Flushes and merges that run or wait for a thread. */
  readonly jobs: number;
}

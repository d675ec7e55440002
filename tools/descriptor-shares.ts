/** Who may have how many of the process's file descriptors, so that clients never take what the data needs. */
import { HTTP_LIMITS } from '../src/server/limits.js';

/** Tables of all partitions, however many descriptors there are. */
const OPEN_TABLES_MAX = 1000;

export interface DescriptorShares {
  readonly connectionsMax: number;
  /** Open tables. */
  readonly openTablesMax: number;
}

/** Half for clients, a quarter for tables; the rest is for logs (one for each partition, and more while it grows). */
export function descriptorShares(openFilesMax: number = Number.POSITIVE_INFINITY): DescriptorShares {
  return {
    connectionsMax: Math.max(1, Math.min(HTTP_LIMITS.connectionsMax, Math.floor(openFilesMax / 2))),
    openTablesMax: Math.max(1, Math.min(OPEN_TABLES_MAX, Math.floor(openFilesMax / 4))),
  };
}

/** Who may have how many of the process's file descriptors, so that clients never take what the data needs. */
import { HTTP_LIMITS, SOCKET_LIMITS } from '../src/server/limits.js';

/** Tables of all partitions, however many descriptors there are. */
const OPEN_TABLES_MAX = 1000;

export interface DescriptorShares {
  /** Over HTTP. */
  readonly connectionsMax: number;
  /** Over the Unix socket. */
  readonly socketConnectionsMax: number;
  /** Open tables. */
  readonly openTablesMax: number;
}

/**
 * A quarter for logs (one for each partition, and more while it grows), at most a quarter for tables, the rest for clients:
 * a quarter of that for the socket, where a client needs but one connection.
 */
export function descriptorShares(openFilesMax: number = Number.POSITIVE_INFINITY): DescriptorShares {
  const quarter = Math.max(1, Math.floor(openFilesMax / 4));
  const openTablesMax = Math.min(OPEN_TABLES_MAX, quarter);
  const rest =
    openFilesMax === Number.POSITIVE_INFINITY ? openFilesMax : openFilesMax - openTablesMax - quarter;
  const forSocket = Math.max(1, Math.min(SOCKET_LIMITS.connectionsMax, Math.floor(rest / 4)));
  return {
    connectionsMax: Math.max(1, Math.min(HTTP_LIMITS.connectionsMax, rest - forSocket)),
    socketConnectionsMax: forSocket,
    openTablesMax,
  };
}

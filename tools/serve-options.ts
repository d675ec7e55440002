/** What `varve serve` is told. */

export const DEFAULT_DATA_DIRECTORY = './varve-data';
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 8000;
export const DEFAULT_SOCKET_MODE = 0o600;

export interface ServeOptions {
  /** Absolute. */
  readonly data: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly inMemory: boolean;
  /** Origins of web pages that may call; `*` for any. None: only pages of this machine. */
  readonly cors?: readonly string[];
  /** Path of the Unix socket; `undefined` for the one in the data directory, `false` for none. */
  readonly socket?: string | false;
  /** Permissions of the socket's file. */
  readonly socketMode: number;
  /** Name or number of the group that the socket's file is given to. */
  readonly socketGroup?: string;
  /** How long a table shows CREATING, UPDATING and DELETING, in milliseconds. */
  readonly tableTransitionMs: number;
  /** For tests: a small one makes flushes and merges frequent. */
  readonly memtableBytes?: number;
}

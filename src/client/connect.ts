import { SystemClock, SystemRandom } from '../vfs/system-clock.js';
import { Database } from './database.js';
import { checkOptions } from './option-names.js';
import { SocketTransport } from './socket-transport.js';

export interface ConnectOptions {
  /** Of the socket: `varve.sock` in the daemon's data directory, unless the daemon was told otherwise. */
  readonly path: string;
  /** Whose tables, as part of every ARN. Default: those of `000000000000` in `us-east-1`. */
  readonly accountId?: string;
  readonly region?: string;
  /** How long a call waits for its reply, unless it says otherwise. Default: a minute. */
  readonly timeoutMs?: number;
  /** How long calls wait for a connection that broke to be there again. Default: five seconds. */
  readonly reconnectMs?: number;
}

const OPTIONS: Readonly<Record<keyof ConnectOptions, true>> = {
  path: true,
  accountId: true,
  region: true,
  timeoutMs: true,
  reconnectMs: true,
};

/** Connects to a daemon on this machine. Rejects with a `VarveError` when there is none. */
export async function connect(options: ConnectOptions): Promise<Database> {
  checkOptions('connect', options, OPTIONS);
  if (typeof options.path !== 'string' || options.path === '') {
    throw new TypeError('connect needs the path of the socket: connect({ path: "…/varve.sock" })');
  }
  const { timeoutMs = 60_000, reconnectMs = 5_000, ...rest } = options;
  // Somebody waits for whatever this waits for, so the process must not end meanwhile.
  const clock = new SystemClock(true);
  const transport = await SocketTransport.connect({ ...rest, timeoutMs, reconnectMs, clock });
  return new Database(transport, new SystemRandom());
}

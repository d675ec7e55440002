import { resolve } from 'node:path';
import { Database } from '../client/database.js';
import { VarveError } from '../client/errors.js';
import { checkOptions } from '../client/option-names.js';
import type { Trouble } from '../partition/types.js';
import { callerOf } from '../server/caller.js';
import { SystemClock, SystemRandom } from '../vfs/system-clock.js';
import { openEngine } from './engine.js';
import { InProcessTransport } from './in-process-transport.js';

const MiB = 1024 * 1024;

/** Half of what a daemon takes, since this is a guest in another program. */
const SIZES = {
  blockCacheBytes: 64 * MiB,
  memtablesBytes: 128 * MiB,
  memtableBytes: 16 * MiB,
  logSegmentBytes: 16 * MiB,
  mergeBytesPerSecond: 64 * MiB,
} as const;

/** Files of tables that are kept open; logs have theirs besides. */
const OPEN_TABLES_MAX = 250;

export interface OpenOptions {
  /** The data directory; made when missing. Without it nothing is kept: all data is in memory. */
  readonly data?: string;
  readonly accountId?: string;
  readonly region?: string;
  /** Told of what goes wrong in the background. Default: a warning of the process. */
  readonly onTrouble?: (trouble: Trouble) => void;
}

const OPTIONS: Readonly<Record<keyof OpenOptions, true>> = {
  data: true,
  accountId: true,
  region: true,
  onTrouble: true,
};

/**
 * Opens a data directory within this process, without a daemon. Nobody else can have it meanwhile: rejects with
 * `DirectoryLockedError` when somebody has.
 */
export async function open(options: OpenOptions = {}): Promise<Database> {
  checkOptions('open', options, OPTIONS);
  const clock = new SystemClock();
  const random = new SystemRandom();
  const { data, onTrouble = warn } = options;
  let lost: VarveError | undefined;
  const engine = await openEngine(
    {
      ...SIZES,
      data: data === undefined ? '' : resolve(data),
      inMemory: data === undefined,
      tableTransitionMs: 0,
    },
    {
      clock,
      random,
      onTrouble,
      // Whoever writes waits, and so knows.
      onStall: () => undefined,
      openTablesMax: OPEN_TABLES_MAX,
      onDirectoryLost: () => {
        lost = new VarveError('DirectoryLost', `${data} was removed, moved or replaced while it was open`);
      },
    },
  );
  const transport = new InProcessTransport({
    api: engine.api,
    caller: callerOf(options.accountId, options.region),
    clock: new SystemClock(true),
    failure: () => lost,
    close: () => engine.close(),
  });
  return new Database(transport, random);
}

function warn({ directory, work, error }: Trouble): void {
  process.emitWarning(
    `${directory}: ${work} failed: ${error instanceof Error ? error.message : String(error)}`,
    'Varve',
  );
}

/** Opens what `varve repair` has put aside, for `varve dump --lost`. */
import { PiscinaExecutor } from '../src/compaction/piscina-executor.js';
import { BlockCache } from '../src/sstable/block-cache.js';
import { OpenFiles } from '../src/sstable/open-files.js';
import { type LostTable, openLostTable } from '../src/table/lost-table.js';
import { openFilesMax } from '../src/vfs/descriptors.js';
import { descriptorShares } from './descriptor-shares.js';
import { CommandError, dataDirectoryError } from './errors.js';
import { EXIT_USAGE } from './exit-codes.js';
import { tableDraft } from './table-draft.js';
import type { TransferSurroundings } from './transfer.js';
import type { DumpOptions } from './transfer-options.js';

const BLOCK_CACHE_BYTES = 16 * 1024 * 1024;

/** @throws CommandError */
export async function openLost(
  { disk, clock, random, key, as }: TransferSurroundings & DumpOptions,
  directory: string,
): Promise<LostTable> {
  if (key === undefined || as === undefined) {
    const fault = 'nobody knows name and key of a lost table: say them with --as and --key';
    throw new CommandError(fault, { exitCode: EXIT_USAGE });
  }
  if ((await disk.status(directory))?.isDirectory !== true) {
    throw new CommandError(`${directory} is no directory`, { exitCode: EXIT_USAGE });
  }
  const lock = await disk.lock(directory);
  const executor = new PiscinaExecutor();
  const release = async () => {
    await executor.close();
    await lock.release();
  };
  try {
    const shared = {
      blockCache: new BlockCache({ budgetBytes: BLOCK_CACHE_BYTES }),
      openFiles: new OpenFiles({ limit: descriptorShares(openFilesMax()).openTablesMax }),
    };
    const { tables, close } = await openLostTable(
      { directory, disk, clock, random, executor, shared },
      tableDraft(as, key, clock.now()),
    );
    return {
      tables,
      close: async () => {
        await close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw dataDirectoryError(error, directory);
  }
}

/** Whether a partition's directory that nobody has open has anything in it that was acknowledged. Changes nothing. */
import { fileNumberOf } from '../compaction/table-name.js';
import type { Disk } from '../vfs/disk.js';
import { verifyLog } from '../wal/verify.js';
import { logDirectory } from './file-names.js';

/**
 * False of one whose making was cut off. True where it cannot be told, because the log is damaged. Throws what the disk
 * throws.
 */
export async function holdsData(disk: Disk, directory: string): Promise<boolean> {
  const names = await disk.list(directory);
  if (names.some((name) => fileNumberOf(name) !== undefined)) return true;
  const log = logDirectory(directory);
  if ((await disk.status(log)) === undefined) return false;
  let records = 0;
  const { damaged, previousSequence } = await verifyLog({
    disk,
    directory: log,
    observer: { onFinding: () => undefined, onBytes: () => undefined },
    onRecord: () => {
      records += 1;
    },
  });
  return records > 0 || damaged || (previousSequence ?? 0) > 0;
}

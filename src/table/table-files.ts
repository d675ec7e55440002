/** The identity of a table, and the opening of its partitions. */
import type { Partition } from '../partition/types.js';
import type { Random } from '../vfs/clock.js';
import { PARTITIONS_OPENING_MAX } from './limits.js';
import type { OpenTablePartition, PartitionOpening } from './tables-environment.js';

/** A random UUID (version 4, RFC 9562). */
export function randomId(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Of the name of a directory. */
export function isTableId(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

/** Opens all or none. */
export async function openAll(
  paths: readonly string[],
  openPartition: OpenTablePartition,
  how: PartitionOpening = {},
): Promise<Partition[]> {
  const opened = new Map<string, Partition>();
  try {
    await inParallel(paths, PARTITIONS_OPENING_MAX, async (path) => {
      opened.set(path, await openPartition(path, how));
    });
  } catch (error) {
    await Promise.all([...opened.values()].map((partition) => partition.close()));
    throw error;
  }
  return paths.flatMap((path) => opened.get(path) ?? []);
}

/**
 * Does `work` for each item, for at most `atOnce` at a time. After a failure none is begun any more; it rejects with the
 * first one when all that had been begun have ended.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const lane = async () => {
    for (const item of rest) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: atOnce }, lane));
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** The identity of a table, and the opening of its partitions. */
import type { Partition } from '../partition/types.js';
import type { Random } from '../vfs/clock.js';

/** A random UUID (version 4, RFC 9562). */
export function randomId(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Opens all or none. */
export async function openAll(
  paths: readonly string[],
  openPartition: (directory: string) => Promise<Partition>,
): Promise<Partition[]> {
  const results = await Promise.allSettled(paths.map(openPartition));
  const opened: Partition[] = [];
  let failure: PromiseRejectedResult | undefined;
  for (const result of results) {
    if (result.status === 'fulfilled') opened.push(result.value);
    else failure ??= result;
  }
  if (failure === undefined) return opened;
  await Promise.all(opened.map((partition) => partition.close()));
  throw failure.reason;
}

/** A small data directory as the engine leaves it, in memory, and the tools run on it. */
import { posix } from 'node:path';
import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import type { AttributeValue, Item } from '../../src/encoding/attribute-value.js';
import { itemSizeBytes } from '../../src/encoding/item-size.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type { Partition } from '../../src/partition/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { itemAddress, itemKey } from '../../src/table/key-layout.js';
import { encodeStored } from '../../src/table/stored-item.js';
import { Tables } from '../../src/table/tables.js';
import type { Disk } from '../../src/vfs/disk.js';
import { writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import { SystemClock } from '../../src/vfs/system-clock.js';
import { walkSegment } from '../../src/wal/segment-walk.js';
import type { TextStream } from '../../tools/output.js';
import { draftOf } from '../table/fixture.js';

export const DIRECTORY = '/data';

const clock = new SystemClock();

export function openSmallPartition(
  disk: Disk,
  directory: string,
  random = new SeededRandom(4),
): Promise<Partition> {
  return openPartition({
    directory,
    disk,
    clock,
    random,
    executor: new InlineExecutor(disk),
    shared: { blockCache: new BlockCache({ budgetBytes: 65_536 }), openFiles: new OpenFiles({ limit: 4 }) },
    options: {
      memtableBytes: 4_000,
      level0SlowdownTables: 1000,
      level0StopTables: 2000,
      table: { blockBytes: 300, filterBitsPerKey: 10, compression: 'deflate' },
      compaction: { level0TablesMax: 3, baseBytes: 6_000, levelFactor: 3, targetTableBytes: 3_000 },
    },
    log: { segmentBytes: 4096, firstChunkBytes: 1024, batchBytesMax: 1024 },
  });
}

export interface DataDirectory {
  /** After the daemon has stopped. */
  readonly closed: MemoryDisk;
  /** After a power cut in the midst of writing that lost nothing. */
  readonly cut: MemoryDisk;
}

/** A catalog, a table of two partitions: tables on several levels, logs of several segments, recycled ones too. */
export async function makeDataDirectory(): Promise<DataDirectory> {
  const disk = new MemoryDisk();
  const random = new SeededRandom(11);
  await disk.makeDirectory(DIRECTORY);
  const tables = await Tables.open({
    directory: DIRECTORY,
    disk,
    clock,
    random,
    openPartition: (directory) => openSmallPartition(disk, directory, random),
  });
  const table = await tables.create({ ...draftOf({ name: 'notes' }), partitionCount: 2 });
  await tables.create({ ...draftOf({ name: 'gone' }), partitionCount: 1 });
  await tables.delete('gone');
  await tables.close();
  const partitions = await Promise.all(
    ['0', '1'].map((name) =>
      openSmallPartition(disk, posix.join(DIRECTORY, 'tables', table.definition.id, name)),
    ),
  );
  for (let i = 0; i < 300; i += 1) {
    // One partition keeps its log from some point on for a reader; the other one recycles its segments.
    if (i === 200) await partitions[0]?.retain('reader', partitions[0].statistics.sequence);
    await Promise.all(partitions.map((partition, index) => write(partition, index, random, i)));
  }
  for (const partition of partitions) await partition.flush();
  for (let i = 0; i < 40; i += 1)
    await Promise.all(partitions.map((partition, index) => write(partition, index, random, i)));
  const cut = copyOf(disk);
  for (const partition of partitions) await partition.close();
  return { closed: copyOf(disk), cut };
}

/** An item of the partition with that index. */
async function write(partition: Partition, index: number, random: SeededRandom, i: number): Promise<void> {
  const { name, key } = keyIn(index, random);
  const length = i % 100 === 50 ? 2000 : random.uint32() % 100;
  const item: Item = new Map<string, AttributeValue>([
    ['pk', name],
    ['v', random.bytes(length)],
  ]);
  await partition.write([{ key, value: i % 7 === 0 ? null : encodeStored(item, itemSizeBytes(item)) }]);
}

function keyIn(index: number, random: SeededRandom): { readonly name: string; readonly key: string } {
  for (;;) {
    const name = `key-${String(random.uint32() % 400).padStart(3, '0')}`;
    const address = itemAddress(name, undefined, 2);
    if (address.partition === index) return { name, key: itemKey(address) };
  }
}

/** A copy of the disk as it is. */
export function copyOf(disk: MemoryDisk): MemoryDisk {
  return disk.crashClone({ random: new SeededRandom(0), survive: 1 });
}

/** Every file below `directory`. */
export async function filesBelow(disk: Disk, directory = DIRECTORY): Promise<string[]> {
  const files: string[] = [];
  for (const name of await disk.list(directory)) {
    const path = posix.join(directory, name);
    if ((await disk.status(path))?.isDirectory === true) files.push(...(await filesBelow(disk, path)));
    else files.push(path);
  }
  return files;
}

/** How far the file's bytes matter: of a segment, to the end of its last batch. */
export async function liveBytes(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, { access: 'read' });
  try {
    if (!path.endsWith('.wal')) return await file.sizeBytes();
    for await (const step of walkSegment(file)) if (step.kind === 'end') return step.offset;
    throw new Error(`${path} has no end`);
  } finally {
    await file.close();
  }
}

/** Where the batches of a segment begin. */
export async function batchOffsets(disk: Disk, path: string): Promise<number[]> {
  const file = await disk.open(path, { access: 'read' });
  const offsets: number[] = [];
  for await (const step of walkSegment(file))
    if (step.kind === 'batch') offsets.push(step.batch.header.offset);
  await file.close();
  return offsets;
}

export async function replaceFile(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const file = await disk.open(path, { access: 'write', create: 'if-missing' });
  await file.truncate(0);
  await writeFully(file, content, 0);
  await file.sync();
  await file.close();
}

/** Collects what is written to it. */
export class TextSink implements TextStream {
  text = '';

  constructor(readonly isTTY = false) {}

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  once(): void {}
  on(): void {}
  removeListener(): void {}
}

export { clock };

/** Tables on a disk in memory, in a few lines. */
import type { VersionedEntry } from '../../src/memtable/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import type { OpenFiles } from '../../src/sstable/open-files.js';
import { openTable } from '../../src/sstable/reader.js';
import type {
  TableCursor,
  TableProperties,
  TableReader,
  TableWriterOptions,
} from '../../src/sstable/types.js';
import { createTableWriter } from '../../src/sstable/writer.js';
import type { Disk } from '../../src/vfs/disk.js';
import { readWholeFile, writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';

export const path = '/data/000007.sst';
export const fileNumber = 7;

export async function newDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeDirectory('/data');
  return disk;
}

export function newCache(budgetBytes = 1024 * 1024): BlockCache {
  return new BlockCache({ budgetBytes });
}

/** `a=1 b=-`: a holds `1`, b is deleted; sequences count from 1. */
export function entriesOf(text: string): VersionedEntry[] {
  return text.split(' ').map((pair, i) => {
    const [key = '', value = ''] = pair.split('=');
    return { key, sequence: i + 1, value: value === '-' ? null : Buffer.from(value, 'latin1') };
  });
}

/** `count` entries of fixed-width keys, every tenth deleted; the values differ and are `valueBytes` long. */
export function manyEntries(count: number, valueBytes = 20): VersionedEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `key-${String(i).padStart(8, '0')}`,
    sequence: 1 + ((i * 7919) % (count * 3)),
    value: i % 10 === 9 ? null : Buffer.alloc(valueBytes, String(i)),
  }));
}

export async function writeTable(
  disk: Disk,
  entries: readonly VersionedEntry[],
  options: Partial<TableWriterOptions> = {},
  file = { path, fileNumber },
): Promise<TableProperties> {
  const writer = await createTableWriter({ disk, ...file, options });
  for (const { key, sequence, value } of entries) await writer.add(key, sequence, value);
  return writer.finish();
}

export function open(
  disk: Disk,
  options: { cache?: BlockCache; files?: OpenFiles; path?: string; fileNumber?: number } = {},
): Promise<TableReader> {
  return openTable({ disk, path, fileNumber, cache: newCache(), ...options });
}

/** Writes and opens. */
export async function tableOf(
  entries: readonly VersionedEntry[],
  options: Partial<TableWriterOptions> & { cache?: BlockCache } = {},
): Promise<{ table: TableReader; disk: MemoryDisk }> {
  const { cache, ...writerOptions } = options;
  const disk = await newDisk();
  await writeTable(disk, entries, writerOptions);
  return { table: await open(disk, cache === undefined ? {} : { cache }), disk };
}

export async function drain(cursor: TableCursor): Promise<VersionedEntry[]> {
  const entries: VersionedEntry[] = [];
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) entries.push(entry);
  return entries;
}

export function show(entries: readonly VersionedEntry[]): string {
  return entries
    .map(({ key, value }) => `${key}=${value === null ? '-' : Buffer.from(value).toString('latin1')}`)
    .join(' ');
}

export function readBytes(disk: Disk): Promise<Buffer> {
  return readWholeFile(disk, path);
}

/** Replaces the content of the table's file. */
export async function overwrite(disk: Disk, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, { access: 'write', create: 'if-missing' });
  await file.truncate(0);
  if (bytes.length > 0) await writeFully(file, bytes, 0);
  await file.close();
}

/** A log on an in-memory disk: write, close, damage, open again, in a line each. */
import { posix } from 'node:path';

import type { Clock } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import { readWholeFile, writeFully } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';
import type { LogOptions } from '../../src/wal/limits.js';
import { openLog } from '../../src/wal/open-log.js';
import type { LogRecovery } from '../../src/wal/recovery.js';
import type { LogRecord, WriteAheadLog } from '../../src/wal/types.js';

export const DIRECTORY = '/log';

/** Small, so that everything that happens at borders happens soon. */
export const SMALL: LogOptions = {
  segmentBytes: 8192,
  firstChunkBytes: 2048,
  batchBytesMax: 1024,
  sparesMax: 1,
};

let identities = 0;

export interface Opened {
  readonly log: WriteAheadLog;
  readonly recovery: LogRecovery;
  /** What was replayed. */
  readonly replayed: LogRecord[];
}

export interface OpenSettings {
  readonly after?: number;
  readonly repair?: boolean;
  readonly options?: LogOptions;
  readonly existing?: boolean;
  readonly clock?: Clock;
}

export async function open(disk: Disk, settings: OpenSettings = {}): Promise<Opened> {
  const replayed: LogRecord[] = [];
  identities += 1;
  const { log, recovery } = await openLog({
    disk,
    directory: DIRECTORY,
    random: new SeededRandom(identities),
    options: settings.options ?? SMALL,
    after: settings.after ?? 0,
    repair: settings.repair ?? false,
    existing: settings.existing ?? false,
    ...(settings.clock !== undefined && { clock: settings.clock }),
    onRecord: (record) => replayed.push(record),
  });
  return { log, recovery, replayed };
}

/** Resolves when durable, rejects as the log says. Throws what `append` throws. */
export function append(log: WriteAheadLog, sequence: number, payload: Uint8Array | string): Promise<void> {
  const bytes = Buffer.from(payload as string, 'latin1');
  return new Promise((resolve, reject) => {
    log.append(
      sequence,
      bytes.length,
      (target, offset) => bytes.copy(target, offset),
      (error) => (error === undefined ? resolve() : reject(error)),
    );
  });
}

/** Appends records `from` to `to`, each in a batch of its own. */
export async function appendEach(log: WriteAheadLog, from: number, to: number, bytes = 20): Promise<void> {
  for (let sequence = from; sequence <= to; sequence++)
    await append(log, sequence, payloadOf(sequence, bytes));
}

/** Says which record it is, then repeats itself up to `bytes`. */
export function payloadOf(sequence: number, bytes = 20): string {
  return `record ${sequence};`.repeat(Math.ceil(bytes / 8)).slice(0, bytes);
}

export const sequences = (records: readonly LogRecord[]): number[] =>
  records.map((record) => record.sequence);

export async function readAll(log: WriteAheadLog, after = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of log.read(after)) records.push(record);
  return records;
}

export async function segmentFiles(disk: Disk): Promise<string[]> {
  const names = await disk.list(DIRECTORY);
  return names.filter((name) => name.endsWith('.wal')).map((name) => posix.join(DIRECTORY, name));
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** A copy of the disk as it is: as if nothing were ever lost. */
export const copyOf = (disk: MemoryDisk): MemoryDisk =>
  disk.crashClone({ random: new SeededRandom(0), survive: 1 });

export async function flipBit(disk: Disk, path: string, bit: number): Promise<void> {
  const content = await readWholeFile(disk, path);
  const at = Math.floor(bit / 8);
  content[at] = (content[at] ?? 0) ^ (1 << (bit % 8));
  await overwrite(disk, path, content.subarray(at, at + 1), at);
}

export async function overwrite(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  const file = await disk.open(path, { access: 'write' });
  await writeFully(file, bytes, position);
  await file.sync();
  await file.close();
}

export async function shrinkTo(disk: Disk, path: string, sizeBytes: number): Promise<void> {
  const file = await disk.open(path, { access: 'write' });
  await file.truncate(sizeBytes);
  await file.sync();
  await file.close();
}

export const newDisk = (): MemoryDisk => new MemoryDisk();

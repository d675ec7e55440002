/**
 * Checkpoint: a copy of the partition at one moment, taken while it serves.
 *
 * 1. Between two installs, in one turn: what the manifest says, the version that it describes, and the last visible
 *    record. The version is referenced until the end, so no file of it is removed; the log is held where the copy of it
 *    begins.
 * 2. Under a temporary name: hard links of the tables, the log's records up to that one, at last the manifest. A
 *    directory without a manifest does not open as a partition.
 * 3. Everything is synced, the directory gets its name by a rename, and that is synced.
 *
 * The log is copied record by record, into a log of its own: a linked segment would go on growing under the checkpoint,
 * and be overwritten when it is recycled. The copy ends at exactly one record, and with a mark, so that damage to it is
 * never taken for a torn tail. Besides what is not in tables it has what the readers of the log have not passed.
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { tableName } from '../compaction/table-name.js';
import type { Disk } from '../vfs/disk.js';
import { makeDirectoryDurably, writeFully } from '../vfs/io.js';
import { LogTruncatedError } from '../wal/errors.js';
import type { LogOptions } from '../wal/limits.js';
import { openLog } from '../wal/open-log.js';
import type { LogRecord, WriteAheadLog } from '../wal/types.js';
import { PartitionError } from './errors.js';
import { logDirectory, manifestPath } from './file-names.js';
import { checkpointAheadBytes } from './limits.js';
import type { LogReaders } from './log-readers.js';
import { encodeManifest } from './manifest.js';
import type { PartitionState } from './partition-state.js';
import type { TableSet } from './table-set.js';
import type { Checkpoint, PartitionEnvironment, SequenceNumber } from './types.js';
import type { Version } from './version.js';
import type { ManifestState } from './version-edit.js';

/** What a checkpoint is taken of. */
export interface CheckpointSource {
  readonly environment: PartitionEnvironment;
  readonly state: PartitionState;
  readonly tables: TableSet;
  readonly readers: LogReaders;
  readonly logOptions: LogOptions;
  readonly log: () => WriteAheadLog;
}

/** What must stay until the checkpoint is there. */
interface Moment {
  readonly manifest: ManifestState;
  readonly version: Version;
  /** The copied log holds what comes after the first and not after the second. */
  readonly after: SequenceNumber;
  readonly through: SequenceNumber;
  readonly release: () => void;
}

/** Takes the checkpoints of one partition, one after the other. */
export class CheckpointTaker {
  readonly #source: CheckpointSource;
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: CheckpointSource) {
    this.#source = source;
  }

  take(directory: string): Promise<Checkpoint> {
    const taking = this.#last.then(() => this.#take(directory));
    this.#last = taking.catch(() => undefined);
    return taking;
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #take(directory: string): Promise<Checkpoint> {
    const { environment } = this.#source;
    const { disk } = environment;
    if ((await disk.status(directory)) !== undefined) {
      throw new PartitionError('CHECKPOINT_EXISTS', environment.directory, `${directory} is there already`);
    }
    const temporary = `${directory}.tmp`;
    const moment = await this.#pin();
    try {
      await disk.removeTree(temporary);
      await makeDirectoryDurably(disk, temporary);
      const linked = await this.#link(moment.version, temporary);
      const logBytes = await this.#copyLog(moment, logDirectory(temporary));
      await writeNewFile(disk, manifestPath(temporary), encodeManifest(moment.manifest));
      await disk.syncDirectory(temporary);
      await disk.rename(temporary, directory);
      await disk.syncDirectory(posix.dirname(directory));
      return { sequence: moment.through, ...linked, logBytes };
    } catch (error) {
      // Without effect once it was renamed. What cannot be removed now goes before the next attempt.
      await disk.removeTree(temporary).catch(() => undefined);
      throw error;
    } finally {
      moment.release();
    }
  }

  #pin(): Promise<Moment> {
    const { tables, state, readers } = this.#source;
    return tables.betweenInstalls((version, manifest) => {
      const after = readers.passedByAll(manifest.flushed.sequence);
      const hold = readers.hold(after);
      version.acquire();
      return {
        manifest: { ...manifest, readers: readers.positions },
        version,
        after,
        through: state.sequence,
        release: () => {
          version.release();
          hold.release();
        },
      };
    });
  }

  async #link(version: Version, target: string): Promise<{ tables: number; tableBytes: number }> {
    const { disk } = this.#source.environment;
    let tableBytes = 0;
    for (const { path, properties } of version.tables) {
      await disk.link(path, posix.join(target, tableName(properties.fileNumber)));
      tableBytes += properties.sizeBytes;
    }
    return { tables: version.tables.length, tableBytes };
  }

  /** Resolves with the bytes of the records. */
  async #copyLog(moment: Moment, directory: string): Promise<number> {
    const log = this.#source.log();
    const { disk, random } = this.#source.environment;
    const after = await beginningOf(log, moment.after, moment.manifest.flushed.sequence);
    const { log: copy } = await openLog({
      disk,
      directory,
      random,
      after,
      // Synced once at the end instead of with each batch.
      options: { ...this.#source.logOptions, durable: false },
      onRecord: () => assert.fail('a new log has no records'),
    });
    let bytes = 0;
    try {
      bytes = await appendAll(copy, log.read(after), moment.through);
    } finally {
      await copy.close();
    }
    if (copy.failure !== undefined) throw copy.failure;
    for (const name of await disk.list(directory)) await syncFile(disk, posix.join(directory, name));
    await disk.syncDirectory(directory);
    return bytes;
  }
}

/**
 * Where a copy of the log can begin: at `after`, or at the oldest record that is left, which is not after `flushed`. A
 * reader may ask for more of the log than there was when it came.
 */
async function beginningOf(log: WriteAheadLog, after: number, flushed: number): Promise<SequenceNumber> {
  try {
    for await (const _ of log.read(after)) break;
    return after;
  } catch (error) {
    if (!(error instanceof LogTruncatedError) || after >= flushed) throw error;
    return beginningOf(log, Math.min(error.releasedThrough, flushed), flushed);
  }
}

async function appendAll(
  log: WriteAheadLog,
  records: AsyncIterable<LogRecord>,
  through: SequenceNumber,
): Promise<number> {
  let bytes = 0;
  let last: Promise<Error | undefined> = Promise.resolve(undefined);
  for await (const { sequence, payload } of records) {
    if (sequence > through) break;
    // It never rejects, since nobody waits for most of them. A log that has failed throws, here and now.
    let settle: (error: Error | undefined) => void = () => undefined;
    last = new Promise((resolve) => {
      settle = resolve;
    });
    log.append(sequence, payload.length, (target, offset) => void target.set(payload, offset), settle);
    if (log.pendingBytes >= checkpointAheadBytes) throwIf(await last);
    bytes += payload.length;
  }
  throwIf(await last);
  return bytes;
}

function throwIf(error: Error | undefined): void {
  if (error !== undefined) throw error;
}

async function writeNewFile(disk: Disk, path: string, content: Uint8Array): Promise<void> {
  const file = await disk.open(path, { access: 'write', create: 'exclusive' });
  try {
    await writeFully(file, content, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, { access: 'write' });
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

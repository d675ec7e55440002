/**
 * Opens a partition: recovery, or the making of a new one.
 *
 * A new partition gets its log first and its manifest last: where a manifest is, there has been a log; and a log that has
 * records without one has lost it.
 *
 * 1. The manifest says which tables there are; each must be in the directory. No table is read.
 * 2. The log's records beyond what the tables hold are put into memtables. They follow each other without a gap. Where a
 *    transaction was in doubt at the last flush, the log is read from its prepare on.
 * 3. Files that a crash left behind (tables that no manifest names, temporary files) are removed.
 *
 * So the cost is that of the manifest and of the live log, whatever the size of the data.
 */
import { posix } from 'node:path';
import { fileNumberOf, tableName } from '../compaction/table-name.js';
import { makeDirectoryDurably, removeIfPresent } from '../vfs/io.js';
import type { LogOptions } from '../wal/limits.js';
import { openLog } from '../wal/open-log.js';
import type { LogRecord, WriteAheadLog } from '../wal/types.js';
import { CorruptionError } from './errors.js';
import { isTemporary, logDirectory, manifestPath } from './file-names.js';
import { checkOptions, defaultPartitionOptions, type PartitionOptions } from './limits.js';
import { LogReaders } from './log-readers.js';
import { Manifest } from './manifest.js';
import { LogStructuredPartition } from './partition.js';
import { PartitionState } from './partition-state.js';
import { type Prepared, PreparedTransactions, preparedReader } from './prepared-transactions.js';
import { decodeRecord, LogOrigin, RecordKind, visibleMutations } from './record-format.js';
import { TableSet } from './table-set.js';
import type { Partition, PartitionEnvironment, SequenceNumber } from './types.js';
import type { ManifestState } from './version-edit.js';

export interface OpenPartitionOptions extends PartitionEnvironment {
  /** Absent ones: `defaultPartitionOptions`. */
  readonly options?: Partial<PartitionOptions>;
  readonly log?: LogOptions;
  /** Cut a damaged log at the damage instead of refusing to open. Acknowledged writes may be lost. */
  readonly repair?: boolean;
  /** When an idle log writes its first record: see the log's own options. */
  readonly schedule?: (flush: () => void) => unknown;
  /** The owner knows that the partition has been made: to find none is damage. Default false. */
  readonly existing?: boolean;
}

/**
 * Throws `CorruptionError` (of this room, or of the log's), `UnsupportedVersionError`, or what the disk throws. The
 * directory is the partition's own; it is made if it is missing.
 */
export async function openPartition(open: OpenPartitionOptions): Promise<Partition> {
  const { directory, disk, shared } = open;
  const options = { ...defaultPartitionOptions, ...open.options };
  checkOptions(options);
  if (open.existing !== true) await makeDirectoryDurably(disk, directory);
  const names = await disk.list(directory);
  const stored = await Manifest.read(disk, directory);
  const { manifest, newLog } = stored === undefined ? await create(open, names) : { manifest: stored };
  const orphans = compareWithManifest(names, manifest.state, directory);

  const tables = new TableSet({ directory, disk, ...shared, manifest });
  const state = new PartitionState(tables.current, manifest.state.flushed);
  const { readers } = manifest.state;
  const prepared = new PreparedTransactions();
  const replay = { path: logDirectory(directory), state, prepared, memtableBytes: options.memtableBytes };
  const from = Math.min(state.sequence, readers.get(preparedReader) ?? state.sequence);
  const log = newLog ?? (await replayLog(open, from, (record) => void replayRecord(record, replay)));
  try {
    // Making the manifest may have used up the temporary file that was listed before.
    for (const name of orphans) await removeIfPresent(disk, posix.join(directory, name));
  } catch (error) {
    await log.close();
    throw error;
  }
  return new LogStructuredPartition({
    environment: open,
    options,
    tables,
    state,
    readers: new LogReaders(readers),
    prepared,
    log,
    logOptions: open.log ?? {},
    reopenLog: async (onSettled) => {
      // Readers see what is replayed at once, so it waits until the log has made sure that it is durable.
      const records: LogRecord[] = [];
      const reopened = await replayLog(open, state.sequence, (record) => void records.push(record));
      try {
        for (const record of records) {
          const settled = replayRecord(record, replay);
          if (settled !== undefined) onSettled(settled);
        }
      } catch (error) {
        await reopened.close();
        throw error;
      }
      return reopened;
    },
  });
}

/** Where there is more than a making that was cut off leaves, the manifest has been lost. */
async function create(
  open: OpenPartitionOptions,
  names: readonly string[],
): Promise<{ readonly manifest: Manifest; readonly newLog: WriteAheadLog }> {
  const { disk, directory } = open;
  const lost = (proof: string) =>
    new CorruptionError(manifestPath(directory), 0, `the file is missing, but ${proof}`);
  if (open.existing === true) throw lost('the partition has been made');
  const log = posix.basename(logDirectory(directory));
  const other = names.find((name) => name !== log && !isTemporary(name));
  if (other !== undefined) throw lost(`${other} is there`);
  const newLog = await openLogOf(open, { after: 0, existing: false }, () => {
    throw lost('the log has records');
  });
  try {
    return { manifest: await Manifest.create(disk, directory), newLog };
  } catch (error) {
    await newLog.close();
    throw error;
  }
}

/** The names to remove. */
function compareWithManifest(
  names: readonly string[],
  { tables }: ManifestState,
  directory: string,
): readonly string[] {
  const present = new Set(names);
  for (const fileNumber of tables.keys()) {
    const name = tableName(fileNumber);
    if (!present.has(name)) {
      throw new CorruptionError(
        posix.join(directory, name),
        0,
        'the file is missing, but the manifest names it',
      );
    }
  }
  return names.filter((name) => {
    const fileNumber = fileNumberOf(name);
    return isTemporary(name) || (fileNumber !== undefined && !tables.has(fileNumber));
  });
}

function replayLog(
  open: OpenPartitionOptions,
  after: SequenceNumber,
  onRecord: (record: LogRecord) => void,
): Promise<WriteAheadLog> {
  return openLogOf(open, { after, existing: true }, onRecord);
}

async function openLogOf(
  {
    directory,
    disk,
    random,
    clock,
    shared,
    log: options,
    repair,
    schedule,
    onRecovery,
  }: OpenPartitionOptions,
  from: { readonly after: SequenceNumber; readonly existing: boolean },
  onRecord: (record: LogRecord) => void,
): Promise<WriteAheadLog> {
  const { log, recovery } = await openLog({
    disk,
    directory: logDirectory(directory),
    random,
    clock,
    ...from,
    onRecord,
    ...(shared.logStatistics !== undefined && { statistics: shared.logStatistics }),
    ...(options !== undefined && { options }),
    ...(repair !== undefined && { repair }),
    ...(schedule !== undefined && { schedule: (flush: () => void) => void schedule(flush) }),
  });
  const { records, tornTail } = recovery;
  if (records > 0 || tornTail !== undefined) onRecovery?.({ directory, records, tornTail });
  return log;
}

interface Replay {
  readonly path: string;
  readonly state: PartitionState;
  readonly prepared: PreparedTransactions;
  readonly memtableBytes: number;
}

/** Returns the prepared transaction of which the record is the outcome. */
function replayRecord(record: LogRecord, replay: Replay): Prepared | undefined {
  const { sequence } = record;
  const { path, state, prepared } = replay;
  const decoded = decodeRecord(record.payload, new LogOrigin(path, record.position));
  if (sequence > state.sequence) {
    if (sequence !== state.sequence + 1) {
      const { segment, offset } = record.position;
      const fault = `record ${sequence} in segment ${segment} follows record ${state.sequence}`;
      throw new CorruptionError(path, offset, fault);
    }
    state.apply(sequence, decoded.timestampMs, visibleMutations(decoded));
    if (state.view.active.bytes >= replay.memtableBytes) state.freeze();
  }
  switch (decoded.kind) {
    case RecordKind.mutations:
      return undefined;
    case RecordKind.prepare: {
      const { id, participants, mutations } = decoded;
      prepared.add({ id, sequence, participants, mutations });
      return undefined;
    }
    case RecordKind.commit:
      state.undecide(decoded.transaction.id);
      return prepared.remove(decoded.transaction.id);
    case RecordKind.abort:
      return prepared.remove(decoded.id);
  }
}

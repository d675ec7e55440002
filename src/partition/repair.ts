/**
 * The way out of damage to a partition's log: the log is cut where the damage is, and what lies behind it is lost. Nobody
 * has the partition open meanwhile. Damage to the manifest or to tables has no such way out.
 */
import type { Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import { readWholeFile } from '../vfs/io.js';
import { findLogCut, type LogCut } from '../wal/find-cut.js';
import type { LogOptions } from '../wal/limits.js';
import { openLog } from '../wal/open-log.js';
import { CorruptionError } from './errors.js';
import { logDirectory, manifestPath } from './file-names.js';
import { walkManifest } from './manifest-walk.js';
import { preparedReader } from './prepared-transactions.js';
import {
  decodeRecord,
  encodeRecord,
  type RecordBody,
  RecordKind,
  recordBytes,
  visibleMutations,
} from './record-format.js';
import type { Key, SequenceNumber } from './types.js';
import { applyEdit, emptyManifestState } from './version-edit.js';

export interface PartitionRepair {
  readonly directory: string;
  readonly cut: LogCut;
  /** Of the log that is kept: everything before it is in tables. */
  readonly after: SequenceNumber;
  /** Keys that lost records changed, as far as those can still be read; each once. */
  readonly lostKeys: ReadonlySet<Key>;
  /** Of `salvage`: the newest versions of those keys, which are written again behind the cut. */
  readonly salvaged: ReadonlyMap<Key, Uint8Array | null>;
  /** Parts of transactions over several partitions are among what is lost: others may keep theirs. */
  readonly splitsTransactions: boolean;
}

export interface RepairQuery {
  readonly disk: Disk;
  readonly directory: string;
  readonly log?: LogOptions;
  /**
   * Entries stand for themselves: what can be read behind the damage is kept. Else the partition falls back to a state
   * that it once had.
   */
  readonly salvage?: boolean;
}

/**
 * Undefined when there is nothing to cut. Changes nothing.
 * @throws CorruptionError of the manifest, which no cut can mend
 */
export async function planRepair({
  disk,
  directory,
  log,
  salvage = false,
}: RepairQuery): Promise<PartitionRepair | undefined> {
  const after = await neededAfter(disk, directory);
  const lostKeys = new Set<Key>();
  const salvaged = new Map<Key, Uint8Array | null>();
  let splitsTransactions = false;
  const cut = await findLogCut({
    disk,
    directory: logDirectory(directory),
    after,
    ...(log !== undefined && { options: log }),
    onLost: ({ payload, position }) => {
      const body = decodeRecord(payload, { path: logDirectory(directory), offset: position.offset });
      splitsTransactions ||= body.kind !== RecordKind.mutations;
      for (const { key, value } of visibleMutations(body)) {
        if (salvage) salvaged.set(key, value);
        else lostKeys.add(key);
      }
    },
  });
  return cut === undefined ? undefined : { directory, cut, after, lostKeys, salvaged, splitsTransactions };
}

/** Cuts the log as planned, and writes again what was salvaged. Durable when it resolves. */
export async function cutLog(
  { disk, log: options, random }: Omit<RepairQuery, 'directory'> & { readonly random: Random },
  { directory, cut, after, salvaged }: PartitionRepair,
  timestampMs: number,
): Promise<void> {
  const { log } = await openLog({
    disk,
    directory: logDirectory(directory),
    existing: true,
    random,
    after,
    onRecord: () => undefined,
    repair: true,
    ...(options !== undefined && { options }),
  });
  try {
    if (salvaged.size === 0) return;
    const mutations = [...salvaged].map(([key, value]) => ({ key, value }));
    const body: RecordBody = { kind: RecordKind.mutations, mutations };
    await new Promise<void>((resolve, reject) => {
      log.append(
        cut.keptThrough + 1,
        recordBytes(body),
        (target, offset) => encodeRecord(target, offset, timestampMs, body),
        (error) => (error === undefined ? resolve() : reject(error)),
      );
    });
  } finally {
    await log.close();
  }
}

/** The sequence from which on a start reads the log. */
async function neededAfter(disk: Disk, directory: string): Promise<SequenceNumber> {
  const path = manifestPath(directory);
  let state = emptyManifestState;
  for (const step of walkManifest(await readWholeFile(disk, path), path)) {
    if (step.kind === 'damage') throw new CorruptionError(path, step.offset, step.fault);
    if (step.kind === 'edit') state = applyEdit(state, step.edit);
  }
  const { flushed, readers } = state;
  return Math.min(flushed.sequence, readers.get(preparedReader) ?? flushed.sequence);
}

/**
 * Checks a partition that nobody has open, or a checkpoint, without changing anything: every byte of its manifest, its
 * tables and its log, and whether they fit together.
 *
 * 1. The manifest: each edit whole, and possible after those before it.
 * 2. The levels that it describes: disjoint and in key order below level 0, by age in level 0.
 * 3. Each table: in itself (sstable/verify.ts), and what the manifest says of it. Files that nothing names.
 * 4. The log: in itself (wal/verify.ts), its records one after the other, from where the tables end.
 */
import { posix } from 'node:path';
import { fileNumberOf, tableName, tablePath } from '../compaction/table-name.js';
import { OpenFiles } from '../sstable/open-files.js';
import { TableFile } from '../sstable/table-file.js';
import type { TableProperties } from '../sstable/types.js';
import { checkTable } from '../sstable/verify.js';
import { isLockFile } from '../vfs/directory-lock.js';
import type { Disk } from '../vfs/disk.js';
import { type CheckObserver, type Severity, unreadable } from '../vfs/findings.js';
import { readWholeFile } from '../vfs/io.js';
import type { LogRecord } from '../wal/types.js';
import { verifyLog } from '../wal/verify.js';
import { CorruptionError } from './errors.js';
import { isTemporary, logDirectory, manifestPath } from './file-names.js';
import { walkManifest } from './manifest-walk.js';
import { preparedReader } from './prepared-transactions.js';
import { decodeRecord, visibleMutations } from './record-format.js';
import type { Key, SequenceNumber } from './types.js';
import { applyEdit, emptyManifestState, type ManifestState } from './version-edit.js';

export interface PartitionCheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly observer: CheckObserver;
  /** Called for each version of a key that could be read, in any order. */
  readonly onVersion?: (key: Key, sequence: SequenceNumber, value: Uint8Array | null) => void;
}

export interface PartitionCheck {
  readonly tables: number;
  readonly entries: number;
  readonly segments: number;
  /** Of the log. */
  readonly records: number;
}

export async function verifyPartition(options: PartitionCheckOptions): Promise<PartitionCheck> {
  const verification = new PartitionVerification(options);
  const names = await options.disk.list(options.directory);
  const state = await verification.manifest();
  const present = names.map(fileNumberOf).filter((fileNumber) => fileNumber !== undefined);
  if (state !== undefined) verification.levels(state);
  for (const fileNumber of state?.tables.keys() ?? present) await verification.table(fileNumber, state);
  verification.names(names, state);
  await verification.log(state);
  return verification.counts;
}

class PartitionVerification {
  readonly #options: PartitionCheckOptions;
  readonly #files = new OpenFiles({ limit: 1 });
  readonly counts = { tables: 0, entries: 0, segments: 0, records: 0 };

  constructor(options: PartitionCheckOptions) {
    this.#options = options;
  }

  /** Undefined when it is not known which tables there are. */
  async manifest(): Promise<ManifestState | undefined> {
    const { disk, directory, observer } = this.#options;
    const path = manifestPath(directory);
    const bytes = await this.#readable(path, () => readWholeFile(disk, path));
    if (bytes === undefined) return undefined;
    observer.onBytes(bytes.length);
    let state = emptyManifestState;
    let isWhole = true;
    const damage = (offset: number, fault: string) => {
      isWhole = false;
      this.#find('damage', path, offset, fault);
    };
    for (const step of walkManifest(bytes, path)) {
      if (step.kind === 'damage') {
        damage(step.offset, step.fault);
      } else if (step.kind === 'torn') {
        const fault = `${step.length} bytes of an edit that was cut off; it never took effect`;
        this.#find('warning', path, step.offset, fault);
      } else if (isWhole) {
        try {
          state = applyEdit(state, step.edit);
        } catch (error) {
          damage(step.offset, `an edit contradicts those before it: ${messageOf(error)}`);
        }
      }
    }
    return isWhole ? state : undefined;
  }

  levels({ tables }: ManifestState): void {
    const byLevel = new Map<number, TableProperties[]>();
    for (const { level, properties } of tables.values()) {
      byLevel.set(level, [...(byLevel.get(level) ?? []), properties]);
    }
    for (const [level, placed] of byLevel) {
      const ordered = placed.toSorted((left, right) =>
        level === 0
          ? left.smallestSequence - right.smallestSequence
          : left.smallestKey < right.smallestKey
            ? -1
            : 1,
      );
      for (const [at, table] of ordered.entries()) {
        const before = ordered[at - 1];
        if (before === undefined) continue;
        const apart =
          level === 0
            ? before.largestSequence < table.smallestSequence
            : before.largestKey < table.smallestKey;
        if (apart) continue;
        const what = level === 0 ? 'sequences' : 'keys';
        const fault = `${tableName(before.fileNumber)} and ${tableName(table.fileNumber)} of level ${level} overlap in their ${what}`;
        this.#find('damage', manifestPath(this.#options.directory), undefined, fault);
      }
    }
  }

  async table(fileNumber: number, state: ManifestState | undefined): Promise<void> {
    const { disk, directory, observer, onVersion } = this.#options;
    const path = tablePath(directory, fileNumber);
    const file = new TableFile(this.#files.file(disk, path), fileNumber);
    try {
      const found = await this.#readable(path, () =>
        checkTable(file, {
          onFault: ({ offset, fault }) => this.#find('damage', path, offset, fault),
          ...(onVersion && { onEntry: ({ key, sequence, value }) => onVersion(key, sequence, value) }),
        }),
      );
      if (found === undefined) return;
      this.counts.tables += 1;
      this.counts.entries += found.entries;
      observer.onBytes(found.sizeBytes);
      if (state !== undefined) this.#compare(path, found, state);
    } finally {
      await file.close();
    }
  }

  /** Files that nothing names. `state`: undefined when it is not known. */
  names(names: readonly string[], state: ManifestState | undefined): void {
    const { directory } = this.#options;
    const known = new Set([manifestPath(directory), logDirectory(directory)]);
    for (const name of names) {
      const path = posix.join(directory, name);
      const fileNumber = fileNumberOf(name);
      // A lock is there while this check itself has the directory.
      if (isLockFile(name) || known.has(path) || (fileNumber !== undefined && state === undefined)) continue;
      if (isTemporary(name))
        this.#find('warning', path, undefined, 'left behind by a crash; a start removes it');
      else if (fileNumber === undefined) this.#find('warning', path, undefined, 'not a file of a partition');
      else if (state?.tables.has(fileNumber) === false)
        this.#find('warning', path, undefined, 'the manifest does not name it; a start removes it');
    }
  }

  /** `state`: undefined when it is not known. */
  async log(state: ManifestState | undefined): Promise<void> {
    const { disk, directory, observer } = this.#options;
    const path = logDirectory(directory);
    const isMissing = (await disk.status(path)) === undefined;
    const log = isMissing
      ? undefined
      : await this.#readable(path, () =>
          verifyLog({
            disk,
            directory: path,
            observer,
            onRecord: (record, segment, previous) => this.#record(record, segment, previous),
          }),
        );
    this.counts.segments += log?.segments.length ?? 0;
    if (state === undefined || log?.damaged === true) return;
    const flushed = state.flushed.sequence;
    const last = log?.segments.at(-1);
    if (log === undefined || last === undefined) {
      this.#find('damage', path, undefined, 'the log is missing');
      return;
    }
    const needed = Math.min(flushed, state.readers.get(preparedReader) ?? flushed);
    if (log.previousSequence !== undefined && log.previousSequence > needed) {
      const fault = `records ${needed + 1} to ${log.previousSequence}, which come before it, are missing`;
      this.#find('damage', log.segments[0] ?? path, 0, fault);
    }
    if (log.lastSequence < flushed) {
      const fault = `the log ends with record ${log.lastSequence}, the tables with ${flushed}`;
      this.#find('damage', last, undefined, fault);
    }
  }

  #record(record: LogRecord, path: string, previous: number): void {
    const { sequence, position } = record;
    this.counts.records += 1;
    if (sequence !== previous + 1)
      this.#find('damage', path, position.offset, `record ${sequence} follows record ${previous}`);
    try {
      const body = decodeRecord(record.payload, { path, offset: position.offset });
      const { onVersion } = this.#options;
      if (onVersion === undefined) return;
      for (const { key, value } of visibleMutations(body)) onVersion(key, sequence, value);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      this.#find('damage', path, error.offset, error.fault);
    }
  }

  #compare(path: string, found: TableProperties, { tables, flushed }: ManifestState): void {
    if (found.largestSequence > flushed.sequence) {
      const fault = `it has record ${found.largestSequence}, but the manifest says that tables end with ${flushed.sequence}`;
      this.#find('damage', path, undefined, fault);
    }
    const expected = tables.get(found.fileNumber)?.properties;
    for (const [member, value] of Object.entries(expected ?? {})) {
      const actual = found[member as keyof TableProperties];
      if (actual === value) continue;
      const fault = `${member} is ${JSON.stringify(actual)}; the manifest says ${JSON.stringify(value)}`;
      this.#find('damage', path, undefined, fault);
    }
  }

  /** What the file system refuses, or a newer release wrote, is a finding like others; undefined then. */
  async #readable<Result>(path: string, read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#options.observer.onFinding(unreadable(path, error));
      return undefined;
    }
  }

  #find(severity: Severity, path: string, offset: number | undefined, fault: string): void {
    this.#options.observer.onFinding({ severity, path, fault, ...(offset !== undefined && { offset }) });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

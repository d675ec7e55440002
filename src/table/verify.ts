/**
 * Checks a data directory that nobody has open, without changing anything: every partition in it (partition/verify.ts),
 * and whether the tables of the catalog and the directories are the same.
 */
import { posix } from 'node:path';
import { manifestPath } from '../partition/file-names.js';
import { holdsData } from '../partition/holds-data.js';
import type { Key } from '../partition/types.js';
import { type PartitionCheck, verifyPartition } from '../partition/verify.js';
import { isLockFile } from '../vfs/directory-lock.js';
import type { Disk } from '../vfs/disk.js';
import type { CheckObserver, Severity } from '../vfs/findings.js';
import { readWholeFile } from '../vfs/io.js';
import { CONTROL_FILE_NAME, SOCKET_FILE_NAME } from '../vfs/socket-file.js';
import { parseSegmentName } from '../wal/segment.js';
import { CatalogContent } from './catalog-content.js';
import { decodeMarker, MARKER_NAME, markerPath } from './directory-marker.js';
import { TableError } from './errors.js';
import { LOST_NAME } from './limits.js';
import { findOrphans } from './orphans.js';
import { isTableId } from './table-files.js';
import type { TableDefinition } from './types.js';
import { type EntryFault, faultOfDecision, faultOfEntry } from './verify-entries.js';

export type CheckTarget = 'data directory' | 'partition';

/** What `directory` holds; undefined when it is neither. A checkpoint is a partition. */
export async function checkTargetOf(disk: Disk, directory: string): Promise<CheckTarget | undefined> {
  if ((await disk.status(manifestPath(directory))) !== undefined) return 'partition';
  if ((await disk.status(markerPath(directory))) !== undefined) return 'data directory';
  if ((await disk.status(posix.join(directory, 'catalog')))?.isDirectory === true) return 'data directory';
  return undefined;
}

/** Bytes that a check of `directory` is about to read, as far as names tell. */
export async function bytesToCheck(disk: Disk, directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await disk.list(directory)) {
    if (isLockFile(name) || name === LOST_NAME || parseSegmentName(name)?.spare === true) continue;
    const path = posix.join(directory, name);
    const status = await disk.status(path);
    bytes += status?.isDirectory === true ? await bytesToCheck(disk, path) : (status?.sizeBytes ?? 0);
  }
  return bytes;
}

export interface DirectoryCheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly observer: CheckObserver;
  /** Called before each partition. */
  readonly onPartition?: (directory: string) => void;
}

export interface DirectoryCheck extends PartitionCheck {
  readonly partitions: number;
}

export function verifyDataDirectory(options: DirectoryCheckOptions): Promise<DirectoryCheck> {
  return new DirectoryVerification(options).dataDirectory();
}

/** A single partition, or a checkpoint. */
export async function verifyOnePartition(options: DirectoryCheckOptions): Promise<DirectoryCheck> {
  const verification = new DirectoryVerification(options);
  await verification.partition(options.directory);
  return verification.counts;
}

/** Names in a data directory. */
const PARTS = new Set([
  MARKER_NAME,
  'catalog',
  'tables',
  'transactions',
  SOCKET_FILE_NAME,
  CONTROL_FILE_NAME,
  'lost+found',
  LOST_NAME,
]);

/** Of each partition. */
const FAULTY_ENTRIES_MAX = 10;

function hexOf(key: Key): string {
  return Buffer.from(key, 'latin1').toString('hex');
}

class DirectoryVerification {
  readonly #options: DirectoryCheckOptions;
  /** The catalog and the log of decisions must be there. */
  #isComplete = false;
  readonly counts = { partitions: 0, tables: 0, entries: 0, segments: 0, records: 0 };

  constructor(options: DirectoryCheckOptions) {
    this.#options = options;
  }

  async dataDirectory(): Promise<DirectoryCheck> {
    const { disk, directory } = this.#options;
    this.#isComplete = await this.#marker();
    const { definitions, deleted } = await this.#catalog(posix.join(directory, 'catalog'));
    await this.#tables(posix.join(directory, 'tables'), definitions);
    await this.#orphans(posix.join(directory, 'tables'), definitions, deleted);
    const transactions = posix.join(directory, 'transactions');
    if (await this.#isMade(transactions)) {
      const names = definitions.flatMap(({ id, partitionCount }) =>
        Array.from({ length: partitionCount }, (_, index) => `${id}/${index}`),
      );
      const participants = new Set(names);
      const faultOf = (key: Key, value: Uint8Array | null) => faultOfDecision(participants, key, value);
      await this.partition(transactions, this.#entriesOf(transactions, faultOf));
    }
    for (const name of await disk.list(directory)) {
      const path = posix.join(directory, name);
      if (name === `${MARKER_NAME}.tmp`) {
        this.#find('warning', path, 'left behind by a crash; a start removes it');
      } else if (!PARTS.has(name) && !isLockFile(name)) {
        this.#find('warning', path, 'not a part of a data directory');
      }
    }
    return this.counts;
  }

  async partition(
    directory: string,
    onVersion?: (key: string, sequence: number, value: Uint8Array | null) => void,
  ): Promise<void> {
    const { disk, observer, onPartition } = this.#options;
    onPartition?.(directory);
    const found = await verifyPartition({ disk, directory, observer, ...(onVersion && { onVersion }) });
    this.counts.partitions += 1;
    this.counts.tables += found.tables;
    this.counts.entries += found.entries;
    this.counts.segments += found.segments;
    this.counts.records += found.records;
  }

  /** Whether the first start has made everything. */
  async #marker(): Promise<boolean> {
    const { disk, directory, observer } = this.#options;
    const path = markerPath(directory);
    if ((await disk.status(path)) === undefined) {
      this.#find('warning', path, 'missing, as in directories of older releases; a start writes it');
      return false;
    }
    try {
      const bytes = await readWholeFile(disk, path);
      observer.onBytes(bytes.length);
      return decodeMarker(bytes, path).complete;
    } catch (error) {
      if (!(error instanceof TableError && error.code === 'CORRUPT')) throw error;
      observer.onFinding({
        severity: 'damage',
        path,
        offset: 0,
        fault: 'not what a data directory has there',
      });
      return false;
    }
  }

  /** Whether there is a partition to check, of those that the first start makes. It may have been cut off before. */
  async #isMade(directory: string): Promise<boolean> {
    const { disk } = this.#options;
    const isThere = (await disk.status(directory)) !== undefined;
    if (this.#isComplete) {
      if (!isThere) this.#find('damage', directory, 'the directory is missing');
      return isThere;
    }
    if (!isThere) return false;
    if ((await disk.status(manifestPath(directory))) !== undefined) return true;
    if (await holdsData(disk, directory)) return true;
    this.#find('warning', directory, 'empty: the first start was cut off');
    return false;
  }

  async #catalog(directory: string): Promise<CatalogContent> {
    const collected = new CatalogContent();
    if (!(await this.#isMade(directory))) return collected;
    await this.partition(directory, (...version) => collected.see(...version));
    for (const fault of collected.faults()) this.#find('damage', directory, fault);
    return collected;
  }

  async #tables(directory: string, definitions: readonly TableDefinition[]): Promise<void> {
    const { disk } = this.#options;
    for (const definition of definitions) {
      const { id, name, partitionCount } = definition;
      for (let index = 0; index < partitionCount; index += 1) {
        const path = posix.join(directory, id, String(index));
        if ((await disk.status(path)) === undefined) this.#find('damage', path, `missing; of table ${name}`);
        else
          await this.partition(
            path,
            this.#entriesOf(path, (...entry) => faultOfEntry(definition, index, ...entry)),
          );
      }
    }
  }

  /** Tells of the first entry that does not belong to the partition in `directory`, and how many others do not. */
  #entriesOf(
    directory: string,
    faultOf: (key: Key, value: Uint8Array | null) => EntryFault | undefined,
  ): (key: Key, sequence: number, value: Uint8Array | null) => void {
    let found = 0;
    return (key, sequence, value) => {
      if (found === FAULTY_ENTRIES_MAX) return;
      const wrong = faultOf(key, value);
      if (wrong === undefined) return;
      const { severity, fault } = wrong;
      found += 1;
      const more = found === FAULTY_ENTRIES_MAX ? '; further ones are not told' : '';
      this.#find(severity, directory, `entry ${hexOf(key)} of record ${sequence}: ${fault}${more}`);
    };
  }

  async #orphans(
    directory: string,
    definitions: readonly TableDefinition[],
    deleted: ReadonlySet<string>,
  ): Promise<void> {
    const { disk } = this.#options;
    if ((await disk.status(directory)) === undefined) return;
    const known = new Set(definitions.map(({ id }) => id));
    const { removable, lost } = await findOrphans({ disk, directory, known, deleted });
    for (const path of removable)
      this.#find('warning', path, 'of no table in the catalog; a start removes it');
    for (const path of lost) this.#find('damage', path, 'data of a table that the catalog does not have');
    for (const name of await disk.list(directory)) {
      if (!isTableId(name))
        this.#find('warning', posix.join(directory, name), 'not the directory of a table');
    }
  }

  #find(severity: Severity, path: string, fault: string): void {
    this.#options.observer.onFinding({ severity, path, fault });
  }
}

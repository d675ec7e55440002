/**
 * The way out of damage that keeps a data directory from being opened. Nobody has it open meanwhile.
 *
 * - a damaged log is cut where the damage is. What lay behind it is lost; of the catalog, only what cannot be read;
 * - the directory of a table that the catalog has lost is put aside: without its definition it cannot be served. Not
 *   when it is the catalog as a whole that is lost: then all data would go;
 * - a damaged marker is written anew.
 *
 * Whatever is cut or put aside goes to `lost/<time>/` in the data directory first, under the path that it had. Damaged
 * tables and manifests are not touched: what is intact in them stays readable, or a copy must be restored.
 */
import { posix } from 'node:path';
import { CorruptionError } from '../partition/errors.js';
import { manifestPath } from '../partition/file-names.js';
import { cutLog, type PartitionRepair, planRepair } from '../partition/repair.js';
import { verifyPartition } from '../partition/verify.js';
import type { Clock, Random } from '../vfs/clock.js';
import type { Disk } from '../vfs/disk.js';
import { copyFile, makeDirectoryDurably, readWholeFile } from '../vfs/io.js';
import type { LogOptions } from '../wal/limits.js';
import { CatalogContent } from './catalog-content.js';
import { decodeMarker, markerPath, writeMarker } from './directory-marker.js';
import { TableError } from './errors.js';
import { LOST_NAME } from './limits.js';
import { findOrphans } from './orphans.js';
import { isTableId } from './table-files.js';
import type { TableDefinition } from './types.js';

export interface DirectoryRepairOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly log?: LogOptions;
}

/** Of one log. */
export interface LogRepair extends PartitionRepair {
  /** Undefined: of the catalog, of transactions, or of a table that the catalog does not have. */
  readonly table: TableDefinition | undefined;
}

export interface DirectoryRepair {
  readonly logs: readonly LogRepair[];
  /** Directories of tables that are not in the catalog, or will not be once it is cut. */
  readonly unknownTables: readonly string[];
  readonly markerIsDamaged: boolean;
  /** What stands in the way of a start, and cannot be mended. */
  readonly hopeless: readonly string[];
}

/** Changes nothing. */
export async function planDirectoryRepair(options: DirectoryRepairOptions): Promise<DirectoryRepair> {
  const { disk, directory } = options;
  const hopeless: string[] = [];
  const corrupt = new Set<string>();
  const catalog = posix.join(directory, 'catalog');
  const plan = async (partition: string): Promise<PartitionRepair | undefined> => {
    try {
      return await planRepair({ ...options, directory: partition, salvage: partition === catalog });
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      hopeless.push(error.message);
      corrupt.add(partition);
      return undefined;
    }
  };
  const parts = await partitionsOf(disk, directory);
  const plans = new Map<string, PartitionRepair>();
  for (const partition of parts) {
    const repair = await plan(partition);
    if (repair !== undefined) plans.set(partition, repair);
  }
  const content = await catalogContent(disk, catalog);
  const { definitions, deleted } = content;
  const isCatalogReadable = parts.includes(catalog) && !corrupt.has(catalog);
  hopeless.push(...content.faults(), ...(await missingPartitions(disk, directory, definitions)));
  const known = new Set(definitions.map(({ id }) => id));
  const tables = posix.join(directory, 'tables');
  const isThere = (await disk.status(tables)) !== undefined;
  const { lost } = isThere
    ? await findOrphans({ disk, directory: tables, known, deleted })
    : { lost: [] as readonly string[] };
  const markerIsDamaged = await isMarkerDamaged(disk, directory);
  if (!isCatalogReadable && lost.length > 0) {
    // None of its tables could be served afterwards, and a catalog that is put back finds them as they were.
    return {
      logs: [],
      unknownTables: [],
      markerIsDamaged,
      hopeless: [...hopeless, withoutCatalog(catalog, lost)],
    };
  }
  const byId = new Map(definitions.map((definition) => [definition.id, definition]));
  return {
    logs: [...plans.values()]
      .filter(({ directory: partition }) => !lost.includes(posix.dirname(partition)))
      .map((repair) => ({ ...repair, table: byId.get(posix.basename(posix.dirname(repair.directory))) })),
    unknownTables: lost,
    markerIsDamaged,
    hopeless,
  };
}

export interface RepairTools {
  readonly clock: Clock;
  readonly random: Random;
}

/** Does what was planned. Resolves with the directory in which what was cut or put aside is kept, if anything was. */
export async function repairDirectory(
  options: DirectoryRepairOptions & RepairTools,
  repair: DirectoryRepair,
): Promise<string | undefined> {
  const { disk, directory, clock } = options;
  const time = new Date(clock.now()).toISOString().replaceAll(':', '-');
  const lost = posix.join(directory, LOST_NAME, time);
  const placeOf = async (path: string) => {
    const place = posix.join(lost, posix.relative(directory, path));
    await makeDirectoryDurably(disk, posix.dirname(place));
    return place;
  };
  // Copies of everything first: nothing is cut when there is no room for them.
  for (const { cut } of repair.logs) {
    for (const segment of cut.segments) {
      const place = await placeOf(segment);
      await copyFile(disk, segment, place);
      await disk.syncDirectory(posix.dirname(place));
    }
  }
  for (const path of repair.unknownTables) {
    const place = await placeOf(path);
    await disk.rename(path, place);
    await disk.syncDirectory(posix.dirname(place));
    await disk.syncDirectory(posix.dirname(path));
  }
  for (const log of repair.logs) await cutLog(options, log, clock.now());
  if (repair.markerIsDamaged) await writeMarker(disk, directory, { complete: true });
  return (await disk.status(lost)) === undefined ? undefined : lost;
}

function withoutCatalog(catalog: string, lost: readonly string[]): string {
  const tables = lost.length === 1 ? '1 table' : `${lost.length} tables`;
  return (
    `${catalog} is missing or damaged, and with it the names and keys of ${tables} whose definition only the catalog has: ` +
    'put back a copy of it'
  );
}

/** Every directory that is a partition, or was one. */
async function partitionsOf(disk: Disk, directory: string): Promise<string[]> {
  const partitions: string[] = [];
  for (const name of ['catalog', 'transactions']) partitions.push(posix.join(directory, name));
  const tables = posix.join(directory, 'tables');
  if ((await disk.status(tables)) !== undefined) {
    for (const id of await disk.list(tables)) {
      if (!isTableId(id)) continue;
      const table = posix.join(tables, id);
      for (const name of await disk.list(table)) partitions.push(posix.join(table, name));
    }
  }
  const there: string[] = [];
  // Without a manifest it is one whose making was cut off, or one of which nothing is known: a start tells.
  for (const path of partitions) {
    if ((await disk.status(manifestPath(path))) !== undefined) there.push(path);
  }
  return there;
}

/** All that can be read, behind damage too: its entries stand for themselves. */
async function catalogContent(disk: Disk, directory: string): Promise<CatalogContent> {
  const content = new CatalogContent();
  if ((await disk.status(manifestPath(directory))) === undefined) return content;
  await verifyPartition({
    disk,
    directory,
    observer: { onFinding: () => undefined, onBytes: () => undefined },
    onVersion: (...version) => content.see(...version),
  });
  return content;
}

async function missingPartitions(
  disk: Disk,
  directory: string,
  definitions: readonly TableDefinition[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const { id, name, partitionCount } of definitions) {
    for (let index = 0; index < partitionCount; index += 1) {
      const path = posix.join(directory, 'tables', id, String(index));
      if ((await disk.status(manifestPath(path))) === undefined)
        missing.push(`${path} of table ${name} is missing, or has no manifest`);
    }
  }
  return missing;
}

async function isMarkerDamaged(disk: Disk, directory: string): Promise<boolean> {
  const path = markerPath(directory);
  if ((await disk.status(path)) === undefined) return false;
  try {
    decodeMarker(await readWholeFile(disk, path), path);
    return false;
  } catch (error) {
    if (error instanceof TableError && error.code === 'CORRUPT') return true;
    throw error;
  }
}

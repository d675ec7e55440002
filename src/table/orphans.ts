/**
 * Directories of tables that the catalog does not have. A crash leaves two kinds:
 * - of a table that was being created: without data, since nobody was told of the table;
 * - of a table that was deleted: the catalog knows its id (see `catalog.ts`).
 * Both are removed. One that holds data and is of no deleted table is neither: the catalog has lost a record.
 */
import { posix } from 'node:path';
import { holdsData } from '../partition/holds-data.js';
import type { Disk } from '../vfs/disk.js';
import type { Catalog } from './catalog.js';
import { TableError } from './errors.js';
import { isTableId } from './table-files.js';
import type { TableDefinition } from './types.js';

export interface OrphanQuery {
  readonly disk: Disk;
  /** The directory of all tables. */
  readonly directory: string;
  /** Ids of the tables in the catalog, and of those that were deleted. */
  readonly known: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
}

export interface Orphans {
  /** Paths of what may be removed. */
  readonly removable: readonly string[];
  /** Paths of what is missing in the catalog. */
  readonly lost: readonly string[];
}

/** Names that no table has are not looked at. */
export async function findOrphans({ disk, directory, known, deleted }: OrphanQuery): Promise<Orphans> {
  const removable: string[] = [];
  const lost: string[] = [];
  for (const id of await disk.list(directory)) {
    if (!isTableId(id) || known.has(id)) continue;
    const path = posix.join(directory, id);
    const isLost = !deleted.has(id) && (await tableHoldsData(disk, path));
    (isLost ? lost : removable).push(path);
  }
  return { removable, lost };
}

/** Rejects with CORRUPT, and removes nothing, when the catalog has lost a table. `directory`: of all tables. */
export async function removeOrphans(
  disk: Disk,
  directory: string,
  catalog: Catalog,
  definitions: readonly TableDefinition[],
): Promise<void> {
  const known = new Set(definitions.map(({ id }) => id));
  const deleted = await catalog.deleted();
  const { removable, lost } = await findOrphans({ disk, directory, known, deleted });
  if (lost.length > 0) {
    throw new TableError(
      'CORRUPT',
      `${lost.join(', ')}: data of a table that the catalog does not have; the catalog is damaged, or not the one of ` +
        'this directory. Restore it, or move the data elsewhere to start without it',
    );
  }
  for (const path of removable) await disk.removeTree(path);
  if (removable.length > 0) await disk.syncDirectory(directory);
  await catalog.forget(deleted);
}

async function tableHoldsData(disk: Disk, path: string): Promise<boolean> {
  for (const name of await disk.list(path)) {
    const partition = posix.join(path, name);
    if ((await disk.status(partition))?.isDirectory !== true) return true;
    if (await holdsData(disk, partition)) return true;
  }
  return false;
}

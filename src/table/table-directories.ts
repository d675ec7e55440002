/** The directories of tables: `tables/<table id>/<n>/` holds partition n. */
import type { Partition } from '../partition/types.js';
import { makeDirectoryDurably } from '../vfs/io.js';
import { TableError } from './errors.js';
import { openAll } from './table-files.js';
import type { TablesEnvironment } from './tables-environment.js';
import type { TableDefinition } from './types.js';

export class TableDirectories {
  /** Of all tables. */
  readonly path: string;

  constructor(private readonly environment: TablesEnvironment) {
    this.path = `${environment.directory}/tables`;
  }

  /** Makes and opens the partitions of a new table: all or none. */
  async make(definition: TableDefinition): Promise<Partition[]> {
    const { disk, openPartition } = this.environment;
    const paths = this.partitionPaths(definition);
    try {
      for (const path of paths) await makeDirectoryDurably(disk, path);
      return await openAll(paths, openPartition);
    } catch (error) {
      await disk.removeTree(this.pathOf(definition)).catch(() => undefined);
      throw error;
    }
  }

  /** Rejects with CORRUPT when a partition is not there. */
  async open(definition: TableDefinition): Promise<Partition[]> {
    const { disk, openPartition } = this.environment;
    const paths = this.partitionPaths(definition);
    for (const path of paths) {
      if ((await disk.status(path)) === undefined) {
        throw new TableError('CORRUPT', `table ${definition.name}: its partition ${path} is missing`);
      }
    }
    return openAll(paths, openPartition, { existing: true });
  }

  /** Durable on return. Of a table that is closed. */
  async remove(definition: TableDefinition): Promise<void> {
    const { disk } = this.environment;
    await disk.removeTree(this.pathOf(definition));
    await disk.syncDirectory(this.path);
  }

  private pathOf({ id }: TableDefinition): string {
    return `${this.path}/${id}`;
  }

  private partitionPaths(definition: TableDefinition): string[] {
    const path = this.pathOf(definition);
    return Array.from({ length: definition.partitionCount }, (_, index) => `${path}/${index}`);
  }
}

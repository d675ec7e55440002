/**
 * Restores a dump of Varve, from a directory or from a stream: nothing is shown before everything was read and checked.
 * When anything is wrong, nothing was restored.
 */
import type { RestoreRequest } from '../table/restoration.js';
import type { TableDefinition } from '../table/types.js';
import { CheckedFiles } from './checked-files.js';
import {
  DUMP_CHECKSUM_NAME,
  DUMP_NAME,
  type DumpedTable,
  decodeDumpSummary,
  decodeTables,
  TABLES_NAME,
} from './dump-format.js';
import { BackupError, damaged } from './errors.js';
import {
  checksumName,
  dataFileName,
  decodeManifestFiles,
  decodeSummary,
  exportDirectory,
  FILES_NAME,
  md5Base64,
  SUMMARY_NAME,
} from './export-format.js';
import { itemsOf } from './item-lines.js';
import type { DumpFile, DumpFiles, Progress, RestoreTarget, RunningRestoration } from './types.js';

export interface Choice {
  /** Of the tables in the dump; undefined: all. */
  readonly names: readonly string[] | undefined;
  /** The name of the one that is chosen. */
  readonly newName: string | undefined;
  readonly overwrite: boolean;
}

export interface RestoredTable {
  readonly name: string;
  readonly itemCount: number;
}

export interface ReadDumpOptions {
  readonly files: DumpFiles;
  readonly target: RestoreTarget;
  readonly choice: Choice;
  readonly progress: Progress;
}

export function restoreDump(options: ReadDumpOptions): Promise<readonly RestoredTable[]> {
  return new DumpReader(options).restore();
}

interface ChosenTable extends DumpedTable {
  readonly newName: string;
}

class DumpReader {
  readonly #options: ReadDumpOptions;
  readonly #files: CheckedFiles;
  #chosen: readonly ChosenTable[] = [];
  #leftOut = new Set<string>();
  #running: RunningRestoration | undefined;

  constructor(options: ReadDumpOptions) {
    this.#options = options;
    this.#files = new CheckedFiles(options.progress);
  }

  async restore(): Promise<readonly RestoredTable[]> {
    try {
      for await (const file of this.#options.files.files((name) => this.#isWanted(name))) {
        await this.#read(file);
      }
      this.#checkAll();
      const restored = this.#counts();
      await this.#running?.commit();
      return restored;
    } catch (error) {
      await this.#running?.abort();
      throw error;
    }
  }

  /** Before the first file was read everything is. */
  #isWanted(name: string): boolean {
    const directory = /^(AWSDynamoDB\/[^/]+)\//.exec(name)?.[1];
    return directory === undefined || !this.#leftOut.has(directory);
  }

  async #read(file: DumpFile): Promise<void> {
    if (!this.#isWanted(file.name)) return;
    if (this.#running === undefined) {
      if (file.name !== TABLES_NAME) {
        throw new BackupError(
          'NOT_A_DUMP',
          `it begins with ${file.name}, and a dump begins with ${TABLES_NAME}`,
        );
      }
      await this.#begin(await this.#files.keep(file));
      return;
    }
    const position = this.#chosen.findIndex(({ exportId }) =>
      file.name.startsWith(dataFileName(exportId, '')),
    );
    if (position >= 0) await this.#items(position, file);
    else await this.#files.keep(file);
  }

  async #begin(content: Buffer): Promise<void> {
    const { choice, target } = this.#options;
    const { tables } = decodeTables(content);
    this.#chosen = choose(tables, choice);
    const chosenIds = new Set(this.#chosen.map(({ exportId }) => exportId));
    this.#leftOut = new Set(
      tables
        .filter(({ exportId }) => !chosenIds.has(exportId))
        .map(({ exportId }) => exportDirectory(exportId)),
    );
    this.#running = await target.restore(
      this.#chosen.map(
        ({ newName, definition }): RestoreRequest => ({
          name: newName,
          draft: renamed(definition, newName),
          overwrite: choice.overwrite,
        }),
      ),
    );
  }

  async #items(position: number, file: DumpFile): Promise<void> {
    await this.#files.read(file, async (content) => {
      let count = 0;
      for await (const batch of itemsOf(file.name, content)) {
        count += batch.length;
        await this.#running?.put(position, batch);
      }
      return count;
    });
  }

  #checkAll(): void {
    if (this.#running === undefined) throw new BackupError('NOT_A_DUMP', 'there is nothing in it');
    const content = this.#files.kept(DUMP_NAME);
    if (this.#files.kept(DUMP_CHECKSUM_NAME).toString('latin1').trim() !== md5Base64(content)) {
      throw damaged(DUMP_NAME, `its MD5 is not what ${DUMP_CHECKSUM_NAME} says`);
    }
    const { files } = decodeDumpSummary(content);
    for (const { name, bytes, md5 } of files) {
      if (this.#isWanted(name)) this.#files.check(name, { bytes, md5 });
    }
    for (const { exportId } of this.#chosen) this.#checkExport(exportId);
  }

  /** What the service's manifests say is true as well. */
  #checkExport(exportId: string): void {
    const directory = exportDirectory(exportId);
    let items = 0;
    for (const name of [FILES_NAME, SUMMARY_NAME]) {
      const path = `${directory}/${name}`;
      const checksum = this.#files.kept(checksumName(path)).toString('latin1').trim();
      this.#files.check(path, { md5: checksum });
    }
    for (const entry of decodeManifestFiles(
      `${directory}/${FILES_NAME}`,
      this.#files.kept(`${directory}/${FILES_NAME}`),
    )) {
      this.#files.check(dataFileName(exportId, entry.name), { md5: entry.md5, items: entry.itemCount });
      items += entry.itemCount;
    }
    const path = `${directory}/${SUMMARY_NAME}`;
    const { itemCount } = decodeSummary(path, this.#files.kept(path));
    if (itemCount !== items)
      throw damaged(path, `it says ${itemCount} items, and the data files have ${items}`);
  }

  #counts(): readonly RestoredTable[] {
    return this.#chosen.map(({ exportId, newName }) => {
      let itemCount = 0;
      for (const [name, { items = 0 }] of this.#files.seen) {
        if (name.startsWith(dataFileName(exportId, ''))) itemCount += items;
      }
      return { name: newName, itemCount };
    });
  }
}

/** @throws BackupError CHOICE */
function choose(tables: readonly DumpedTable[], { names, newName }: Choice): readonly ChosenTable[] {
  for (const name of names ?? []) {
    if (!tables.some(({ definition }) => definition.name === name)) {
      const others = tables.map(({ definition }) => definition.name).join(', ');
      throw new BackupError(
        'CHOICE',
        `the dump has no table ${name}; it has ${others === '' ? 'none' : others}`,
      );
    }
  }
  const chosen = tables.filter(({ definition }) => names === undefined || names.includes(definition.name));
  if (newName !== undefined && chosen.length !== 1) {
    throw new BackupError('CHOICE', `one table can be given another name, and ${chosen.length} are chosen`);
  }
  return chosen.map((table) => ({ ...table, newName: newName ?? table.definition.name }));
}

/** A definition with another name, in the same account and region. */
export function renamed(definition: TableDefinition, name: string): TableDefinition {
  return { ...definition, name, arn: definition.arn.replace(/:table\/[^/]*$/, `:table/${name}`) };
}

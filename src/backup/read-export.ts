/** Restores an export of the service (export-format.ts): into a table that is there, or into one of a given key. */
import { posix } from 'node:path';
import type { TableDraft } from '../table/tables-environment.js';
import type { Disk } from '../vfs/disk.js';
import { readWholeFile } from '../vfs/io.js';
import { CheckedFiles } from './checked-files.js';
import { isInside } from './dump-format.js';
import { BackupError, damaged } from './errors.js';
import {
  CHECKSUM_SUFFIXES,
  checksumName,
  type DataFileEntry,
  decodeManifestFiles,
  decodeSummary,
  EXPORTS_DIRECTORY,
  FILES_NAME,
  md5Base64,
  SUMMARY_NAME,
} from './export-format.js';
import { fileContent } from './file-content.js';
import { itemsOf } from './item-lines.js';
import type { RestoredTable } from './read-dump.js';
import type { Progress, RestoreTarget, RunningRestoration } from './types.js';

export interface ServiceExport {
  /** With the manifests. */
  readonly directory: string;
  /** As the service called it. */
  readonly tableName: string | undefined;
  readonly files: readonly DataFileEntry[];
  readonly dataBytes: number;
}

/**
 * Undefined: there is none. Its manifests are checked; its data is when it is read.
 * @param directory with the manifests, or the one above `AWSDynamoDB`
 * @throws BackupError
 */
export async function findExport(disk: Disk, directory: string): Promise<ServiceExport | undefined> {
  const found: string[] = [];
  for (const candidate of await candidates(disk, directory)) {
    if ((await disk.status(posix.join(candidate, SUMMARY_NAME))) !== undefined) found.push(candidate);
  }
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  if (others.length > 0) {
    throw new BackupError(
      'CHOICE',
      `${directory} has several exports; name the directory of one: ${found.join(', ')}`,
    );
  }
  return openExport(disk, first);
}

async function candidates(disk: Disk, directory: string): Promise<string[]> {
  const below: string[] = [directory];
  for (const parent of [directory, posix.join(directory, EXPORTS_DIRECTORY)]) {
    const isParent =
      posix.basename(parent) === EXPORTS_DIRECTORY && (await disk.status(parent))?.isDirectory === true;
    if (isParent) below.push(...(await disk.list(parent)).map((name) => posix.join(parent, name)));
  }
  return below;
}

async function openExport(disk: Disk, directory: string): Promise<ServiceExport> {
  const summaryPath = posix.join(directory, SUMMARY_NAME);
  const { tableName, itemCount } = decodeSummary(summaryPath, await checkedManifest(disk, summaryPath));
  const filesPath = posix.join(directory, FILES_NAME);
  if ((await disk.status(filesPath)) === undefined)
    throw new BackupError('INCOMPLETE', `${filesPath} is missing`);
  const files = decodeManifestFiles(filesPath, await checkedManifest(disk, filesPath));
  const items = files.reduce((sum, entry) => sum + entry.itemCount, 0);
  if (itemCount !== undefined && itemCount !== items) {
    throw damaged(summaryPath, `it says ${itemCount} items, and ${FILES_NAME} says ${items}`);
  }
  let dataBytes = 0;
  for (const { name } of files) {
    if (!isInside(name)) throw damaged(filesPath, `${name} is no name of a data file`);
    const path = dataPath(directory, name);
    const status = await disk.status(path);
    if (status === undefined) throw new BackupError('INCOMPLETE', `${path} is missing`);
    dataBytes += status.sizeBytes;
  }
  return { directory, tableName, files, dataBytes };
}

/** Somebody may have copied it without the checksum. */
async function checkedManifest(disk: Disk, path: string): Promise<Buffer> {
  const content = await readWholeFile(disk, path);
  for (const suffix of CHECKSUM_SUFFIXES) {
    const checksumPath = checksumName(path, suffix);
    if ((await disk.status(checksumPath)) === undefined) continue;
    const checksum = (await readWholeFile(disk, checksumPath)).toString('latin1').trim();
    if (checksum !== md5Base64(content)) {
      throw damaged(path, `its MD5 is not what ${posix.basename(checksumPath)} says`);
    }
  }
  return content;
}

function dataPath(directory: string, name: string): string {
  return posix.join(directory, 'data', name);
}

export interface RestoreExportOptions {
  readonly disk: Disk;
  readonly source: ServiceExport;
  readonly target: RestoreTarget;
  readonly name: string;
  /** Absent: the table is there. */
  readonly draft: TableDraft | undefined;
  readonly overwrite: boolean;
  readonly progress: Progress;
}

export async function restoreExport(options: RestoreExportOptions): Promise<readonly RestoredTable[]> {
  const { target, name, draft, overwrite } = options;
  const running = await target.restore([{ name, draft, overwrite }]);
  try {
    const itemCount = await readItems(options, running);
    await running.commit();
    return [{ name, itemCount }];
  } catch (error) {
    await running.abort();
    throw error;
  }
}

async function readItems(
  { disk, source, progress }: RestoreExportOptions,
  running: RunningRestoration,
): Promise<number> {
  const checked = new CheckedFiles(progress);
  let total = 0;
  for (const { name, md5, itemCount } of source.files) {
    const path = dataPath(source.directory, name);
    await checked.read({ name: path, content: fileContent(disk, path) }, async (content) => {
      let count = 0;
      for await (const batch of itemsOf(path, content)) {
        count += batch.length;
        await running.put(0, batch);
      }
      return count;
    });
    checked.check(path, { md5, items: itemCount });
    total += itemCount;
  }
  return total;
}

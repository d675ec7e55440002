/** A dump in a directory. */
import { posix } from 'node:path';
import type { Disk } from '../vfs/disk.js';
import { readWholeFile } from '../vfs/io.js';
import {
  DUMP_CHECKSUM_NAME,
  DUMP_NAME,
  type DumpSummary,
  decodeDumpSummary,
  TABLES_NAME,
} from './dump-format.js';
import { BackupError, damaged } from './errors.js';
import { md5Base64 } from './export-format.js';
import { fileContent } from './file-content.js';
import type { DumpFile, DumpFiles } from './types.js';

export class DirectoryFiles implements DumpFiles {
  private constructor(
    private readonly disk: Disk,
    private readonly directory: string,
    private readonly summary: DumpSummary,
  ) {}

  /**
   * Undefined: there is no dump of Varve.
   * @throws BackupError INCOMPLETE, or DAMAGED when its list of files is
   */
  static async open(disk: Disk, directory: string): Promise<DirectoryFiles | undefined> {
    const has = async (name: string) => (await disk.status(posix.join(directory, name))) !== undefined;
    if (!(await has(DUMP_NAME))) {
      if (!(await has(TABLES_NAME))) return undefined;
      throw new BackupError('INCOMPLETE', `${directory} has no ${DUMP_NAME}: the dump was cut short`);
    }
    const content = await readWholeFile(disk, posix.join(directory, DUMP_NAME));
    const checksumPath = posix.join(directory, DUMP_CHECKSUM_NAME);
    if (!(await has(DUMP_CHECKSUM_NAME))) throw new BackupError('INCOMPLETE', `${checksumPath} is missing`);
    const checksum = (await readWholeFile(disk, checksumPath)).toString('latin1').trim();
    if (checksum !== md5Base64(content)) {
      throw damaged(posix.join(directory, DUMP_NAME), `its MD5 is not what ${DUMP_CHECKSUM_NAME} says`);
    }
    const summary = decodeDumpSummary(content);
    for (const { name, bytes } of summary.files) {
      const status = await disk.status(posix.join(directory, name));
      if (status === undefined) {
        throw new BackupError('INCOMPLETE', `${posix.join(directory, name)} is missing`);
      }
      if (status.sizeBytes !== bytes) {
        throw damaged(
          posix.join(directory, name),
          `it has ${status.sizeBytes} bytes, and should have ${bytes}`,
        );
      }
    }
    return new DirectoryFiles(disk, directory, summary);
  }

  get totalBytes(): number {
    return this.summary.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async *files(wanted: (name: string) => boolean): AsyncGenerator<DumpFile> {
    const names = [
      ...this.summary.files.map(({ name }) => name).filter(wanted),
      DUMP_CHECKSUM_NAME,
      DUMP_NAME,
    ];
    for (const name of names) {
      yield { name, content: fileContent(this.disk, posix.join(this.directory, name)) };
    }
  }
}

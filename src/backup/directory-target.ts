/** A dump in a directory: each file is synced when it is complete, and the last one gets its name by a rename. */
import { posix } from 'node:path';
import type { Disk } from '../vfs/disk.js';
import { makeDirectoryDurably, replaceFileDurably, writeFully } from '../vfs/io.js';
import { BackupError } from './errors.js';
import type { DumpTarget } from './types.js';

export class DirectoryTarget implements DumpTarget {
  readonly #disk: Disk;
  readonly #directory: string;
  /** That files were made in. */
  readonly #directories = new Set<string>();

  private constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  /** @param directory absolute; made when missing, else it must be empty */
  static async make(disk: Disk, directory: string): Promise<DirectoryTarget> {
    const status = await disk.status(directory);
    if (status !== undefined && !(status.isDirectory && (await disk.list(directory)).length === 0)) {
      throw new BackupError(
        'EXISTS',
        `${directory} is there already; a dump goes to a new or an empty directory`,
      );
    }
    await makeDirectoryDurably(disk, directory);
    return new DirectoryTarget(disk, directory);
  }

  async add(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const path = posix.join(this.#directory, name);
    await this.#makeParents(posix.dirname(path));
    const file = await this.#disk.open(path, { access: 'write', create: 'exclusive' });
    try {
      let position = 0;
      for await (const piece of pieces) {
        await writeFully(file, piece, position);
        position += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async finish(name: string, content: Uint8Array): Promise<void> {
    for (const directory of this.#directories) await this.#disk.syncDirectory(directory);
    await replaceFileDurably(this.#disk, posix.join(this.#directory, name), content);
  }

  async #makeParents(directory: string): Promise<void> {
    if (this.#directories.has(directory)) return;
    await makeDirectoryDurably(this.#disk, directory);
    this.#directories.add(directory);
  }
}

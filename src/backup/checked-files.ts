/** Files as they are read: each hashed on the way, so that all can be checked when the last one was read. */
import { createHash } from 'node:crypto';
import { BackupError, damaged } from './errors.js';
import { SMALL_FILE_BYTES_MAX } from './limits.js';
import type { DumpFile, Progress } from './types.js';

export interface SeenFile {
  readonly bytes: number;
  /** Base64. */
  readonly md5: string;
  /** Of a data file: its items. */
  readonly items?: number;
}

export class CheckedFiles {
  readonly #seen = new Map<string, SeenFile>();
  readonly #small = new Map<string, Buffer>();

  constructor(private readonly progress: Progress) {}

  get seen(): ReadonlyMap<string, SeenFile> {
    return this.#seen;
  }

  /** Hands the content to `use`, which reads it to its end and resolves with the number of items in it. */
  async read(
    file: DumpFile,
    use: (content: AsyncIterable<Buffer>) => Promise<number | undefined>,
  ): Promise<void> {
    if (this.#seen.has(file.name)) throw damaged(file.name, 'it comes twice');
    const hash = createHash('md5');
    let bytes = 0;
    const onBytes = (count: number) => this.progress.onBytes(count);
    const passed = async function* () {
      for await (const piece of file.content) {
        hash.update(piece);
        bytes += piece.length;
        onBytes(piece.length);
        yield piece;
      }
    };
    const items = await use(passed());
    this.#seen.set(file.name, { bytes, md5: hash.digest('base64'), ...(items !== undefined && { items }) });
  }

  /** Reads a file that is kept. */
  async keep(file: DumpFile): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    await this.read(file, async (content) => {
      for await (const piece of content) {
        bytes += piece.length;
        if (bytes > SMALL_FILE_BYTES_MAX) throw damaged(file.name, 'it is far too large');
        pieces.push(piece);
      }
      return undefined;
    });
    const content = Buffer.concat(pieces);
    this.#small.set(file.name, content);
    return content;
  }

  /** @throws BackupError INCOMPLETE when it was not there */
  kept(name: string): Buffer {
    const content = this.#small.get(name);
    if (content === undefined)
      throw new BackupError('INCOMPLETE', `${name} is missing: the dump was cut short`);
    return content;
  }

  /** @throws BackupError INCOMPLETE, DAMAGED */
  check(name: string, expected: Partial<SeenFile>): void {
    const seen = this.#seen.get(name);
    if (seen === undefined) throw new BackupError('INCOMPLETE', `${name} is missing: the dump was cut short`);
    if (expected.bytes !== undefined && seen.bytes !== expected.bytes) {
      throw damaged(name, `it has ${seen.bytes} bytes, and should have ${expected.bytes}`);
    }
    if (expected.md5 !== undefined && seen.md5 !== expected.md5) {
      throw damaged(name, `its MD5 is ${seen.md5}, and should be ${expected.md5}`);
    }
    if (expected.items !== undefined && seen.items !== undefined && seen.items !== expected.items) {
      throw damaged(name, `it has ${seen.items} items, and should have ${expected.items}`);
    }
  }
}

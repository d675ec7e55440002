/** A table's file as its reader sees it: whole spans, and sealed blocks that were checked. */
import { readUpTo } from '../vfs/io.js';
import { Block } from './block.js';
import { CorruptionError } from './errors.js';
import { type Handle, openBlock, sealedBytesMax, type TableIdentity } from './format.js';
import { readNowBytesMax } from './limits.js';
import type { SharedFile } from './open-files.js';

/** Where blocks lie that nobody keeps. */
const borrowedBytes = Buffer.allocUnsafeSlow(readNowBytesMax);

export class TableFile implements TableIdentity {
  readonly path: string;
  readonly fileNumber: number;
  readonly #file: SharedFile;

  constructor(file: SharedFile, fileNumber: number) {
    this.path = file.path;
    this.fileNumber = fileNumber;
    this.#file = file;
  }

  sizeBytes(): Promise<number> {
    return this.#file.with((file) => file.sizeBytes());
  }

  /**
   * Memory of its own, not of a pool: what a cache keeps of it keeps nothing else alive.
   * @param memory is written over when it is large enough; nobody else may read it any more
   */
  readSpan(offset: number, length: number, memory?: Buffer): Promise<Buffer> {
    return this.#file.with(async (file) => {
      const isRoomy = memory !== undefined && memory.length >= length;
      const bytes = isRoomy ? memory.subarray(0, length) : Buffer.allocUnsafeSlow(length);
      const read = await readUpTo(file, bytes, 0, length, offset);
      if (read < length) throw new CorruptionError(this.path, offset + read, 'the file ends before its time');
      return bytes;
    });
  }

  /** Memory of its own; undefined when it cannot be had at once. */
  readSpanNow(offset: number, length: number): Buffer | undefined {
    const file = length > readNowBytesMax ? undefined : this.#file.openFile;
    if (file?.readNow === undefined) return undefined;
    const bytes = Buffer.allocUnsafeSlow(length);
    return file.readNow(bytes, length, offset) ? bytes : undefined;
  }

  /** Undefined when it cannot be had at once. */
  readBlockNow({ offset, length }: Handle): Block | undefined {
    const sealed = this.readSpanNow(offset, length);
    return sealed === undefined ? undefined : this.decodeBlock(sealed, offset);
  }

  /** The payload of a block, good until that of another one is borrowed. Undefined when it cannot be had at once. */
  borrowBlockNow({ offset, length }: Handle): Buffer | undefined {
    const file = length > readNowBytesMax ? undefined : this.#file.openFile;
    if (file?.readNow?.(borrowedBytes, length, offset) !== true) return undefined;
    return openBlock(borrowedBytes.subarray(0, length), this, offset);
  }

  async readBlock(handle: Handle): Promise<Block> {
    if (handle.length > sealedBytesMax) {
      throw new CorruptionError(this.path, handle.offset, `a block of ${handle.length} bytes cannot be`);
    }
    return this.decodeBlock(await this.readSpan(handle.offset, handle.length), handle.offset);
  }

  /** The payload, checked: mostly a view of `sealed`. */
  openBlock(sealed: Buffer, offset: number): Buffer {
    return openBlock(sealed, this, offset);
  }

  /** `sealed` is kept as long as the block. */
  decodeBlock(sealed: Buffer, offset: number): Block {
    return new Block(openBlock(sealed, this, offset), { path: this.path, offset });
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

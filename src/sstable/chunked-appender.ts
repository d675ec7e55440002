/**
 * Appends to a file in large pieces: one is being written while the next one fills. Memory is bounded by three pieces,
 * because `append` asks its caller to wait while a full one cannot be handed over yet.
 */
import type { DiskFile } from '../vfs/disk.js';
import { writeFully } from '../vfs/io.js';

export class ChunkedAppender {
  readonly #file: DiskFile;
  readonly #chunkBytes: number;
  #chunk: Buffer;
  #used = 0;
  /** Where the open chunk will lie in the file. */
  #position = 0;
  #writing: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(file: DiskFile, chunkBytes: number) {
    this.#file = file;
    this.#chunkBytes = chunkBytes;
    this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
  }

  /** Bytes appended so far. */
  get sizeBytes(): number {
    return this.#position + this.#used;
  }

  /** Copies `bytes`. With a promise: append nothing more before it has resolved. Throws what an earlier write threw. */
  append(bytes: Buffer): Promise<void> | undefined {
    this.#throwFailure();
    let wait: Promise<void> | undefined;
    if (this.#used > 0 && this.#used + bytes.length > this.#chunk.length) {
      wait = this.#writing;
      this.#startWrite();
    }
    if (bytes.length > this.#chunk.length) this.#chunk = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(this.#chunk, this.#used);
    this.#used += bytes.length;
    return wait;
  }

  /** Resolves when everything appended has been written (not synced). */
  async drain(): Promise<void> {
    this.#throwFailure();
    if (this.#used > 0) this.#startWrite();
    await this.settle();
    this.#throwFailure();
  }

  /** Resolves when no write is under way; never rejects. */
  async settle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Hands the open chunk over, to be written behind the one before. */
  #startWrite(): void {
    const chunk = this.#chunk.subarray(0, this.#used);
    const position = this.#position;
    const writing = (this.#writing ?? Promise.resolve())
      .then(() => (this.#failure === undefined ? writeFully(this.#file, chunk, position) : undefined))
      .catch((cause: unknown) => {
        this.#failure ??= { cause };
      })
      .then(() => {
        if (this.#writing === writing) this.#writing = undefined;
      });
    this.#writing = writing;
    this.#position += this.#used;
    this.#chunk = Buffer.allocUnsafeSlow(this.#chunkBytes);
    this.#used = 0;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }
}

/** Reads the batches of one segment, in order, in large pieces. */
import type { DiskFile } from '../vfs/disk.js';
import { readUpTo } from '../vfs/io.js';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  bodyMatches,
  decodeBatchHeader,
  IDENTITY_BYTES,
  SEGMENT_HEADER_BYTES,
} from './format.js';
import { READ_CHUNK_BYTES } from './limits.js';

export interface Batch {
  readonly header: BatchHeader;
  /** A view of memory that is never reused. */
  readonly body: Buffer;
}

/** What is at an offset where no whole batch is. `header`: an intact header, whose body is damaged or missing. */
export interface NoBatch {
  readonly offset: number;
  readonly header: BatchHeader | undefined;
}

export class BatchReader {
  /** What was read: the bytes of the file from `#chunkOffset`. */
  #chunk: Buffer = Buffer.alloc(0);
  #chunkOffset: number;
  /** Of the next batch. */
  #offset: number;

  /** `end`: offset of the first byte not to be read. `start`: of a batch, if not of the first. */
  constructor(
    private readonly file: DiskFile,
    private readonly identity: Buffer,
    private end: number,
    start = SEGMENT_HEADER_BYTES,
  ) {
    this.#chunkOffset = start;
    this.#offset = start;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Lets a reader that came to the end go on, when the segment has grown. False when it has not. */
  extendTo(end: number): boolean {
    if (end <= this.end) return false;
    this.end = end;
    return true;
  }

  /**
   * The next batch; undefined when more must be read first (call `fill`, then again); or why there is none: then every
   * further call says the same.
   */
  next(): Batch | NoBatch | undefined {
    const at = this.#offset - this.#chunkOffset;
    const available = this.#chunk.length - at;
    const complete = this.#chunkOffset + this.#chunk.length >= this.end;
    if (available < BATCH_HEADER_BYTES) {
      return complete ? { offset: this.#offset, header: undefined } : undefined;
    }
    const header = decodeBatchHeader(this.#chunk, at, this.identity, this.#chunkOffset);
    if (header === undefined) return { offset: this.#offset, header };
    const bodyAt = at + BATCH_HEADER_BYTES;
    if (available < BATCH_HEADER_BYTES + header.bodyBytes) {
      return complete ? { offset: this.#offset, header } : undefined;
    }
    const body = this.#chunk.subarray(bodyAt, bodyAt + header.bodyBytes);
    if (!bodyMatches(header, body)) return { offset: this.#offset, header };
    this.#offset += BATCH_HEADER_BYTES + header.bodyBytes;
    return { header, body };
  }

  /** Reads on, so that `next` has at least the whole next batch. What was cut at the chunk's end is read again. */
  async fill(): Promise<void> {
    const at = this.#offset - this.#chunkOffset;
    const header = decodeBatchHeader(this.#chunk, at, this.identity, this.#chunkOffset);
    const wanted = Math.max(READ_CHUNK_BYTES, BATCH_HEADER_BYTES + (header?.bodyBytes ?? 0));
    const length = Math.max(0, Math.min(wanted, this.end - this.#offset));
    const chunk = Buffer.allocUnsafeSlow(length);
    const bytes = await readUpTo(this.file, chunk, 0, length, this.#offset);
    // The file is shorter than it was said to be.
    if (bytes < length) this.end = this.#offset + bytes;
    this.#chunk = chunk.subarray(0, bytes);
    this.#chunkOffset = this.#offset;
  }
}

/** Offset of the first intact batch header in [`from`, `to`), if any. */
export async function findBatchHeader(
  file: DiskFile,
  identity: Buffer,
  from: number,
  to: number,
): Promise<number | undefined> {
  const chunk = Buffer.allocUnsafe(READ_CHUNK_BYTES);
  // Pieces overlap by less than a header, so that none is missed on a border.
  for (let offset = from; offset < to; offset += chunk.length - BATCH_HEADER_BYTES + 1) {
    const bytes = await readUpTo(file, chunk, 0, Math.min(chunk.length, to - offset), offset);
    const piece = chunk.subarray(0, bytes);
    for (let at = piece.indexOf(identity); at >= 0; at = piece.indexOf(identity, at + IDENTITY_BYTES)) {
      if (decodeBatchHeader(piece, at, identity, offset) !== undefined) return offset + at;
    }
    if (bytes < chunk.length) break;
  }
  return undefined;
}

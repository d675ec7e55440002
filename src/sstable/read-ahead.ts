/**
 * Decides how much of a file a cursor reads at once, and keeps what it has read beyond the block asked for.
 *
 * A cursor over a few entries should read one block; a cursor over everything should read pieces large enough that the
 * cost of a request does not matter. So the first block is read alone, and each further read doubles up to a maximum.
 * From then on the cursor is streaming: the next piece is read while this one is consumed.
 *
 * Memory that is used again is that of the piece before the one that was just left: of the latter a block may still be
 * joined, and of the former nothing is read any more.
 */
import type { Handle } from './format.js';
import { readAheadBytesMax, readAheadBytesMin } from './limits.js';
import type { TableFile } from './table-file.js';

/** A piece of the file: read, or being read. */
interface Piece<Bytes> {
  readonly from: number;
  readonly to: number;
  readonly bytes: Bytes;
}

export interface ReadAheadOptions {
  /** Only data blocks are read ahead. */
  readonly dataEnd: number;
  readonly reverse: boolean;
  /** Of the first read; `readAheadBytesMax` streams from the start. */
  readonly startBytes: number;
  /** What was taken is no longer read when more is asked for. */
  readonly reuseMemory: boolean;
}

export class ReadAhead {
  readonly #file: TableFile;
  readonly #dataEnd: number;
  readonly #reverse: boolean;
  readonly #reuseMemory: boolean;
  #windowBytes: number;
  #left: Piece<Buffer> | undefined;
  #current: Piece<Buffer> | undefined;
  /** Adjoins `current` in the direction of the walk. */
  #coming: Piece<Promise<Buffer>> | undefined;

  constructor(file: TableFile, options: ReadAheadOptions) {
    this.#file = file;
    this.#dataEnd = options.dataEnd;
    this.#reverse = options.reverse;
    this.#reuseMemory = options.reuseMemory;
    this.#windowBytes = options.startBytes;
  }

  get isStreaming(): boolean {
    return this.#windowBytes === readAheadBytesMax;
  }

  /** The sealed block when it was read already: a view of the larger piece. */
  take({ offset, length }: Handle): Buffer | undefined {
    const piece = this.#current;
    if (piece === undefined || offset < piece.from || offset + length > piece.to) return undefined;
    return piece.bytes.subarray(offset - piece.from, offset - piece.from + length);
  }

  /** Reads the block and what the cursor will want next. */
  async read(handle: Handle): Promise<Buffer> {
    const from = handle.offset;
    const to = from + handle.length;
    const before = this.#current;
    const coming = this.#coming;
    this.#coming = undefined;
    if (before !== undefined && coming !== undefined) {
      const start = Math.min(before.from, coming.from);
      const end = Math.max(before.to, coming.to);
      if (from >= start && to <= end) {
        this.#enter({ ...coming, bytes: await coming.bytes });
        return this.take(handle) ?? this.#join(before, from, to);
      }
    }
    const range = this.#rangeFrom(handle);
    const bytes = await this.#file.readSpan(range.from, range.to - range.from);
    this.#widen();
    this.#enter({ ...range, bytes });
    return bytes.subarray(from - range.from, to - range.from);
  }

  /** Like `read`, while pieces are small and the disk answers at once; undefined otherwise. */
  readNow(handle: Handle): Buffer | undefined {
    if (this.#coming !== undefined) return undefined;
    const range = this.#rangeFrom(handle);
    const bytes = this.#file.readSpanNow(range.from, range.to - range.from);
    if (bytes === undefined) return undefined;
    this.#widen();
    this.#enter({ ...range, bytes });
    const start = handle.offset - range.from;
    return bytes.subarray(start, start + handle.length);
  }

  /** The block, and what the cursor will want next. */
  #rangeFrom({ offset: from, length }: Handle): { readonly from: number; readonly to: number } {
    const to = from + length;
    const window = Math.max(length, this.#windowBytes);
    return this.#reverse
      ? { from: Math.max(0, to - window), to }
      : { from, to: Math.max(to, Math.min(this.#dataEnd, from + window)) };
  }

  #widen(): void {
    this.#windowBytes = Math.min(readAheadBytesMax, Math.max(readAheadBytesMin, this.#windowBytes * 2));
  }

  #enter(piece: Piece<Buffer>): void {
    const memory = this.#reuseMemory ? this.#left?.bytes : undefined;
    this.#left = this.#reuseMemory ? this.#current : undefined;
    this.#current = piece;
    if (!this.isStreaming) return;
    const from = this.#reverse ? Math.max(0, piece.from - this.#windowBytes) : piece.to;
    const to = this.#reverse ? piece.from : Math.min(this.#dataEnd, piece.to + this.#windowBytes);
    if (from >= to) return;
    const bytes = this.#file.readSpan(from, to - from, memory);
    // Who waits for it sees its error; when nobody does, the error is of no consequence.
    bytes.catch(() => undefined);
    this.#coming = { from, to, bytes };
  }

  /** A block of which one part lies in the piece before and one in the current piece. */
  #join(before: Piece<Buffer>, from: number, to: number): Buffer {
    const joined = Buffer.allocUnsafeSlow(to - from);
    for (const piece of [before, this.#current]) {
      if (piece === undefined) continue;
      const start = Math.max(from, piece.from);
      const end = Math.min(to, piece.to);
      piece.bytes.copy(joined, start - from, start - piece.from, end - piece.from);
    }
    return joined;
  }
}

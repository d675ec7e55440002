/**
 * Decides how much of a file a cursor reads at once, and keeps what it has read beyond the block asked for.
 *
 * A cursor over a few entries should read one block; a cursor over everything should read pieces large enough that the
 * cost of a request does not matter. So the first block is read alone, and each further read doubles up to a maximum.
 */
import type { Handle } from './format.js';
import { readAheadBytesMax, readAheadBytesMin } from './limits.js';
import type { TableFile } from './table-file.js';

export class ReadAhead {
  readonly #file: TableFile;
  /** Only data blocks are read ahead. */
  readonly #dataEnd: number;
  readonly #reverse: boolean;
  #windowBytes: number;
  #span: Buffer | undefined;
  #spanOffset = 0;

  constructor(file: TableFile, options: { dataEnd: number; reverse: boolean; startBytes: number }) {
    this.#file = file;
    this.#dataEnd = options.dataEnd;
    this.#reverse = options.reverse;
    this.#windowBytes = options.startBytes;
  }

  /** The sealed block when it was read already: a view of the larger piece. */
  take(handle: Handle): Buffer | undefined {
    const start = handle.offset - this.#spanOffset;
    if (this.#span === undefined || start < 0 || start + handle.length > this.#span.length) return undefined;
    return this.#span.subarray(start, start + handle.length);
  }

  /** Reads the block and what the cursor will want next. */
  async read(handle: Handle): Promise<Buffer> {
    const end = handle.offset + handle.length;
    const window = Math.max(handle.length, this.#windowBytes);
    const from = this.#reverse ? Math.max(0, end - window) : handle.offset;
    const to = this.#reverse ? end : Math.max(end, Math.min(this.#dataEnd, handle.offset + window));
    this.#windowBytes = Math.min(readAheadBytesMax, Math.max(readAheadBytesMin, this.#windowBytes * 2));
    this.#span = await this.#file.readSpan(from, to - from);
    this.#spanOffset = from;
    return this.#span.subarray(handle.offset - from, end - from);
  }
}

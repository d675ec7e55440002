/** A dump as one stream: a tar archive of the files that a directory would have, in the order of their writing. */
import type { Clock } from '../vfs/clock.js';
import { BackupError, damaged } from './errors.js';
import {
  ARCHIVE_END,
  BLOCK_BYTES,
  decodeHeader,
  encodeHeader,
  paddingBytes,
  type TarEntry,
} from './tar-format.js';
import type { DumpFile, DumpFiles, DumpTarget } from './types.js';

/** Takes bytes; resolves when there is room for more. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

export class TarTarget implements DumpTarget {
  readonly #write: WriteBytes;
  readonly #clock: Clock;

  constructor(write: WriteBytes, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
  }

  /** The size comes first, so the file is held until it is complete. */
  async add(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const held: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of pieces) {
      held.push(piece);
      bytes += piece.length;
    }
    await this.#write(encodeHeader(name, bytes, this.#clock.now()));
    for (const piece of held) if (piece.length > 0) await this.#write(piece);
    const padding = paddingBytes(bytes);
    if (padding > 0) await this.#write(new Uint8Array(padding));
  }

  async finish(name: string, content: Uint8Array): Promise<void> {
    await this.add(
      name,
      (async function* () {
        yield content;
      })(),
    );
    await this.#write(ARCHIVE_END);
  }
}

export class TarFiles implements DumpFiles {
  readonly totalBytes = undefined;
  readonly #bytes: ByteReader;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#bytes = new ByteReader(stream);
  }

  async *files(): AsyncGenerator<DumpFile> {
    for (;;) {
      const header = await this.#bytes.block();
      if (header === undefined) throw cutShort();
      const entry = decodeHeader(header);
      if (entry === undefined) {
        await this.#bytes.drain();
        return;
      }
      const content = this.#content(entry);
      // `tar` puts `./` before names that it was given a directory for.
      if (entry.kind === 'file') yield { name: entry.name.replace(/^(\.\/)+/, ''), content };
      for await (const _ of content);
      for await (const padding of this.#bytes.take(paddingBytes(entry.bytes))) {
        if (padding.some((byte) => byte !== 0))
          throw damaged(entry.name, 'there is something behind its end');
      }
    }
  }

  async *#content({ bytes }: TarEntry): AsyncGenerator<Buffer> {
    yield* this.#bytes.take(bytes);
  }
}

function cutShort(): BackupError {
  return new BackupError('INCOMPLETE', 'the stream ends before the dump does: it was cut short');
}

/** From the pieces in which a stream comes to as many bytes as are asked for. */
class ByteReader {
  readonly #iterator: AsyncIterator<Buffer>;
  #piece: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the stream. */
  async block(): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = BLOCK_BYTES;
    while (missing > 0) {
      if (this.#piece.length === 0 && !(await this.#next())) {
        if (missing === BLOCK_BYTES) return undefined;
        throw cutShort();
      }
      const part = this.#piece.subarray(0, missing);
      this.#piece = this.#piece.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async *take(bytes: number): AsyncGenerator<Buffer> {
    for (let missing = bytes; missing > 0; ) {
      if (this.#piece.length === 0 && !(await this.#next())) throw cutShort();
      const part = this.#piece.subarray(0, missing);
      this.#piece = this.#piece.subarray(part.length);
      missing -= part.length;
      yield part;
    }
  }

  /** To the end: whoever writes the stream is not to fail because nobody reads what `tar` appends. */
  async drain(): Promise<void> {
    while (await this.#next());
    this.#piece = Buffer.alloc(0);
  }

  async #next(): Promise<boolean> {
    const next = await this.#iterator.next();
    if (next.done === true) return false;
    this.#piece = next.value;
    return true;
  }
}

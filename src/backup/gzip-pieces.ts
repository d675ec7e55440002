/**
 * Gzip (RFC 1952) from pieces that are compressed independently, and so in several threads: each is a run of deflate
 * blocks (RFC 1951) that ends at a byte, and the last is an empty final block. To a reader it is one ordinary stream.
 */
import type { TransformOptions } from 'node:stream';
import { constants, createDeflateRaw, type DeflateRaw, type ZlibOptions } from 'node:zlib';

/** No name and no time, so that the same text gives the same bytes. */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff);

/** An empty block of fixed codes that is the last. */
const FINAL_BLOCK = Uint8Array.of(0x03, 0x00);
/** Of compressed text. A piece is taken out of it when it was flushed, so all of a piece must have room. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const OUTPUT_CHUNK_BYTES = 256 * 1024;

/** Compresses pieces, several at a time, each as if it were alone. What deflate needs for that is made once. */
export class PieceCompressor {
  readonly #level: number;
  readonly #idle: DeflateRaw[] = [];

  constructor(level: number) {
    this.#level = level;
  }

  /** The text must not change before it resolves. */
  async compress(text: Uint8Array): Promise<Uint8Array> {
    if (text.length === 0) return text;
    const deflate = this.#idle.pop() ?? this.#make();
    const compressed = await compressWith(deflate, text);
    deflate.reset();
    this.#idle.push(deflate);
    return compressed;
  }

  /** When nothing is being compressed. */
  close(): void {
    for (const deflate of this.#idle.splice(0)) deflate.close();
  }

  #make(): DeflateRaw {
    const options: ZlibOptions & TransformOptions = {
      level: this.#level,
      // The most: a sixth faster than the default.
      memLevel: constants.Z_MAX_MEMLEVEL,
      chunkSize: OUTPUT_CHUNK_BYTES,
      readableHighWaterMark: OUTPUT_BYTES_MAX,
    };
    return createDeflateRaw(options);
  }
}

function compressWith(deflate: DeflateRaw, text: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    deflate.once('error', reject);
    deflate.write(text);
    deflate.flush(constants.Z_SYNC_FLUSH, () => {
      deflate.off('error', reject);
      resolve(deflate.read() as Buffer);
    });
  });
}

/** @param crc of the whole text; @param textBytes its length */
export function gzipTrailer(crc: number, textBytes: number): Uint8Array {
  const trailer = Buffer.alloc(FINAL_BLOCK.length + 8);
  trailer.set(FINAL_BLOCK);
  trailer.writeUInt32LE(crc, FINAL_BLOCK.length);
  trailer.writeUInt32LE(textBytes % 2 ** 32, FINAL_BLOCK.length + 4);
  return trailer;
}

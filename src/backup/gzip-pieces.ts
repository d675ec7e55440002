/**
 * Gzip (RFC 1952) from pieces that are compressed independently, and so in several threads: each is a run of deflate
 * blocks (RFC 1951) that ends at a byte, and the last is an empty final block. To a reader it is one ordinary stream.
 */
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw) as (
  text: Uint8Array,
  options: { level: number; finishFlush: number; chunkSize: number },
) => Promise<Buffer>;

/** No name and no time, so that the same text gives the same bytes. */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0xff);

/** An empty block of fixed codes that is the last. */
const FINAL_BLOCK = Uint8Array.of(0x03, 0x00);
/** What deflate adds at most to what it cannot compress, and its marker at the end. */
const OVERHEAD_BYTES = 4096;

export function compressPiece(text: Uint8Array, level: number): Promise<Uint8Array> {
  if (text.length === 0) return Promise.resolve(text);
  // Room for all of it, so that one call of one thread does it.
  const chunkSize = text.length + (text.length >>> 8) + OVERHEAD_BYTES;
  return deflate(text, { level, finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
}

/** @param crc of the whole text; @param textBytes its length */
export function gzipTrailer(crc: number, textBytes: number): Uint8Array {
  const trailer = Buffer.alloc(FINAL_BLOCK.length + 8);
  trailer.set(FINAL_BLOCK);
  trailer.writeUInt32LE(crc, FINAL_BLOCK.length);
  trailer.writeUInt32LE(textBytes % 2 ** 32, FINAL_BLOCK.length + 4);
  return trailer;
}

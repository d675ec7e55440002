/**
 * CRC-32 (ISO 3309, polynomial 0xEDB88320): the one checksum of every on-disk format and of `x-amz-crc32`.
 *
 * `node:zlib` computes it natively from Node 20.15 and 22.2 on; the `crc-32` package answers the same on older ones.
 */
import * as zlib from 'node:zlib';
import CRC32 from 'crc-32';

type Checksum = (bytes: Uint8Array, seed?: number) => number;

/** The fallback, exported so that a test can hold the two against each other. */
export function crc32Portable(bytes: Uint8Array, seed = 0): number {
  return CRC32.buf(bytes, seed) >>> 0;
}

const native: Checksum | undefined = typeof zlib.crc32 === 'function' ? zlib.crc32 : undefined;

/** Unsigned 32-bit checksum. `seed` is the checksum of the bytes that came before: `crc32(b, crc32(a))` covers `a + b`. */
export const crc32: Checksum = native ?? crc32Portable;

/**
 * Archives as `tar` knows them: for each file a header of 512 bytes, its content, zeros up to a multiple of 512; two
 * blocks of zeros at the end.
 *
 *   0      100    108    116    124    136     148        156    157        257       263
 *   +------+------+------+------+------+-------+----------+------+----------+---------+---------+-----
 *   | name | mode | uid  | gid  | size | mtime | checksum | type | link     | ustar\0 | version | …
 *   +------+------+------+------+------+-------+----------+------+----------+---------+---------+-----
 *     text  octal                                          '0': a file
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format". Names of dumps are short and ASCII: no extension is needed.
 */
import assert from 'node:assert/strict';
import { BackupError } from './errors.js';

export const BLOCK_BYTES = 512;
export const ARCHIVE_END: Uint8Array = new Uint8Array(2 * BLOCK_BYTES);

const NAME_BYTES = 100;
const CHECKSUM_AT = 148;
const CHECKSUM_BYTES = 8;
const FILE_TYPE = 0x30;
/** Older archives say of files that they are of type zero. */
const OLD_FILE_TYPE = 0;
const DIRECTORY_TYPE = 0x35;

export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly kind: 'file' | 'directory' | 'other';
}

/** @param mtimeMs wall-clock milliseconds */
export function encodeHeader(name: string, bytes: number, mtimeMs: number): Uint8Array {
  assert(Buffer.byteLength(name) < NAME_BYTES, 'names of dumps are short');
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0, 'utf8');
  writeOctal(header, 0o644, 100, 8);
  writeOctal(header, 0, 108, 8);
  writeOctal(header, 0, 116, 8);
  writeOctal(header, bytes, 124, 12);
  writeOctal(header, Math.trunc(mtimeMs / 1000), 136, 12);
  header.writeUInt8(FILE_TYPE, 156);
  header.write('ustar\u000000', 257, 'latin1');
  writeOctal(header, checksum(header), CHECKSUM_AT, CHECKSUM_BYTES - 1);
  header.writeUInt8(0x20, CHECKSUM_AT + CHECKSUM_BYTES - 1);
  return header;
}

/** Undefined: the archive ends here. @throws BackupError when it is no header */
export function decodeHeader(header: Buffer): TarEntry | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  if (readOctal(header, CHECKSUM_AT, CHECKSUM_BYTES) !== checksum(header)) {
    throw new BackupError('DAMAGED', 'the stream is no tar archive, or a header in it is damaged');
  }
  const end = header.indexOf(0);
  const name = header.toString('utf8', 0, Math.min(end < 0 ? NAME_BYTES : end, NAME_BYTES));
  return { name, bytes: readOctal(header, 124, 12), kind: kindOf(header[156]) };
}

/** Of zeros behind a content of so many bytes. */
export function paddingBytes(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function kindOf(type: number | undefined): TarEntry['kind'] {
  if (type === FILE_TYPE || type === OLD_FILE_TYPE) return 'file';
  return type === DIRECTORY_TYPE ? 'directory' : 'other';
}

/** The sum of all bytes, with spaces where the checksum itself is. */
function checksum(header: Uint8Array): number {
  let sum = CHECKSUM_BYTES * 0x20;
  for (const [at, byte] of header.entries()) {
    if (at < CHECKSUM_AT || at >= CHECKSUM_AT + CHECKSUM_BYTES) sum += byte;
  }
  return sum;
}

/** Digits up to the last byte of the field, which is zero. */
function writeOctal(header: Buffer, value: number, at: number, bytes: number): void {
  header.write(value.toString(8).padStart(bytes - 1, '0'), at, 'latin1');
}

function readOctal(header: Buffer, at: number, bytes: number): number {
  const digits = header.toString('latin1', at, at + bytes).replaceAll(/[\0 ]/g, '');
  if (!/^[0-7]+$/.test(digits)) {
    throw new BackupError('DAMAGED', 'the stream is no tar archive, or a header in it is damaged');
  }
  return Number.parseInt(digits, 8);
}

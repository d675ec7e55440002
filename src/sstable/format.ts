/**
 * The sorted file: an immutable table of entries, sorted by key, one version for each key.
 *
 *     file = data block … | index leaf … | filter | index root | properties | footer
 *
 * Without a gap, so that every byte of the file belongs to something that a checksum covers. Everything but the footer
 * is sealed, which binds it to its place in its file (a block that ended up elsewhere does not pass for the one sought):
 *
 *     sealed block = content | compression u8 | checksum u32                               integers little-endian
 *     compression    0: content is the payload; 1: content is payload length u32 | payload deflated (RFC 1951)
 *     checksum       CRC-32 of content and compression, seeded with a mix of file number and offset
 *
 *     data block     block.ts
 *     index leaf     block.ts; present when the index has two levels; see table-index.ts
 *     filter         filter.ts; absent (no bytes) when the table was written without
 *     index root     block.ts; see table-index.ts
 *     properties     varints: entries, tombstones, key bytes, value bytes, smallest sequence, largest sequence,
 *                    then smallest key and largest key, each as length varint | bytes
 *
 *     footer, 64 bytes, in every version:
 *      0  file number u64
 *      8  end of data u64, where index leaves begin
 *     16  offset of filter u64
 *     24  offset of index root u64
 *     32  offset of properties u64
 *     40  levels of index u32 (1 or 2)
 *     44  zero u32
 *     48  checksum u32: CRC-32 of bytes 0 to 47 and 52 to 63
 *     52  version u16, then its complement u16: a flipped bit is not taken for a newer version
 *     56  magic, 8 bytes
 *
 * A table is read from its end: the footer says where the rest is. Its own name says nothing about the content.
 */
import assert from 'node:assert/strict';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { crc32 } from '../encoding/checksum.js';
import { CorruptionError, UnsupportedVersionError } from './errors.js';
import { blockBytesMax, keyBytesMax, valueBytesMax } from './limits.js';
import type { TableProperties } from './types.js';
import { VarintReader, varintBytesMax, writeVarint } from './varint.js';

/** Never renumber. */
export const formatVersion = 1;
const magic = Buffer.from('VarveSST', 'latin1');
const uncompressed = 0;
const deflated = 1;

export const footerBytes = 64;
export const sealBytes = 5;
const u32Bytes = 4;

/** A sealed block: its offset in the file and its length there, seal included. */
export interface Handle {
  readonly offset: number;
  readonly length: number;
}

/** A file as its blocks know it. */
export interface TableIdentity {
  readonly path: string;
  readonly fileNumber: number;
}

export type Compression = 'none' | 'deflate';

/** Compression that saves less than this share of a block is not worth undoing at every read. */
const savingMin = 1 / 8;
/** One entry of the largest size, and generous room for what surrounds it. */
const payloadBytesMax = valueBytesMax + 4 * blockBytesMax;
export const sealedBytesMax = payloadBytesMax + sealBytes;

/** The pieces of a sealed block, to be written one after the other at `offset`. */
export function sealBlock(
  payload: Buffer,
  place: { readonly fileNumber: number; readonly offset: number },
  compression: Compression,
): [content: Buffer, seal: Buffer] {
  let content = payload;
  const seal = Buffer.allocUnsafe(sealBytes);
  seal[0] = uncompressed;
  if (compression === 'deflate') {
    const smaller = deflateRawSync(payload);
    if (u32Bytes + smaller.length <= payload.length * (1 - savingMin)) {
      const length = Buffer.allocUnsafe(u32Bytes);
      length.writeUInt32LE(payload.length, 0);
      content = Buffer.concat([length, smaller]);
      seal[0] = deflated;
    }
  }
  const checksum = crc32(seal.subarray(0, 1), crc32(content, placeSeed(place.fileNumber, place.offset)));
  seal.writeUInt32LE(checksum, 1);
  return [content, seal];
}

/** The payload of a sealed block: a view of `sealed`, or memory of its own when it was compressed. */
export function openBlock(sealed: Buffer, table: TableIdentity, offset: number): Buffer {
  const covered = sealed.length - u32Bytes;
  if (covered < 1) throw new CorruptionError(table.path, offset, 'block is cut short');
  const checksum = crc32(sealed.subarray(0, covered), placeSeed(table.fileNumber, offset));
  if (checksum !== sealed.readUInt32LE(covered))
    throw new CorruptionError(table.path, offset, 'block checksum mismatch');
  const content = sealed.subarray(0, covered - 1);
  if (sealed[covered - 1] === uncompressed) return content;
  if (sealed[covered - 1] !== deflated || content.length < u32Bytes) {
    throw new CorruptionError(table.path, offset, 'unknown block compression');
  }
  return inflate(content, table, offset);
}

function inflate(content: Buffer, table: TableIdentity, offset: number): Buffer {
  const length = content.readUInt32LE(0);
  if (length === 0 || length > payloadBytesMax)
    throw new CorruptionError(table.path, offset, 'impossible block length');
  let payload: Buffer;
  try {
    payload = inflateRawSync(content.subarray(u32Bytes), { maxOutputLength: length });
  } catch (cause) {
    throw new CorruptionError(table.path, offset, 'compressed block is malformed', { cause });
  }
  if (payload.length !== length)
    throw new CorruptionError(table.path, offset, 'compressed block has another length');
  return payload;
}

/** Blocks of equal content differ by their checksum when they lie in different files or at different offsets. */
function placeSeed(fileNumber: number, offset: number): number {
  return (Math.imul(fileNumber, 0x9e3779b1) ^ Math.imul(offset, 0x85ebca6b)) >>> 0;
}

/** What the footer says. Sections follow each other: each ends where the next one begins. */
export interface Footer {
  readonly fileNumber: number;
  readonly dataEnd: number;
  readonly filterOffset: number;
  readonly indexOffset: number;
  readonly propertiesOffset: number;
  readonly indexLevels: 1 | 2;
}

export function encodeFooter(footer: Footer): Buffer {
  const bytes = Buffer.alloc(footerBytes);
  writeUint64(bytes, footer.fileNumber, 0);
  writeUint64(bytes, footer.dataEnd, 8);
  writeUint64(bytes, footer.filterOffset, 16);
  writeUint64(bytes, footer.indexOffset, 24);
  writeUint64(bytes, footer.propertiesOffset, 32);
  bytes.writeUInt32LE(footer.indexLevels, 40);
  bytes.writeUInt16LE(formatVersion, 52);
  bytes.writeUInt16LE(formatVersion ^ 0xffff, 54);
  magic.copy(bytes, 56);
  bytes.writeUInt32LE(footerChecksum(bytes), 48);
  return bytes;
}

/** `bytes` are the last of a file of `sizeBytes`. Throws when the footer is not one, or is another file's. */
export function decodeFooter(bytes: Buffer, table: TableIdentity, sizeBytes: number): Footer {
  const offset = Math.max(0, sizeBytes - footerBytes);
  const fault = (what: string) => new CorruptionError(table.path, offset, what);
  if (bytes.length !== footerBytes) throw fault('the file is too short for a footer');
  if (!bytes.subarray(56).equals(magic)) throw fault('no magic at the end: not a table, or cut short');
  const version = bytes.readUInt16LE(52);
  if ((version ^ bytes.readUInt16LE(54)) !== 0xffff) throw fault('damaged version');
  if (version > formatVersion) throw new UnsupportedVersionError(table.path, version, formatVersion);
  if (version === 0) throw fault('version 0 never was');
  if (bytes.readUInt32LE(48) !== footerChecksum(bytes)) throw fault('footer checksum mismatch');
  const indexLevels = bytes.readUInt32LE(40);
  const footer = {
    fileNumber: readUint64(bytes, 0),
    dataEnd: readUint64(bytes, 8),
    filterOffset: readUint64(bytes, 16),
    indexOffset: readUint64(bytes, 24),
    propertiesOffset: readUint64(bytes, 32),
  };
  const ascending =
    footer.dataEnd > 0 &&
    footer.dataEnd <= footer.filterOffset &&
    footer.filterOffset <= footer.indexOffset &&
    footer.indexOffset < footer.propertiesOffset &&
    footer.propertiesOffset < offset;
  const leaves =
    indexLevels === 2 ? footer.filterOffset > footer.dataEnd : footer.filterOffset === footer.dataEnd;
  if (!ascending || !leaves || (indexLevels !== 1 && indexLevels !== 2) || bytes.readUInt32LE(44) !== 0) {
    throw fault('the footer contradicts itself');
  }
  if (footer.fileNumber !== table.fileNumber) {
    throw fault(`this is file ${footer.fileNumber}, not ${table.fileNumber}`);
  }
  return { ...footer, indexLevels };
}

function footerChecksum(bytes: Buffer): number {
  return crc32(bytes.subarray(52), crc32(bytes.subarray(0, 48)));
}

function writeUint64(bytes: Buffer, value: number, offset: number): void {
  assert(Number.isSafeInteger(value) && value >= 0);
  bytes.writeBigUInt64LE(BigInt(value), offset);
}

/** Beyond 2^53 - 1 the result is not exact; it is then larger than any file. */
function readUint64(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}

export type StoredProperties = Omit<TableProperties, 'fileNumber' | 'sizeBytes'>;

export function encodeProperties(properties: StoredProperties): Buffer {
  const keys = properties.smallestKey.length + properties.largestKey.length;
  const bytes = Buffer.allocUnsafe(8 * varintBytesMax + keys);
  let at = 0;
  for (const number of [
    properties.entries,
    properties.tombstones,
    properties.keyBytes,
    properties.valueBytes,
    properties.smallestSequence,
    properties.largestSequence,
  ]) {
    at = writeVarint(bytes, at, number);
  }
  for (const key of [properties.smallestKey, properties.largestKey]) {
    at = writeVarint(bytes, at, key.length);
    at += bytes.write(key, at, 'latin1');
  }
  return bytes.subarray(0, at);
}

export function decodeProperties(payload: Buffer, table: TableIdentity, offset: number): StoredProperties {
  const reader = new VarintReader(payload, 0, payload.length);
  const key = () => {
    const length = reader.next();
    reader.malformed ||= length === 0 || length > keyBytesMax || reader.position + length > payload.length;
    const start = reader.position;
    reader.position += length;
    return payload.latin1Slice(start, Math.min(payload.length, start + length));
  };
  const properties = {
    entries: reader.next(),
    tombstones: reader.next(),
    keyBytes: reader.next(),
    valueBytes: reader.next(),
    smallestSequence: reader.next(),
    largestSequence: reader.next(),
    smallestKey: key(),
    largestKey: key(),
  };
  if (
    reader.malformed ||
    reader.position !== payload.length ||
    properties.entries === 0 ||
    properties.tombstones > properties.entries ||
    properties.smallestSequence > properties.largestSequence ||
    properties.smallestKey > properties.largestKey
  ) {
    throw new CorruptionError(table.path, offset, 'malformed properties');
  }
  return properties;
}

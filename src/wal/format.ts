/**
 * The log on disk, format 2. All numbers are little-endian; checksums are CRC-32.
 *
 * A log is a directory of segments, `<number, 16 digits>.wal`. A segment is a header in a sector of its own, then
 * batches back to back. What follows the last batch is zeros, or what the file held in an earlier life: such stale
 * bytes never parse, because each use of a file has an identity of its own, which every batch repeats.
 *
 *   segment header, 512 bytes
 *    0       8         12        16                24                32                  40           48       508    512
 *   +-------+---------+---------+-----------------+-----------------+-------------------+------------+--------+------+
 *   | magic | version | flags   | segment number  | identity        | previous identity | first size | zero … | crc  |
 *   +-------+---------+---------+-----------------+-----------------+-------------------+------------+--------+------+
 *     flags: bit 0: the file was recycled. previous identity: of segment number-1; zero: the log begins here.
 *     first size: length of the file when it became this segment. crc: of bytes 0..507.
 *
 *   batch: one write to the disk. 48 bytes of header, then the body: fragments back to back
 *    0          8            12         16       20           24        32                  40     41     44     48
 *   +----------+------------+----------+--------+------------+---------+-------------------+------+------+------+------+
 *   | identity | header crc | body crc | offset | body bytes | ordinal | previous sequence | kind | zero | size | body |
 *   +----------+------------+----------+--------+------------+---------+-------------------+------+------+------+------+
 *     header crc: of bytes 0..7 and 12..47. offset: of this header in its file. ordinal: 1, 2, 3, … through the whole
 *     log. previous sequence: the highest of which a fragment lies before this batch. kind: 1 records, 2 mark (no body).
 *     size: of the file when the batch was written.
 *
 *   fragment: a record, or a part of a record that is larger than a batch
 *    0               4      5      8           16
 *   +---------------+------+------+-----------+---------+
 *   | payload bytes | type | zero | sequence  | payload |
 *   +---------------+------+------+-----------+---------+
 *     type: 1 full, 2 first, 3 middle, 4 last. A record that is spread begins a batch of its own.
 *
 * Why batches: only one write is in flight at a time, so whatever was written before a batch *started* was durable.
 * Hence a batch that does not parse, with a later one that does, is corruption; with none, it is a torn tail that
 * nobody was told of. The header has a checksum of its own, so that a header alone is such a proof. Ordinals make a
 * missing batch show, also across segments.
 *
 * Why sizes: a file is grown, and its new length synced, before anything is written there. So a file that is shorter
 * than it says was cut after that, and batches may be gone.
 *
 * Format 1 had zeros in place of both sizes: nothing is known of them then. It is read and written on.
 */
import assert from 'node:assert/strict';

import { crc32 } from '../encoding/checksum.js';

/** On disk. Never renumber. */
export const FORMAT_VERSION = 2;
const FORMAT_VERSION_MIN = 1;
export const SEGMENT_HEADER_BYTES = 512;
export const BATCH_HEADER_BYTES = 48;
export const FRAGMENT_HEADER_BYTES = 16;
export const IDENTITY_BYTES = 8;

const MAGIC = Buffer.from('VARVEWAL', 'latin1');
const FLAG_RECYCLED = 1;
const SEGMENT_CHECKSUM_OFFSET = SEGMENT_HEADER_BYTES - 4;

/** On disk. Never renumber. */
export const BatchKind = { records: 1, mark: 2 } as const;
export type BatchKind = (typeof BatchKind)[keyof typeof BatchKind];

/** On disk. Never renumber. */
export const FragmentType = { full: 1, first: 2, middle: 3, last: 4 } as const;
export type FragmentType = (typeof FragmentType)[keyof typeof FragmentType];

export interface SegmentHeader {
  /** `FORMAT_VERSION`, or an earlier one. */
  readonly version: number;
  readonly number: number;
  readonly identity: Buffer;
  /** Undefined: the log begins with this segment. */
  readonly previousIdentity: Buffer | undefined;
  readonly recycled: boolean;
  /** Length of the file when it became this segment; 0 in format 1. */
  readonly firstSizeBytes: number;
}

export interface BatchHeader {
  readonly offset: number;
  readonly bodyBytes: number;
  readonly bodyChecksum: number;
  readonly ordinal: number;
  readonly previousSequence: number;
  readonly kind: BatchKind;
  /** Length of the file when the batch was written; 0 in segments of format 1. */
  readonly fileSizeBytes: number;
}

export interface FragmentHeader {
  readonly payloadBytes: number;
  readonly type: FragmentType;
  readonly sequence: number;
}

const NO_IDENTITY = Buffer.alloc(IDENTITY_BYTES);

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  assert(header.identity.length === IDENTITY_BYTES && !header.identity.equals(NO_IDENTITY));
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt32LE(header.version, 8);
  bytes.writeUInt32LE(header.recycled ? FLAG_RECYCLED : 0, 12);
  writeUInt64(bytes, header.number, 16);
  header.identity.copy(bytes, 24);
  header.previousIdentity?.copy(bytes, 32);
  writeUInt64(bytes, header.firstSizeBytes, 40);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SEGMENT_CHECKSUM_OFFSET)), SEGMENT_CHECKSUM_OFFSET);
  return bytes;
}

/** The header, or why there is none. A `version` in the answer: intact, but of a later format. */
export function decodeSegmentHeader(
  bytes: Buffer,
): SegmentHeader | { readonly invalid: string; readonly version?: number } {
  if (bytes.length < SEGMENT_HEADER_BYTES) return { invalid: 'the segment header is cut short' };
  if (!bytes.subarray(0, 8).equals(MAGIC)) return { invalid: 'the segment header has a wrong magic' };
  if (crc32(bytes.subarray(0, SEGMENT_CHECKSUM_OFFSET)) !== bytes.readUInt32LE(SEGMENT_CHECKSUM_OFFSET)) {
    return { invalid: 'the segment header has a wrong checksum' };
  }
  const version = bytes.readUInt32LE(8);
  if (version < FORMAT_VERSION_MIN || version > FORMAT_VERSION)
    return { invalid: `format ${version}`, version };
  const flags = bytes.readUInt32LE(12);
  const number = readUInt64(bytes, 16);
  const identity = Buffer.from(bytes.subarray(24, 32));
  const previousIdentity = Buffer.from(bytes.subarray(32, 40));
  const firstSizeBytes = readUInt64(bytes, 40);
  const zeros = bytes.subarray(48, SEGMENT_CHECKSUM_OFFSET);
  const hasNumbers = number !== undefined && firstSizeBytes !== undefined;
  if (flags > FLAG_RECYCLED || !hasNumbers || identity.equals(NO_IDENTITY) || !isZero(zeros)) {
    return { invalid: 'the segment header has impossible fields' };
  }
  return {
    version,
    number,
    identity,
    previousIdentity: previousIdentity.equals(NO_IDENTITY) ? undefined : previousIdentity,
    recycled: flags === FLAG_RECYCLED,
    firstSizeBytes,
  };
}

/** Fills in the header of the batch whose body already lies behind it in `batch`. */
export function sealBatch(
  batch: Buffer,
  identity: Buffer,
  header: Omit<BatchHeader, 'bodyBytes' | 'bodyChecksum'>,
): void {
  assert(batch.length >= BATCH_HEADER_BYTES && header.offset >= SEGMENT_HEADER_BYTES);
  identity.copy(batch, 0);
  batch.writeUInt32LE(crc32(batch.subarray(BATCH_HEADER_BYTES)), 12);
  batch.writeUInt32LE(header.offset, 16);
  batch.writeUInt32LE(batch.length - BATCH_HEADER_BYTES, 20);
  writeUInt64(batch, header.ordinal, 24);
  writeUInt64(batch, header.previousSequence, 32);
  batch.fill(0, 40, BATCH_HEADER_BYTES);
  batch.writeUInt8(header.kind, 40);
  batch.writeUInt32LE(header.fileSizeBytes, 44);
  batch.writeUInt32LE(batchHeaderChecksum(batch, 0), 8);
}

/**
 * The header of a batch of the segment with that identity, at byte `at` of `bytes`, which lie at `fileOffset + at` of
 * the file. Undefined: there is none. The body is not looked at (see `bodyMatches`).
 */
export function decodeBatchHeader(
  bytes: Buffer,
  at: number,
  identity: Buffer,
  fileOffset: number,
): BatchHeader | undefined {
  if (at + BATCH_HEADER_BYTES > bytes.length) return undefined;
  if (identity.compare(bytes, at, at + IDENTITY_BYTES) !== 0) return undefined;
  if (batchHeaderChecksum(bytes, at) !== bytes.readUInt32LE(at + 8)) return undefined;
  const offset = bytes.readUInt32LE(at + 16);
  const ordinal = readUInt64(bytes, at + 24);
  const previousSequence = readUInt64(bytes, at + 32);
  const kind = bytes.readUInt8(at + 40);
  if (offset !== fileOffset + at || ordinal === undefined || previousSequence === undefined) return undefined;
  if (kind !== BatchKind.records && kind !== BatchKind.mark) return undefined;
  if (!isZero(bytes.subarray(at + 41, at + 44))) return undefined;
  return {
    offset,
    bodyBytes: bytes.readUInt32LE(at + 20),
    bodyChecksum: bytes.readUInt32LE(at + 12),
    ordinal,
    previousSequence,
    kind,
    fileSizeBytes: bytes.readUInt32LE(at + 44),
  };
}

export function bodyMatches(header: BatchHeader, body: Buffer): boolean {
  return body.length === header.bodyBytes && crc32(body) === header.bodyChecksum;
}

export function encodeFragmentHeader(target: Buffer, at: number, fragment: FragmentHeader): void {
  target.writeUInt32LE(fragment.payloadBytes, at);
  target.writeUInt32LE(fragment.type, at + 4);
  writeUInt64(target, fragment.sequence, at + 8);
}

/** Undefined: no fragment that ends within `bytes` begins at `at`. */
export function decodeFragmentHeader(bytes: Buffer, at: number): FragmentHeader | undefined {
  if (at + FRAGMENT_HEADER_BYTES > bytes.length) return undefined;
  const payloadBytes = bytes.readUInt32LE(at);
  const type = bytes.readUInt32LE(at + 4);
  const sequence = readUInt64(bytes, at + 8);
  if (at + FRAGMENT_HEADER_BYTES + payloadBytes > bytes.length || sequence === undefined) return undefined;
  if (!isFragmentType(type)) return undefined;
  return { payloadBytes, type, sequence };
}

function isFragmentType(type: number): type is FragmentType {
  return type >= FragmentType.full && type <= FragmentType.last;
}

function batchHeaderChecksum(bytes: Buffer, at: number): number {
  const identity = crc32(bytes.subarray(at, at + IDENTITY_BYTES));
  return crc32(bytes.subarray(at + 12, at + BATCH_HEADER_BYTES), identity);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function writeUInt64(target: Buffer, value: number, at: number): void {
  assert(Number.isSafeInteger(value) && value >= 0, 'a non-negative safe integer');
  target.writeUInt32LE(value % 2 ** 32, at);
  target.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

/** Undefined: not a safe integer. */
function readUInt64(bytes: Buffer, at: number): number | undefined {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * One segment from its header to its end. Unlike recovery it goes on behind damage, at the next intact batch: for
 * checking a log and for looking into it.
 */

import { crc32 } from '../encoding/checksum.js';
import { findFlippedBit } from '../encoding/flipped-bit.js';
import type { DiskFile } from '../vfs/disk.js';
import { readUpTo } from '../vfs/io.js';
import { type Batch, BatchReader, findBatchHeader, type NoBatch } from './batch-reader.js';
import { LogVersionError } from './errors.js';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  bodyMatches,
  decodeBatchHeader,
  decodeFragmentHeader,
  decodeSegmentHeader,
  FORMAT_VERSION,
  FRAGMENT_HEADER_BYTES,
  IDENTITY_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './format.js';
import { READ_CHUNK_BYTES } from './limits.js';

/**
 * - `header`: first, unless the header is damaged.
 * - `damage` at `offset`; the walk goes on at `resumesAt`, or ends when that is absent.
 * - `end`: behind the last intact batch. `residueBytes`: how far something follows that a cut-off write may have left;
 *   not to be told from what the file held before when it was recycled, and then 0 unless a batch begins there.
 */
export type SegmentStep =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'damage'; readonly offset: number; readonly fault: string; readonly resumesAt?: number }
  | { readonly kind: 'end'; readonly offset: number; readonly residueBytes: number };

/** Throws what the disk throws, and `LogVersionError`. */
export async function* walkSegment(file: DiskFile): AsyncGenerator<SegmentStep> {
  const sizeBytes = await file.sizeBytes();
  const header = decodeSegmentHeader(await readSome(file, 0, SEGMENT_HEADER_BYTES));
  if ('invalid' in header) {
    if (header.version !== undefined) throw new LogVersionError(file.path, header.version, FORMAT_VERSION);
    yield { kind: 'damage', offset: 0, fault: header.invalid };
    return;
  }
  yield { kind: 'header', header };
  const { identity } = header;
  let knownBytes = header.firstSizeBytes;
  for (let start: number | undefined = SEGMENT_HEADER_BYTES; start !== undefined; ) {
    const reader = new BatchReader(file, identity, sizeBytes, start);
    const item = yield* batchesOf(reader, (batch) => {
      knownBytes = Math.max(
        knownBytes,
        batch.fileSizeBytes,
        batch.offset + BATCH_HEADER_BYTES + batch.bodyBytes,
      );
    });
    const later = await findBatchHeader(file, identity, item.offset + 1, sizeBytes);
    if (later === undefined && sizeBytes < knownBytes) {
      const fault = `the file was cut: it has ${sizeBytes} bytes and had at least ${knownBytes}`;
      yield { kind: 'damage', offset: item.offset, fault };
      return;
    }
    if (later === undefined) {
      yield await endAt(file, header, item, sizeBytes);
      return;
    }
    const what = item.header === undefined ? 'no batch header' : 'a batch with a wrong checksum';
    yield {
      kind: 'damage',
      offset: item.offset,
      fault: `${what}, but a later batch at byte ${later}`,
      resumesAt: later,
    };
    start = later;
  }
}

async function* batchesOf(
  reader: BatchReader,
  onHeader: (header: BatchHeader) => void,
): AsyncGenerator<SegmentStep, NoBatch> {
  for (;;) {
    const item = reader.next();
    if (item?.header !== undefined) onHeader(item.header);
    if (item === undefined) await reader.fill();
    else if ('body' in item) yield { kind: 'batch', batch: item };
    else return item;
  }
}

/**
 * What is behind the last batch. A write that was cut off lacks whole sectors; a batch that one flipped bit explains
 * was all there.
 */
async function endAt(
  file: DiskFile,
  { identity, recycled }: SegmentHeader,
  { offset, header }: NoBatch,
  sizeBytes: number,
): Promise<SegmentStep> {
  const flipped =
    header === undefined
      ? await flippedBitOfHeader(file, identity, offset)
      : await flippedBitOfBody(file, header);
  if (flipped !== undefined) {
    return { kind: 'damage', offset, fault: `the last batch has a flipped bit at byte ${flipped}` };
  }
  if (header !== undefined) {
    const residueBytes = Math.min(sizeBytes - offset, BATCH_HEADER_BYTES + header.bodyBytes);
    return { kind: 'end', offset, residueBytes };
  }
  if (!recycled) return { kind: 'end', offset, residueBytes: await lastNonZero(file, offset, sizeBytes) };
  const begins = (await readSome(file, offset, IDENTITY_BYTES)).equals(identity);
  return { kind: 'end', offset, residueBytes: begins ? Math.min(sizeBytes - offset, BATCH_HEADER_BYTES) : 0 };
}

/** Offset in the file of the byte in which one bit must be flipped for a batch header to be there. */
async function flippedBitOfHeader(
  file: DiskFile,
  identity: Buffer,
  offset: number,
): Promise<number | undefined> {
  const bytes = await readSome(file, offset, BATCH_HEADER_BYTES);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const byte = bit >> 3;
    flip(bytes, byte, bit & 7);
    if (decodeBatchHeader(bytes, 0, identity, offset) !== undefined) return offset + byte;
    flip(bytes, byte, bit & 7);
  }
  return undefined;
}

/** The same of the body: it must match its checksum then, and consist of fragments. */
async function flippedBitOfBody(file: DiskFile, header: BatchHeader): Promise<number | undefined> {
  const bodyOffset = header.offset + BATCH_HEADER_BYTES;
  // Not trusted with an allocation: the file may be shorter.
  const length = Math.min(header.bodyBytes, Math.max(0, (await file.sizeBytes()) - bodyOffset));
  if (length < header.bodyBytes) return undefined;
  const body = await readSome(file, bodyOffset, length);
  const flipped = findFlippedBit(body.length, crc32(body), header.bodyChecksum);
  if (flipped === undefined) return undefined;
  flip(body, flipped.byte, flipped.bit);
  return bodyMatches(header, body) && isFragments(body) ? bodyOffset + flipped.byte : undefined;
}

function isFragments(body: Buffer): boolean {
  let at = 0;
  while (at < body.length) {
    const fragment = decodeFragmentHeader(body, at);
    if (fragment === undefined) return false;
    at += FRAGMENT_HEADER_BYTES + fragment.payloadBytes;
  }
  return true;
}

function flip(bytes: Buffer, byte: number, bit: number): void {
  bytes[byte] = (bytes[byte] as number) ^ (1 << bit);
}

const zeros = Buffer.alloc(READ_CHUNK_BYTES);

/** Bytes from `offset` to the last one that is not zero. */
async function lastNonZero(file: DiskFile, offset: number, sizeBytes: number): Promise<number> {
  let last = 0;
  for (let from = offset; from < sizeBytes; from += READ_CHUNK_BYTES) {
    const chunk = await readSome(file, from, Math.min(READ_CHUNK_BYTES, sizeBytes - from));
    if (chunk.equals(zeros.subarray(0, chunk.length))) continue;
    const found = chunk.findLastIndex((byte) => byte !== 0);
    if (found >= 0) last = from - offset + found + 1;
  }
  return last;
}

async function readSome(file: DiskFile, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, await readUpTo(file, bytes, 0, length, offset));
}

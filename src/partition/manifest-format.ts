/**
 * The manifest: a log of version edits, the first of which is a snapshot of everything before it.
 *
 *     0                 8             12            16
 *     +-----------------+-------------+-------------+--------+--------+----
 *     | magic VARVEMAN  | version 4   | checksum 4  | record | record | ...       checksum: of the 12 bytes before it
 *     +-----------------+-------------+-------------+--------+--------+----
 *
 *     record:
 *     +-------------+-----------+------------------+--------+
 *     | checksum 4  | ordinal 4 | payload length 4 | fields |       checksum: of everything after it
 *     +-------------+-----------+------------------+--------+       ordinal: 0, 1, 2, ...
 *
 *     field: tag (1 byte), then
 *     1 flushed       sequence 8, timestamp ms 8
 *     2 next file     number 8
 *     3 table added   level 1, file number, size, entries, tombstones, key bytes, value bytes, smallest sequence,
 *                     largest sequence (8 each), smallest key, largest key (2 bytes of length, then the bytes)
 *     4 table removed file number 8
 *     5 reader        name (2 bytes of length, then UTF-8), sequence 8
 *     6 reader gone   name
 *
 * Integers are unsigned and little-endian, those of 8 bytes at most 2^53 - 1. An edit is one record. A record is synced
 * before the next one is written: so a bad record with a good one behind it is damage, and one with none behind it is a
 * write that a crash tore.
 */
import assert from 'node:assert/strict';
import { crc32 } from '../encoding/checksum.js';
import type { TableProperties } from '../sstable/types.js';
import { CorruptionError, UnsupportedVersionError } from './errors.js';
import type { VersionEdit } from './version-edit.js';

/** Part of the format: never change, never renumber. */
const magic = Buffer.from('VARVEMAN', 'latin1');
export const manifestVersion = 1;
const tagFlushed = 1;
const tagNextFile = 2;
const tagTableAdded = 3;
const tagTableRemoved = 4;
const tagReader = 5;
const tagReaderGone = 6;

export const manifestHeaderBytes = 16;
export const recordHeaderBytes = 12;

export function encodeManifestHeader(): Buffer {
  const header = Buffer.alloc(manifestHeaderBytes);
  magic.copy(header);
  header.writeUInt32LE(manifestVersion, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

/** Throws when `bytes` do not begin with the header of a version that this release reads. */
export function checkManifestHeader(bytes: Buffer, path: string): void {
  if (bytes.length < manifestHeaderBytes) throw new CorruptionError(path, 0, 'the header is cut short');
  if (!bytes.subarray(0, 8).equals(magic)) throw new CorruptionError(path, 0, 'not a manifest');
  if (bytes.readUInt32LE(12) !== crc32(bytes.subarray(0, 12))) {
    throw new CorruptionError(path, 0, 'the checksum of the header does not match');
  }
  const version = bytes.readUInt32LE(8);
  if (version !== manifestVersion) {
    throw new UnsupportedVersionError(
      path,
      `format version ${version}; this release reads ${manifestVersion}`,
    );
  }
}

export function encodeManifestRecord(ordinal: number, edit: VersionEdit): Buffer {
  const fields = new FieldWriter();
  if (edit.nextFileNumber !== undefined) fields.tag(tagNextFile).integer(edit.nextFileNumber);
  if (edit.flushed !== undefined) {
    fields.tag(tagFlushed).integer(edit.flushed.sequence).integer(edit.flushed.timestampMs);
  }
  for (const fileNumber of edit.removed ?? []) fields.tag(tagTableRemoved).integer(fileNumber);
  for (const { level, properties } of edit.added ?? []) {
    fields.tag(tagTableAdded).byte(level);
    for (const member of integerMembers) fields.integer(properties[member]);
    fields.text(properties.smallestKey, 'latin1').text(properties.largestKey, 'latin1');
  }
  for (const [name, sequence] of edit.readers ?? []) {
    if (sequence === null) fields.tag(tagReaderGone).text(name, 'utf8');
    else fields.tag(tagReader).text(name, 'utf8').integer(sequence);
  }
  const payload = fields.bytes();
  const record = Buffer.alloc(recordHeaderBytes + payload.length);
  record.writeUInt32LE(ordinal, 4);
  record.writeUInt32LE(payload.length, 8);
  payload.copy(record, recordHeaderBytes);
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

/** Order is part of the format. */
const integerMembers = [
  'fileNumber',
  'sizeBytes',
  'entries',
  'tombstones',
  'keyBytes',
  'valueBytes',
  'smallestSequence',
  'largestSequence',
] as const satisfies readonly (keyof TableProperties)[];

export interface DecodedRecord {
  readonly edit: VersionEdit;
  /** Of the byte after the record. */
  readonly end: number;
}

/** `torn`: nothing that can be read stands at `offset` or behind it. */
export function decodeManifestRecord(
  bytes: Buffer,
  offset: number,
  ordinal: number,
  path: string,
): DecodedRecord | 'torn' {
  const end = soundRecordEnd(bytes, offset, ordinal);
  if (end !== undefined) {
    const fields = new FieldReader(bytes.subarray(0, end), offset + recordHeaderBytes, path);
    return { edit: fields.edit(), end };
  }
  for (let at = offset + 1; at + recordHeaderBytes <= bytes.length; at += 1) {
    const found = bytes.readUInt32LE(at + 4);
    const later = found > ordinal && found - ordinal <= bytes.length / recordHeaderBytes;
    if (later && soundRecordEnd(bytes, at, found) !== undefined) {
      throw new CorruptionError(path, offset, `edit ${ordinal} is damaged; edit ${found} behind it is whole`);
    }
  }
  return 'torn';
}

/** Of the byte after the record at `offset`, when one with that ordinal and an intact checksum is there. */
export function soundRecordEnd(bytes: Buffer, offset: number, ordinal: number): number | undefined {
  if (offset + recordHeaderBytes > bytes.length) return undefined;
  if (bytes.readUInt32LE(offset + 4) !== ordinal) return undefined;
  const end = offset + recordHeaderBytes + bytes.readUInt32LE(offset + 8);
  if (end > bytes.length) return undefined;
  return bytes.readUInt32LE(offset) === crc32(bytes.subarray(offset + 4, end)) ? end : undefined;
}

class FieldWriter {
  readonly #parts: Buffer[] = [];

  tag(tag: number): this {
    return this.byte(tag);
  }

  byte(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value < 256);
    this.#parts.push(Buffer.of(value));
    return this;
  }

  integer(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    this.#parts.push(bytes);
    return this;
  }

  text(text: string, encoding: 'latin1' | 'utf8'): this {
    const bytes = Buffer.from(text, encoding);
    assert(bytes.length <= 0xffff);
    this.#parts.push(Buffer.of(bytes.length & 0xff, bytes.length >>> 8), bytes);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

class FieldReader {
  readonly #bytes: Buffer;
  readonly #path: string;
  #at: number;

  constructor(bytes: Buffer, at: number, path: string) {
    this.#bytes = bytes;
    this.#at = at;
    this.#path = path;
  }

  edit(): VersionEdit {
    const added = [];
    const removed = [];
    const readers = new Map<string, number | null>();
    let flushed: VersionEdit['flushed'];
    let nextFileNumber: number | undefined;
    while (this.#at < this.#bytes.length) {
      const tagAt = this.#at;
      const tag = this.#byte();
      if (tag === tagFlushed) flushed = { sequence: this.#integer(), timestampMs: this.#integer() };
      else if (tag === tagNextFile) nextFileNumber = this.#integer();
      else if (tag === tagTableAdded) added.push({ level: this.#byte(), properties: this.#properties() });
      else if (tag === tagTableRemoved) removed.push(this.#integer());
      else if (tag === tagReader) readers.set(this.#text('utf8'), this.#integer());
      else if (tag === tagReaderGone) readers.set(this.#text('utf8'), null);
      else throw new UnsupportedVersionError(this.#path, `field ${tag} at offset ${tagAt}`);
    }
    return {
      added,
      removed,
      ...(readers.size > 0 && { readers }),
      ...(flushed !== undefined && { flushed }),
      ...(nextFileNumber !== undefined && { nextFileNumber }),
    };
  }

  #properties(): TableProperties {
    const [fileNumber, sizeBytes, entries, tombstones] = this.#integers();
    const [keyBytes, valueBytes, smallestSequence, largestSequence] = this.#integers();
    const smallestKey = this.#text('latin1');
    const largestKey = this.#text('latin1');
    return {
      fileNumber,
      sizeBytes,
      entries,
      tombstones,
      keyBytes,
      valueBytes,
      smallestSequence,
      largestSequence,
      smallestKey,
      largestKey,
    };
  }

  #integers(): [number, number, number, number] {
    return [this.#integer(), this.#integer(), this.#integer(), this.#integer()];
  }

  #byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  #integer(): number {
    const at = this.#take(8);
    const value = Number(this.#bytes.readBigUInt64LE(at));
    if (!Number.isSafeInteger(value)) throw new CorruptionError(this.#path, at, 'a number is out of bounds');
    return value;
  }

  #text(encoding: 'latin1' | 'utf8'): string {
    const length = this.#bytes.readUInt16LE(this.#take(2));
    const at = this.#take(length);
    return this.#bytes.toString(encoding, at, at + length);
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) {
      throw new CorruptionError(this.#path, at, 'a field ends after its record');
    }
    this.#at += length;
    return at;
  }
}

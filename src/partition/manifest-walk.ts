/**
 * A manifest from its header to its end, edit by edit. Unlike recovery it goes on behind damage, at the next whole edit:
 * for checking a manifest and for looking into it.
 */
import { crc32 } from '../encoding/checksum.js';
import { findFlippedBit } from '../encoding/flipped-bit.js';
import { CorruptionError } from './errors.js';
import {
  checkManifestHeader,
  decodeManifestRecord,
  manifestHeaderBytes,
  recordHeaderBytes,
  soundRecordEnd,
} from './manifest-format.js';
import type { VersionEdit } from './version-edit.js';

/** `torn`: what a crash left of the last edit, which never took effect. */
export type ManifestStep =
  | {
      readonly kind: 'edit';
      readonly offset: number;
      readonly length: number;
      readonly ordinal: number;
      readonly edit: VersionEdit;
    }
  | { readonly kind: 'damage'; readonly offset: number; readonly fault: string }
  | { readonly kind: 'torn'; readonly offset: number; readonly length: number };

/** `bytes`: of the whole file. Throws `UnsupportedVersionError`. */
export function* walkManifest(bytes: Buffer, path: string): Generator<ManifestStep> {
  try {
    checkManifestHeader(bytes, path);
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    yield { kind: 'damage', offset: 0, fault: error.fault };
    return;
  }
  let offset = manifestHeaderBytes;
  let ordinal = 0;
  while (offset < bytes.length) {
    const end = soundRecordEnd(bytes, offset, ordinal);
    if (end !== undefined) {
      yield editAt(bytes, offset, ordinal, path, end);
      offset = end;
      ordinal += 1;
      continue;
    }
    const later = laterRecord(bytes, offset, ordinal);
    if (later === undefined) {
      yield endAt(bytes, offset, ordinal);
      return;
    }
    const fault = `edit ${ordinal} is damaged; edit ${later.ordinal} at byte ${later.offset} is whole`;
    yield { kind: 'damage', offset, fault };
    ({ offset, ordinal } = later);
  }
  if (ordinal === 0) yield { kind: 'damage', offset, fault: 'the snapshot is missing' };
}

function editAt(bytes: Buffer, offset: number, ordinal: number, path: string, end: number): ManifestStep {
  try {
    const record = decodeManifestRecord(bytes, offset, ordinal, path);
    if (record === 'torn') return { kind: 'torn', offset, length: end - offset };
    return { kind: 'edit', offset, length: end - offset, ordinal, edit: record.edit };
  } catch (error) {
    if (!(error instanceof CorruptionError)) throw error;
    return { kind: 'damage', offset: error.offset, fault: error.fault };
  }
}

function laterRecord(
  bytes: Buffer,
  offset: number,
  ordinal: number,
): { readonly offset: number; readonly ordinal: number } | undefined {
  for (let at = offset + 1; at + recordHeaderBytes <= bytes.length; at += 1) {
    const found = bytes.readUInt32LE(at + 4);
    const isLater = found > ordinal && found - ordinal <= bytes.length / recordHeaderBytes;
    if (isLater && soundRecordEnd(bytes, at, found) !== undefined) return { offset: at, ordinal: found };
  }
  return undefined;
}

/** The snapshot came with the file, by a rename: it is never torn. Nor is a record that one flipped bit explains. */
function endAt(bytes: Buffer, offset: number, ordinal: number): ManifestStep {
  const flipped = flippedBit(bytes, offset, ordinal);
  if (flipped !== undefined) {
    return { kind: 'damage', offset, fault: `edit ${ordinal} has a flipped bit at byte ${flipped}` };
  }
  if (ordinal === 0) return { kind: 'damage', offset, fault: 'the snapshot is damaged' };
  return { kind: 'torn', offset, length: bytes.length - offset };
}

/** Offset of the byte in which one bit must be flipped for a record with that ordinal to be at `offset`. */
function flippedBit(bytes: Buffer, offset: number, ordinal: number): number | undefined {
  if (offset + recordHeaderBytes > bytes.length) return undefined;
  const copy = Buffer.from(bytes.subarray(offset));
  for (let bit = 0; bit < recordHeaderBytes * 8; bit += 1) {
    const byte = bit >> 3;
    copy[byte] = (copy[byte] as number) ^ (1 << (bit & 7));
    if (soundRecordEnd(copy, 0, ordinal) !== undefined) return offset + byte;
    copy[byte] = (copy[byte] as number) ^ (1 << (bit & 7));
  }
  const end = recordHeaderBytes + copy.readUInt32LE(8);
  if (copy.readUInt32LE(4) !== ordinal || end > copy.length) return undefined;
  const covered = copy.subarray(4, end);
  const found = findFlippedBit(covered.length, crc32(covered), copy.readUInt32LE(0));
  return found === undefined ? undefined : offset + 4 + found.byte;
}

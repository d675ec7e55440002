/**
 * The payload of a log record.
 *
 *     0        1                7                  11
 *     +--------+----------------+------------------+------------------------------
 *     | kind 1 | timestamp ms 6 | mutation count 4 | mutations ...
 *     +--------+----------------+------------------+------------------------------
 *
 *     mutation:
 *     +--------------+------------------+-----------+-------------+
 *     | key length 2 | value length + 1 | key bytes | value bytes |     value length + 1 (4 bytes): 0 is a deletion
 *     +--------------+------------------+-----------+-------------+
 *
 * Integers are unsigned and little-endian. The sequence number is the log's own; a checksum too.
 */
import assert from 'node:assert/strict';
import { CorruptionError, UnsupportedVersionError } from './errors.js';
import type { Mutation } from './types.js';

/** Part of the format: never renumber. Later kinds: what a transaction prepares, and how it ended. */
export const recordKindMutations = 1;

const headerBytes = 11;
const mutationHeaderBytes = 6;

export interface MutationRecord {
  readonly timestampMs: number;
  readonly mutations: readonly Mutation[];
}

export function mutationRecordBytes(mutations: readonly Mutation[]): number {
  let bytes = headerBytes;
  for (const { key, value } of mutations) {
    bytes += mutationHeaderBytes + key.length + (value === null ? 0 : value.length);
  }
  return bytes;
}

/** Fills exactly `mutationRecordBytes(mutations)` bytes of `target` from `offset`. */
export function encodeMutationRecord(
  target: Buffer,
  offset: number,
  timestampMs: number,
  mutations: readonly Mutation[],
): void {
  target[offset] = recordKindMutations;
  target.writeUIntLE(timestampMs, offset + 1, 6);
  target.writeUInt32LE(mutations.length, offset + 7);
  let at = offset + headerBytes;
  for (const { key, value } of mutations) {
    target.writeUInt16LE(key.length, at);
    target.writeUInt32LE(value === null ? 0 : value.length + 1, at + 2);
    at += mutationHeaderBytes;
    const written = target.write(key, at, 'latin1');
    assert.equal(written, key.length, 'a key is a binary string');
    at += key.length;
    if (value !== null) {
      target.set(value, at);
      at += value.length;
    }
  }
}

/** Where a record came from, for the error when it is not one. */
export interface RecordOrigin {
  readonly path: string;
  readonly offset: number;
}

/** Values are views of `payload`. The log has checked the checksum: what does not fit is a fault of the writer. */
export function decodeMutationRecord(payload: Uint8Array, origin: RecordOrigin): MutationRecord {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const corrupt = (fault: string) => new CorruptionError(origin.path, origin.offset, fault);
  if (bytes.length < headerBytes) throw corrupt(`a record of ${bytes.length} bytes is too short`);
  const kind = bytes[0];
  if (kind !== recordKindMutations) {
    throw new UnsupportedVersionError(origin.path, `record kind ${kind} at offset ${origin.offset}`);
  }
  const count = bytes.readUInt32LE(7);
  const mutations: Mutation[] = [];
  let at = headerBytes;
  for (let i = 0; i < count; i += 1) {
    if (at + mutationHeaderBytes > bytes.length) throw corrupt('a record ends inside a mutation');
    const keyLength = bytes.readUInt16LE(at);
    const lengthOfValue = bytes.readUInt32LE(at + 2) - 1;
    const valueAt = at + mutationHeaderBytes + keyLength;
    const end = valueAt + Math.max(0, lengthOfValue);
    if (keyLength === 0 || end > bytes.length) throw corrupt('a record ends inside a mutation');
    mutations.push({
      key: bytes.toString('latin1', at + mutationHeaderBytes, valueAt),
      value: lengthOfValue < 0 ? null : bytes.subarray(valueAt, end),
    });
    at = end;
  }
  if (at !== bytes.length) throw corrupt('a record goes on after its last mutation');
  return { timestampMs: bytes.readUIntLE(1, 6), mutations };
}

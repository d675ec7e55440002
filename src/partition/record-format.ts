/**
 * The payload of a log record.
 *
 *     0      1                7                  11
 *     +------+----------------+------------------+------------+---------------
 *     | kind | timestamp ms 6 | mutation count 4 | extra ...  | mutations ...
 *     +------+----------------+------------------+------------+---------------
 *
 *     kind                                extra
 *     1 mutations                         none
 *     2 a transaction is prepared         id 16, participant count 2, participants: each length 2, UTF-8
 *     3 mutations of a transaction        id 16, timestamp of the transaction ms 6
 *     4 a prepared transaction is off     id 16; no mutations
 *
 *     mutation:
 *     +--------------+------------------+-----------+-------------+
 *     | key length 2 | value length + 1 | key bytes | value bytes |     value length + 1 (4 bytes): 0 is a deletion
 *     +--------------+------------------+-----------+-------------+
 *
 * Kind 3 commits what kind 2 prepared, and says it again, so that nobody needs the prepare to apply it; a transaction of
 * one partition has no kind 2 before it. Integers are unsigned and little-endian. The sequence number is the log's own;
 * a checksum too.
 */
import assert from 'node:assert/strict';
import type { LogPosition } from '../wal/types.js';
import { CorruptionError, UnsupportedVersionError } from './errors.js';
import type { Mutation, TransactionId, TransactionStamp } from './types.js';

/** Part of the format: never renumber. */
export const RecordKind = { mutations: 1, prepare: 2, commit: 3, abort: 4 } as const;

export type RecordBody =
  | { readonly kind: typeof RecordKind.mutations; readonly mutations: readonly Mutation[] }
  | {
      readonly kind: typeof RecordKind.prepare;
      readonly id: TransactionId;
      readonly participants: readonly string[];
      readonly mutations: readonly Mutation[];
    }
  | {
      readonly kind: typeof RecordKind.commit;
      readonly transaction: TransactionStamp;
      readonly mutations: readonly Mutation[];
    }
  | { readonly kind: typeof RecordKind.abort; readonly id: TransactionId };

export type PartitionRecord = RecordBody & { readonly timestampMs: number };

const headerBytes = 11;
const idBytes = 16;
const mutationHeaderBytes = 6;
const noMutations: readonly Mutation[] = [];

/** What the record changes for readers. */
export function visibleMutations(body: RecordBody): readonly Mutation[] {
  return body.kind === RecordKind.mutations || body.kind === RecordKind.commit ? body.mutations : noMutations;
}

function mutationsOf(body: RecordBody): readonly Mutation[] {
  return body.kind === RecordKind.abort ? noMutations : body.mutations;
}

export function recordBytes(body: RecordBody): number {
  let bytes = headerBytes + extraBytes(body);
  for (const { key, value } of mutationsOf(body)) {
    bytes += mutationHeaderBytes + key.length + (value === null ? 0 : value.length);
  }
  return bytes;
}

function extraBytes(body: RecordBody): number {
  switch (body.kind) {
    case RecordKind.mutations:
      return 0;
    case RecordKind.prepare:
      return body.participants.reduce((sum, name) => sum + 2 + Buffer.byteLength(name), idBytes + 2);
    case RecordKind.commit:
      return idBytes + 6;
    case RecordKind.abort:
      return idBytes;
  }
}

/** Fills exactly `recordBytes(body)` bytes of `target` from `offset`. */
export function encodeRecord(target: Buffer, offset: number, timestampMs: number, body: RecordBody): void {
  const mutations = mutationsOf(body);
  target[offset] = body.kind;
  target.writeUIntLE(timestampMs, offset + 1, 6);
  target.writeUInt32LE(mutations.length, offset + 7);
  let at = encodeExtra(target, offset + headerBytes, body);
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

/** Returns where the mutations start. */
function encodeExtra(target: Buffer, offset: number, body: RecordBody): number {
  switch (body.kind) {
    case RecordKind.mutations:
      return offset;
    case RecordKind.prepare: {
      let at = encodeId(target, offset, body.id);
      at = target.writeUInt16LE(body.participants.length, at);
      for (const name of body.participants) {
        const length = target.write(name, at + 2);
        target.writeUInt16LE(length, at);
        at += 2 + length;
      }
      return at;
    }
    case RecordKind.commit: {
      const at = encodeId(target, offset, body.transaction.id);
      return target.writeUIntLE(body.transaction.timestampMs, at, 6);
    }
    case RecordKind.abort:
      return encodeId(target, offset, body.id);
  }
}

function encodeId(target: Buffer, offset: number, id: TransactionId): number {
  const written = target.write(id, offset, 'hex');
  assert(
    written === idBytes && id.length === 2 * idBytes,
    'the id of a transaction is 32 hexadecimal digits',
  );
  return offset + idBytes;
}

/** Where a record came from, for the error when it is not one. */
export interface RecordOrigin {
  readonly path: string;
  readonly offset: number;
}

/** Of a record of the log. Made for each one, so what only an error needs is put together then. */
export class LogOrigin implements RecordOrigin {
  constructor(
    private readonly logDirectory: string,
    private readonly position: LogPosition,
  ) {}

  get path(): string {
    return `${this.logDirectory}, segment ${this.position.segment}`;
  }

  get offset(): number {
    return this.position.offset;
  }
}

/** Values are views of `payload`. The log has checked the checksum: what does not fit is a fault of the writer. */
export function decodeRecord(payload: Uint8Array, origin: RecordOrigin): PartitionRecord {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const reader = new PayloadReader(bytes, origin);
  const kind = reader.uint(1);
  if (kind < RecordKind.mutations || kind > RecordKind.abort) {
    throw new UnsupportedVersionError(origin.path, `record kind ${kind} at offset ${origin.offset}`);
  }
  const timestampMs = reader.uint(6);
  const count = reader.uint(4);
  const record = decodeBody(kind, timestampMs, count, reader);
  reader.end();
  return record;
}

function decodeBody(
  kind: number,
  timestampMs: number,
  count: number,
  reader: PayloadReader,
): PartitionRecord {
  switch (kind) {
    case RecordKind.prepare: {
      const id = reader.id();
      const participants = Array.from({ length: reader.uint(2) }, () => reader.text(reader.uint(2), 'utf8'));
      return { kind, timestampMs, id, participants, mutations: reader.mutations(count) };
    }
    case RecordKind.commit: {
      const transaction = { id: reader.id(), timestampMs: reader.uint(6) };
      return { kind, timestampMs, transaction, mutations: reader.mutations(count) };
    }
    case RecordKind.abort:
      if (count !== 0) throw reader.corrupt('the end of a transaction that has mutations');
      return { kind, timestampMs, id: reader.id() };
    default:
      return { kind: RecordKind.mutations, timestampMs, mutations: reader.mutations(count) };
  }
}

class PayloadReader {
  #at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly origin: RecordOrigin,
  ) {}

  corrupt(fault: string): CorruptionError {
    return new CorruptionError(this.origin.path, this.origin.offset, fault);
  }

  uint(length: number): number {
    return this.bytes.readUIntLE(this.#take(length), length);
  }

  text(length: number, encoding: 'latin1' | 'utf8' | 'hex'): string {
    const start = this.#take(length);
    return this.bytes.toString(encoding, start, start + length);
  }

  id(): TransactionId {
    return this.text(idBytes, 'hex');
  }

  mutations(count: number): Mutation[] {
    const mutations: Mutation[] = [];
    for (let i = 0; i < count; i += 1) {
      const keyLength = this.uint(2);
      const lengthOfValue = this.uint(4) - 1;
      if (keyLength === 0) throw this.corrupt('a mutation without a key');
      const key = this.text(keyLength, 'latin1');
      mutations.push({ key, value: lengthOfValue < 0 ? null : this.#view(lengthOfValue) });
    }
    return mutations;
  }

  end(): void {
    if (this.#at !== this.bytes.length) throw this.corrupt('a record goes on after its last mutation');
  }

  #view(length: number): Uint8Array {
    const start = this.#take(length);
    return this.bytes.subarray(start, start + length);
  }

  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.bytes.length) {
      throw this.corrupt(`a record of ${this.bytes.length} bytes ends too early`);
    }
    this.#at = start + length;
    return start;
  }
}

/**
 * An idempotency token as it is stored: in one of the partitions that its transaction writes to, by the same record.
 *
 *   key    0x00, then the token in UTF-8. No other key of a partition starts with 0x00, so that tables without tokens
 *          have no key below 0x01, and the search for tokens does not touch them.
 *   value  0x01 | SHA-256 of what the transaction does, 32 bytes | when it was committed: ms, 6 bytes big-endian
 */
import assert from 'node:assert/strict';
import type { Key, KeyRange, Mutation } from '../partition/types.js';
import { TransactionFormatError } from './errors.js';
import type { Token } from './types.js';

/** First byte of the keys of tokens. Part of the format: never change. */
export const TOKEN_SPACE = 0x00;

const SPACE_BYTE = String.fromCharCode(TOKEN_SPACE);
const VERSION = 0x01;
const DIGEST_BYTES = 32;
const VALUE_BYTES = 1 + DIGEST_BYTES + 6;

export const tokenRange: KeyRange = { from: SPACE_BYTE, to: String.fromCharCode(TOKEN_SPACE + 1) };

export interface StoredToken {
  readonly digest: string;
  readonly committedMs: number;
}

export function tokenKey(value: string): Key {
  return SPACE_BYTE + Buffer.from(value, 'utf8').toString('latin1');
}

export function tokenOf(key: Key): string {
  return Buffer.from(key.slice(1), 'latin1').toString('utf8');
}

export function tokenMutation({ value, digest }: Token, committedMs: number): Mutation {
  const bytes = Buffer.alloc(VALUE_BYTES);
  bytes[0] = VERSION;
  const written = bytes.write(digest, 1, 'hex');
  assert.equal(written, DIGEST_BYTES, 'a digest has 32 bytes');
  bytes.writeUIntBE(committedMs, 1 + DIGEST_BYTES, 6);
  return { key: tokenKey(value), value: bytes };
}

export function decodeToken(stored: Uint8Array): StoredToken {
  if (stored[0] !== VERSION || stored.length !== VALUE_BYTES) {
    throw new TransactionFormatError(`a stored token has the unknown version ${stored[0]}`);
  }
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  return {
    digest: bytes.toString('hex', 1, 1 + DIGEST_BYTES),
    committedMs: bytes.readUIntBE(1 + DIGEST_BYTES, 6),
  };
}

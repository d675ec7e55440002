/**
 * Variable-length unsigned integers (LEB128): seven bits a byte, least significant first, the high bit says that more
 * follow. Up to 2^53 - 1, in at most eight bytes.
 */
import assert from 'node:assert/strict';

export const varintBytesMax = 8;

/** Returns the offset behind what it wrote. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a safe non-negative integer');
  // Bit operations work on 32 bits: larger numbers are first divided down.
  while (value > 0x7fff_ffff) {
    target[offset++] = (value % 128) | 0x80;
    value = Math.floor(value / 128);
  }
  while (value > 0x7f) {
    target[offset++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  target[offset++] = value;
  return offset;
}

/** Walks encoded fields. A read beyond `end` or a number that is too long yields `malformed` and moves to the end. */
export class VarintReader {
  position: number;
  /** Sticky: set by the first bad field. */
  malformed = false;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.#bytes = bytes;
    this.position = position;
    this.#end = end;
  }

  next(): number {
    const first = this.position < this.#end ? (this.#bytes[this.position] as number) : 0x80;
    if (first < 0x80) {
      this.position += 1;
      return first;
    }
    return this.#long();
  }

  #long(): number {
    let value = 0;
    let scale = 1;
    for (let length = 0; length < varintBytesMax && this.position < this.#end; length += 1) {
      const byte = this.#bytes[this.position++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value <= Number.MAX_SAFE_INTEGER) return value;
        break;
      }
      scale *= 128;
    }
    this.malformed = true;
    this.position = this.#end;
    return 0;
  }
}

/**
 * Key values as binary strings whose `<` is the service's order. Each encoding ends itself, so that partition key, sort
 * key and index keys can be concatenated, and the concatenation sorts component by component.
 *
 *   S, B    the bytes (S in UTF-8), 0x00 written as 00 FF, then the end mark 00 01
 *
 *   N       zero       80
 *           positive   C0  exponent+130  digit pairs + 1 (01..64)   00
 *           negative   40  125-exponent  FE - digit pair (9B..FE)   FF
 *           A number is d₁d₂.d₃d₄… × 10^(exponent-1): its digits are taken in pairs from the first, the last one
 *           filled up with 0. More digits mean a larger magnitude, so the end mark is below (negative: above) any pair.
 *
 * The type is not part of the encoding: the key schema knows it.
 */
import { type AttributeValue, NumberValue } from './attribute-value.js';
import { FormatError } from './errors.js';
import { NUMBER_EXPONENT_MAX, NUMBER_EXPONENT_MIN } from './limits.js';
import { composeNumber, decomposeNumber } from './number.js';

export type KeyType = 'S' | 'N' | 'B';
/** A value that can be a key. */
export type KeyValue = string | NumberValue | Uint8Array;

const END = '\x00\x01';
const ESCAPED_ZERO = '\x00\xff';
const ZERO = '\x80';
const POSITIVE = 0xc0;
const NEGATIVE = 0x40;
const NEGATIVE_END = 0xff;

// biome-ignore lint/suspicious/noControlCharactersInRegex: plain text without 0x00 is its own encoding
const PLAIN = /^[\x01-\x7f]*$/;

export function isKeyValue(value: AttributeValue): value is KeyValue {
  return typeof value === 'string' || value instanceof NumberValue || value instanceof Uint8Array;
}

/** The order-preserving encoding of a key value: a binary string, one character per byte. */
export function encodeKeyValue(value: KeyValue): string {
  if (value instanceof NumberValue) return encodeNumber(value.text);
  return encodeKeyPrefix(value) + END;
}

/**
 * What the encodings of all strings (or binaries) that begin with `prefix` begin with: `encodeKeyValue` without the end.
 * The range of them is from here to `prefixEnd` of it.
 */
export function encodeKeyPrefix(prefix: string | Uint8Array): string {
  if (typeof prefix === 'string' && PLAIN.test(prefix)) return prefix;
  const bytes = binaryString(typeof prefix === 'string' ? Buffer.from(prefix, 'utf8') : prefix);
  return bytes.includes('\x00') ? bytes.replaceAll('\x00', ESCAPED_ZERO) : bytes;
}

/** Bytes as a string of one character per byte. */
export function binaryString(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1');
}

/** Reads the key value that begins at `offset`; `end` is the offset after it. */
export function decodeKeyValue(key: string, offset: number, type: KeyType): { value: KeyValue; end: number } {
  if (type === 'N') return decodeNumber(key, offset);
  const { bytes, end } = decodeBytes(key, offset);
  const buffer = Buffer.from(bytes, 'latin1');
  if (type === 'B') return { value: new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length), end };
  return { value: PLAIN.test(bytes) ? bytes : buffer.toString('utf8'), end };
}

function decodeBytes(key: string, offset: number): { bytes: string; end: number } {
  let from = offset;
  let bytes = '';
  for (;;) {
    const zero = key.indexOf('\x00', from);
    const next = zero === -1 ? Number.NaN : key.charCodeAt(zero + 1);
    bytes += key.slice(from, zero === -1 ? undefined : zero);
    if (next === 0x01) return { bytes, end: zero + 2 };
    if (next !== 0xff) throw new FormatError(`key value at offset ${offset} has no end mark`);
    bytes += '\x00';
    from = zero + 2;
  }
}

function encodeNumber(text: string): string {
  const { negative, digits, exponent } = decomposeNumber(text);
  if (digits === '') return ZERO;
  const codes = negative
    ? [NEGATIVE, NUMBER_EXPONENT_MAX - exponent]
    : [POSITIVE, exponent - NUMBER_EXPONENT_MIN];
  for (let index = 0; index < digits.length; index += 2) {
    const pair = (digits.charCodeAt(index) - 0x30) * 10 + ((digits.charCodeAt(index + 1) || 0x30) - 0x30);
    codes.push(negative ? 0xfe - pair : pair + 1);
  }
  codes.push(negative ? NEGATIVE_END : 0x00);
  return String.fromCharCode(...codes);
}

function decodeNumber(key: string, offset: number): { value: NumberValue; end: number } {
  const lead = key.charCodeAt(offset);
  if (lead === 0x80) return { value: new NumberValue('0'), end: offset + 1 };
  const negative = lead === NEGATIVE;
  if (!negative && lead !== POSITIVE)
    throw new FormatError(`no number begins at offset ${offset} of the key`);
  const exponentByte = key.charCodeAt(offset + 1);
  const exponent = negative ? NUMBER_EXPONENT_MAX - exponentByte : exponentByte + NUMBER_EXPONENT_MIN;
  let digits = '';
  let index = offset + 2;
  for (; ; index += 1) {
    const code = key.charCodeAt(index);
    if (code === (negative ? NEGATIVE_END : 0x00)) break;
    const pair = negative ? 0xfe - code : code - 1;
    if (!(pair >= 0 && pair <= 99))
      throw new FormatError(`number at offset ${offset} of the key has no end mark`);
    digits += pair < 10 ? `0${pair}` : pair;
  }
  const trimmed = digits.endsWith('0') ? digits.slice(0, -1) : digits;
  return { value: new NumberValue(composeNumber({ negative, digits: trimmed, exponent })), end: index + 1 };
}

/** The smallest binary string above all that begin with `prefix`; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  let length = prefix.length;
  while (length > 0 && prefix.charCodeAt(length - 1) === 0xff) length -= 1;
  if (length === 0) return undefined;
  return prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
}

/** The smallest binary string above `key`. */
export function keyAfter(key: string): string {
  return `${key}\x00`;
}

/**
 * Items from the service's JSON into the bytes they are stored as (item.ts), in one pass over the text: no values, strings
 * or objects in between, since a restoration reads very many. The other direction of item-json-writer.ts.
 *
 * It takes only the plain form in which dumps and exports are written, and gives up on everything else: white space, sets,
 * escapes by number, numbers that are not canonical, names that come twice, whatever is wrong. The caller then reads the
 * text with attribute-json.ts, which alone says what is an item and what is not; so that there is one set of rules, and
 * what is taken here must come out as it would there.
 */
import { Tag } from './encoded-item.js';
import { NESTING_LEVELS_MAX, NUMBER_DIGITS_MAX } from './limits.js';
import { isDigit, PlainNumber } from './plain-number.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const ITEM_FORMAT = 0x01;

/** Of one map: each is compared with those before it. */
const NAMES_MAX = 128;
/** From here on a call of the runtime copies faster than a loop. */
const COPIED_AT_ONCE_BYTES = 64;
/** More bytes than this an item never takes than its text does. */
export const ITEM_GROWTH_BYTES_MAX = 16;

const code = (character: string) => character.charCodeAt(0);

/** 1: stands for itself within a string. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
);
/** What an escape of one character stands for; 0: it is none, or one by number. */
const UNESCAPED = new Uint8Array(256);
for (const escaped of '"\\/bfnrt') UNESCAPED[code(escaped)] = code(JSON.parse(`"\\${escaped}"`) as string);

const NOT_BASE64 = 0xff;
const BASE64 = new Uint8Array(256).fill(NOT_BASE64);
for (const [value, character] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  BASE64[code(character)] = value;
}
const PADDING = code('=');

const TYPE_S = code('S');
const TYPE_N = code('N');
const TYPE_B = code('B');
const TYPE_L = code('L');
const TYPE_M = code('M');
const NULL_TRUE = Buffer.from('{"NULL":true');
const BOOL_TRUE = Buffer.from('{"BOOL":true');
const BOOL_FALSE = Buffer.from('{"BOOL":false');

/** Methods that read say whether what is there is in the plain form. After one that did not, nothing is of use. */
export class ItemJsonReader {
  /** Of the item that was read last, as the service counts it. */
  sizeBytes = 0;
  private source: Buffer = Buffer.alloc(0);
  private at = 0;
  private target: Buffer = this.source;
  private length = 0;
  private readonly number = new PlainNumber(NUMBER_DIGITS_MAX);
  /** Where in `target` the names of the maps that are being read begin and end. */
  private readonly names = new Uint32Array(2 * NAMES_MAX * (NESTING_LEVELS_MAX + 2));

  /**
   * Reads the object at `start` of `source`, which must be UTF-8, and writes the item to `offset` of `target`, which must
   * have room for as many bytes as there are before `end`, and `ITEM_GROWTH_BYTES_MAX`.
   * Returns where the item ends in `target`; undefined when `start` to `end` is not an item in the plain form.
   */
  read(source: Buffer, start: number, end: number, target: Buffer, offset: number): number | undefined {
    this.source = source;
    this.at = start;
    this.target = target;
    this.length = offset;
    this.sizeBytes = 0;
    this.put(ITEM_FORMAT);
    const header = this.beginList();
    const entries = this.entries(0);
    if (entries < 0 || this.at !== end) return undefined;
    this.endList(header, 2 * entries);
    return this.length;
  }

  /** Returns their number; less than 0 when they are not in the plain form. */
  private entries(level: number): number {
    const { source } = this;
    if (source[this.at] !== OPENING_BRACE) return -1;
    this.at += 1;
    if (source[this.at] === CLOSING_BRACE) {
      this.at += 1;
      return 0;
    }
    for (let count = 0; count < NAMES_MAX; ) {
      const begin = this.length;
      if (!this.string() || this.isOutOfOrder(level, count, begin)) return -1;
      if (source[this.at] !== COLON) return -1;
      this.at += 1;
      if (!this.value(level + 1)) return -1;
      count += 1;
      const next = source[this.at];
      this.at += 1;
      if (next === CLOSING_BRACE) return count;
      if (next !== COMMA) return -1;
    }
    return -1;
  }

  /** Whether an object of JavaScript would have the name elsewhere: where it came before, or among its elements. */
  private isOutOfOrder(level: number, count: number, begin: number): boolean {
    const { names, target, length } = this;
    const base = 2 * NAMES_MAX * level;
    const bytes = length - begin;
    const text = begin + headerBytes(target[begin] as number);
    // What begins with a digit may be the number of an element, and those come first.
    if (text < length && isDigit(target[text] as number)) return true;
    for (let index = base; index < base + 2 * count; index += 2) {
      const other = names[index] as number;
      if ((names[index + 1] as number) - other === bytes && isSame(target, other, begin, bytes)) return true;
    }
    names[base + 2 * count] = begin;
    names[base + 2 * count + 1] = length;
    return false;
  }

  /** `level` counts this value and the lists and maps around it. */
  private value(level: number): boolean {
    const { source, at } = this;
    if (level > NESTING_LEVELS_MAX) return false;
    if (source[at] !== OPENING_BRACE || source[at + 1] !== QUOTE) return false;
    if (source[at + 3] !== QUOTE || source[at + 4] !== COLON) {
      return this.word(NULL_TRUE, 0xc0) || this.word(BOOL_TRUE, 0xc3) || this.word(BOOL_FALSE, 0xc2);
    }
    this.at = at + 5;
    if (!this.member(source[at + 2] as number, level)) return false;
    if (source[this.at] !== CLOSING_BRACE) return false;
    this.at += 1;
    return true;
  }

  private member(type: number, level: number): boolean {
    switch (type) {
      case TYPE_S:
        return this.string();
      case TYPE_N:
        return this.decimal();
      case TYPE_B:
        return this.binary();
      case TYPE_L:
        return this.list(level);
      case TYPE_M:
        return this.map(level);
      default:
        return false;
    }
  }

  private word(text: Buffer, byte: number): boolean {
    const { source, at } = this;
    for (let index = 0; index < text.length; index += 1) {
      if (source[at + index] !== text[index]) return false;
    }
    if (source[at + text.length] !== CLOSING_BRACE) return false;
    this.at = at + text.length + 1;
    this.put(byte);
    this.sizeBytes += 1;
    return true;
  }

  private list(level: number): boolean {
    const { source } = this;
    if (source[this.at] !== OPENING_BRACKET) return false;
    this.at += 1;
    const header = this.beginList();
    this.put(Tag.list);
    let count = 0;
    if (source[this.at] === CLOSING_BRACKET) {
      this.at += 1;
    } else {
      for (let next: number | undefined = COMMA; next === COMMA; count += 1) {
        if (!this.value(level + 1)) return false;
        next = source[this.at];
        this.at += 1;
        if (next !== COMMA && next !== CLOSING_BRACKET) return false;
      }
    }
    this.endList(header, 1 + count);
    this.sizeBytes += 3 + count;
    return true;
  }

  private map(level: number): boolean {
    const header = this.beginList();
    this.put(Tag.map);
    const entries = this.entries(level);
    if (entries < 0) return false;
    this.endList(header, 1 + 2 * entries);
    this.sizeBytes += 3 + entries;
    return true;
  }

  private decimal(): boolean {
    const { number, source } = this;
    if (source[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    const end = number.scan(source, start);
    if (end < 0 || source[end] !== QUOTE) return false;
    this.at = end + 1;
    this.sizeBytes += number.sizeBytes;
    if (number.isSmallInteger) {
      this.integer(number.value);
      return true;
    }
    this.put(0x92);
    this.put(Tag.number);
    this.stringHeader(end - start);
    this.copy(start, end);
    return true;
  }

  private integer(value: number): void {
    const { target, length } = this;
    if (value >= 0) {
      if (value < 0x80) this.put(value);
      else if (value < 0x100) this.length = target.writeUInt8(value, this.put(0xcc));
      else if (value < 0x10000) this.length = target.writeUInt16BE(value, this.put(0xcd));
      else if (value < 2 ** 32) this.length = target.writeUInt32BE(value, this.put(0xce));
      else this.length = target.writeDoubleBE(value, this.put(0xcb));
    } else if (value >= -0x20) this.put(0x100 + value);
    else if (value >= -0x80) this.length = target.writeInt8(value, this.put(0xd0));
    else if (value >= -0x8000) this.length = target.writeInt16BE(value, this.put(0xd1));
    else if (value >= -(2 ** 31)) this.length = target.writeInt32BE(value, this.put(0xd2));
    else {
      target[length] = 0xcb;
      this.length = target.writeDoubleBE(value, length + 1);
    }
  }

  private binary(): boolean {
    const { source, target } = this;
    if (source[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    let end = start;
    while (BASE64[source[end] as number] !== NOT_BASE64 && end < source.length) end += 1;
    const digits = end - start;
    const padding = source[end] !== PADDING ? 0 : source[end + 1] === PADDING ? 2 : 1;
    if ((digits + padding) % 4 !== 0 || source[end + padding] !== QUOTE) return false;
    const bytes = Math.floor((digits * 3) / 4);
    this.lengthHeader(bytes, 0xc4);
    let at = this.length;
    let index = start;
    for (; index + 4 <= end; index += 4) {
      const group = this.sextets(index, 4);
      target[at] = group >>> 16;
      target[at + 1] = (group >>> 8) & 0xff;
      target[at + 2] = group & 0xff;
      at += 3;
    }
    if (padding > 0) {
      const group = this.sextets(index, 4 - padding) << (6 * padding);
      // Bits that stand for nothing are 0.
      if ((group & (padding === 1 ? 0xff : 0xffff)) !== 0) return false;
      target[at] = group >>> 16;
      if (padding === 1) target[at + 1] = (group >>> 8) & 0xff;
      at += 3 - padding;
    }
    this.length = at;
    this.at = end + padding + 1;
    this.sizeBytes += bytes;
    return true;
  }

  private sextets(from: number, count: number): number {
    let bits = 0;
    for (let index = from; index < from + count; index += 1) {
      bits = (bits << 6) | (BASE64[this.source[index] as number] as number);
    }
    return bits;
  }

  private string(): boolean {
    const { source } = this;
    if (source[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    let end = start;
    while (IS_PLAIN[source[end] as number] === 1) end += 1;
    if (source[end] !== QUOTE) return this.escapedString(start);
    this.at = end + 1;
    this.sizeBytes += end - start;
    this.stringHeader(end - start);
    this.copy(start, end);
    return true;
  }

  private escapedString(start: number): boolean {
    const { source, target } = this;
    let bytes = 0;
    let end = start;
    for (; source[end] !== QUOTE; bytes += 1) {
      if (IS_PLAIN[source[end] as number] === 1) end += 1;
      else if (source[end] === BACKSLASH && UNESCAPED[source[end + 1] as number]) end += 2;
      else return false;
    }
    this.stringHeader(bytes);
    let { length } = this;
    for (let index = start; index < end; index += 1) {
      let byte = source[index] as number;
      if (byte === BACKSLASH) {
        index += 1;
        byte = UNESCAPED[source[index] as number] as number;
      }
      target[length] = byte;
      length += 1;
    }
    this.length = length;
    this.at = end + 1;
    this.sizeBytes += bytes;
    return true;
  }

  private stringHeader(bytes: number): void {
    if (bytes < 0x20) this.put(0xa0 | bytes);
    else this.lengthHeader(bytes, 0xd9);
  }

  /** @param first the byte for lengths of one byte; those for two and four follow it */
  private lengthHeader(bytes: number, first: number): void {
    const { target } = this;
    if (bytes < 0x100) this.length = target.writeUInt8(bytes, this.put(first));
    else if (bytes < 0x10000) this.length = target.writeUInt16BE(bytes, this.put(first + 1));
    else this.length = target.writeUInt32BE(bytes, this.put(first + 2));
  }

  private copy(start: number, end: number): void {
    const { source, target, length } = this;
    if (end - start >= COPIED_AT_ONCE_BYTES) source.copy(target, length, start, end);
    else
      for (let index = start; index < end; index += 1)
        target[length + index - start] = source[index] as number;
    this.length = length + end - start;
  }

  /** Keeps a byte for the header, which is known at the end. Returns where it is. */
  private beginList(): number {
    return this.put(0) - 1;
  }

  private endList(header: number, count: number): void {
    const { target } = this;
    if (count < 0x10) {
      target[header] = 0x90 | count;
      return;
    }
    const countBytes = count < 0x10000 ? 2 : 4;
    target.copyWithin(header + 1 + countBytes, header + 1, this.length);
    target[header] = countBytes === 2 ? 0xdc : 0xdd;
    target.writeUIntBE(count, header + 1, countBytes);
    this.length += countBytes;
  }

  /** Returns where the next byte goes. */
  private put(byte: number): number {
    this.target[this.length] = byte;
    this.length += 1;
    return this.length;
  }
}

/** Of a string, from its first byte. */
function headerBytes(first: number): number {
  if (first < 0xd9) return 1;
  return first === 0xd9 ? 2 : first === 0xda ? 3 : 5;
}

function isSame(bytes: Buffer, left: number, right: number, length: number): boolean {
  // The first names of a map often begin alike.
  for (let index = length - 1; index >= 0; index -= 1) {
    if (bytes[left + index] !== bytes[right + index]) return false;
  }
  return true;
}

/**
 * An item as bytes.
 *
 *   +--------+-------------------------------------------------------+
 *   | 0x01   | msgpack array: name, value, name, value, …            |
 *   +--------+-------------------------------------------------------+
 *     format
 *
 * A value is the msgpack value of the same kind where there is one, else an array whose first element says what it is:
 *
 *   S     str                       L    [0, value, …]          NS   [3, number, …]
 *   B     bin                       M    [1, name, value, …]    BS   [4, bin, …]
 *   BOOL  bool                      SS   [2, str, …]            N    [5, text] when not a small integer
 *   NULL  nil
 *   N     int (float64 above 32 bits) when the text is an integer of at most 15 digits; else as above
 *
 * Arrays, not msgpack maps, hold names, so that `__proto__` is a name like any other. The same item always gives the
 * same bytes.
 */
import assert from 'node:assert/strict';
import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import {
  type AttributeMap,
  type AttributeValue,
  BinarySet,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
} from './attribute-value.js';
import { EncodedItem, EncodedValue, Tag } from './encoded-item.js';
import { FormatError } from './errors.js';

const FORMAT = 0x01;
const HEADER_BYTES = 1;

type Wire = string | number | boolean | null | Uint8Array | Wire[];

const packr = new Packr({ useRecords: false, variableMapSize: true });
const SMALL_INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** The bytes are a view of a larger buffer. Whoever keeps them long copies them. */
export function encodeItem(item: Item): Uint8Array {
  const wire: Wire[] = [];
  appendEntries(wire, item);
  // The declared type of the option does not know the flags, which the package exports and documents.
  const bytes = packr.pack(wire, (RESERVE_START_SPACE + HEADER_BYTES) as unknown as undefined) as Uint8Array;
  bytes[0] = FORMAT;
  return bytes;
}

function appendEntries(wire: Wire[], map: AttributeMap): void {
  for (const [name, value] of map) wire.push(name, toWire(value));
}

function toWire(value: AttributeValue): Wire {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof NumberValue) return numberToWire(value.text);
  if (value instanceof Uint8Array) return value;
  if (value instanceof Map) {
    const wire: Wire[] = [Tag.map];
    appendEntries(wire, value);
    return wire;
  }
  if (value instanceof StringSet) return [Tag.stringSet, ...value.members];
  if (value instanceof NumberSet) return [Tag.numberSet, ...value.members.map(numberToWire)];
  if (value instanceof BinarySet) return [Tag.binarySet, ...value.members];
  const wire: Wire[] = [Tag.list];
  for (const element of value as readonly AttributeValue[]) wire.push(toWire(element));
  return wire;
}

function numberToWire(text: string): Wire {
  return SMALL_INTEGER.test(text) ? Number(text) : [Tag.number, text];
}

/** What goes over the wire: the same without its format byte, and without decoding what is stored as it is to be sent. */
export function encodedItem(stored: Uint8Array, offset: number): EncodedItem {
  if (stored[offset] !== FORMAT)
    throw new FormatError(`unknown item format ${stored[offset] ?? 'of no bytes'}`);
  return new EncodedItem(stored, offset + HEADER_BYTES, stored.length);
}

/** One value as it goes over the wire. */
export function encodedValue(value: AttributeValue): EncodedValue {
  const bytes = packr.pack(toWire(value)) as Uint8Array;
  return new EncodedValue(bytes, 0, bytes.length);
}

/** Binary values are views of `bytes`, which therefore must not change afterwards. */
export function decodeItem(bytes: Uint8Array): Item {
  if (bytes[0] !== FORMAT) throw new FormatError(`unknown item format ${bytes[0] ?? 'of no bytes'}`);
  return decodeEntries(bytes.subarray(HEADER_BYTES));
}

/** Likewise, of bytes that are trusted: for those of strangers there is `readEncodedItem`. */
export function decodeEncodedItem({ bytes, start, end }: EncodedItem): Item {
  return decodeEntries(bytes.subarray(start, end));
}

function decodeEntries(bytes: Uint8Array): Item {
  let wire: unknown;
  try {
    wire = packr.unpack(bytes);
  } catch (cause) {
    throw new FormatError('the bytes of an item do not decode', { cause });
  }
  if (!Array.isArray(wire)) throw new FormatError('the bytes of an item are no list of names and values');
  return readEntries(wire as Wire[], 0);
}

function readEntries(wire: readonly Wire[], from: number): AttributeMap {
  const map = new Map<string, AttributeValue>();
  for (let index = from; index < wire.length; index += 2) {
    const name = wire[index];
    const value = wire[index + 1];
    if (typeof name !== 'string' || value === undefined)
      throw new FormatError('an item has a name without a value');
    map.set(name, fromWire(value));
  }
  return map;
}

function fromWire(wire: Wire): AttributeValue {
  if (typeof wire === 'string' || typeof wire === 'boolean' || wire === null) return wire;
  if (typeof wire === 'number') return new NumberValue(String(wire));
  if (Array.isArray(wire)) return fromTagged(wire);
  assert(wire instanceof Uint8Array, 'an item holds a value of a type that is never written');
  return new Uint8Array(wire.buffer, wire.byteOffset, wire.length);
}

function fromTagged(wire: readonly Wire[]): AttributeValue {
  switch (wire[0]) {
    case Tag.list:
      return wire.slice(1).map(fromWire);
    case Tag.map:
      return readEntries(wire, 1);
    case Tag.stringSet:
      return new StringSet(wire.slice(1) as string[]);
    case Tag.numberSet:
      return new NumberSet(wire.slice(1).map(numberFromWire));
    case Tag.binarySet:
      return new BinarySet(wire.slice(1).map(fromWire) as Uint8Array[]);
    case Tag.number:
      return new NumberValue(String(wire[1]));
    default:
      throw new FormatError(`unknown value tag ${String(wire[0])} in an item`);
  }
}

function numberFromWire(wire: Wire): string {
  return String(Array.isArray(wire) ? wire[1] : wire);
}

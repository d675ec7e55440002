/** Equality and order of attribute values. Values of different types are never equal and have no order. */
import {
  type AttributeMap,
  type AttributeValue,
  BinarySet,
  NumberSet,
  NumberValue,
  StringSet,
} from '../encoding/attribute-value.js';
import { compareNumbers } from '../encoding/number.js';

/** Negative, 0 or positive; undefined when the two have no order: only S, N and B do, each among themselves. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if (typeof left === 'string') return typeof right === 'string' ? compareStrings(left, right) : undefined;
  if (left instanceof NumberValue) {
    return right instanceof NumberValue ? compareNumbers(left.text, right.text) : undefined;
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right);
  return undefined;
}

/** By UTF-8 bytes, which is the order of code points; JavaScript's own order is that of UTF-16 units. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return isSurrogate(a) === isSurrogate(b) ? a - b : isSurrogate(a) ? 1 : -1;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

export function valuesEqual(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) return false;
  if (left instanceof NumberValue) return right instanceof NumberValue && left.text === right.text;
  if (left instanceof Uint8Array) return right instanceof Uint8Array && bytesEqual(left, right);
  if (left instanceof Map) return right instanceof Map && mapsEqual(left, right);
  if (left instanceof StringSet) return right instanceof StringSet && setsEqual(left.members, right.members);
  if (left instanceof NumberSet) return right instanceof NumberSet && setsEqual(left.members, right.members);
  if (left instanceof BinarySet) {
    return right instanceof BinarySet && setsEqual(left.members.map(bytesKey), right.members.map(bytesKey));
  }
  return Array.isArray(left) && Array.isArray(right) && listsEqual(left, right);
}

function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

/** A string that is equal exactly for equal bytes. */
export function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function setsEqual(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  const members = new Set(left);
  return right.every((member) => members.has(member));
}

function listsEqual(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((element, index) => valuesEqual(element, right[index] as AttributeValue));
}

function mapsEqual(left: AttributeMap, right: AttributeMap): boolean {
  if (left.size !== right.size) return false;
  for (const [name, value] of left) {
    const other = right.get(name);
    if (other === undefined || !valuesEqual(value, other)) return false;
  }
  return true;
}

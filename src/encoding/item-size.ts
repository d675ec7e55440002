/**
 * What an item weighs for the service: for the limit of 400 KB, for pages of 1 MB and for capacity units.
 *
 *   name             bytes in UTF-8
 *   S, B             bytes (S in UTF-8)
 *   N                1, one for each two digits before and (counted apart) after the decimal point, and 1 when negative;
 *                    zeros at either end are not counted; zero itself is 1
 *   BOOL, NULL       1
 *   L, M             3, and for each element 1 and its size (of an entry of M also its name)
 *   SS, NS, BS       the sizes of the members
 *
 * Source: "DynamoDB item sizes and formats" in the developer guide; its rule for numbers is an approximation, made
 * exact here by what the service accepts at the limit.
 */
import {
  type AttributeMap,
  type AttributeValue,
  BinarySet,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
} from './attribute-value.js';
import { decomposeNumber } from './number.js';

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

export function itemSizeBytes(item: Item): number {
  let size = 0;
  for (const [name, value] of item) size += utf8Bytes(name) + attributeSizeBytes(value);
  return size;
}

/** Of the value alone, without its name. */
export function attributeSizeBytes(value: AttributeValue): number {
  if (typeof value === 'string') return utf8Bytes(value);
  if (value instanceof NumberValue) return numberSizeBytes(value.text);
  if (typeof value === 'boolean' || value === null) return 1;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return mapSizeBytes(value);
  if (value instanceof StringSet) return sum(value.members, utf8Bytes);
  if (value instanceof NumberSet) return sum(value.members, numberSizeBytes);
  if (value instanceof BinarySet) return sum(value.members, (member) => member.length);
  const elements = value as readonly AttributeValue[];
  return CONTAINER_BYTES + sum(elements, (element) => ELEMENT_BYTES + attributeSizeBytes(element));
}

function mapSizeBytes(map: AttributeMap): number {
  return CONTAINER_BYTES + map.size * ELEMENT_BYTES + itemSizeBytes(map);
}

export function numberSizeBytes(text: string): number {
  const { negative, digits, exponent } = decomposeNumber(text);
  if (digits === '') return 1;
  const wholeDigits = Math.min(Math.max(exponent + 1, 0), digits.length);
  const fractionDigits = digits.length - wholeDigits;
  return 1 + Math.ceil(wholeDigits / 2) + Math.ceil(fractionDigits / 2) + (negative ? 1 : 0);
}

export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function sum<Member>(members: readonly Member[], size: (member: Member) => number): number {
  let total = 0;
  for (const member of members) total += size(member);
  return total;
}

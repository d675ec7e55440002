/**
 * Attribute values as JavaScript's own:
 *
 *   S string     N number, bigint or NumberValue     B Uint8Array     BOOL boolean     NULL null
 *   L array      M object                            SS NS BS Set
 *
 * A number comes back as a `number` when that has all its digits, as a `bigint` when it is a larger integer, and else as
 * a `NumberValue`, which has its digits as text.
 */
import {
  type AttributeList,
  type AttributeMap,
  type AttributeValue,
  BinarySet,
  NumberSet,
  NumberValue,
  StringSet,
} from '../encoding/attribute-value.js';
import { parseNumber } from '../encoding/number.js';
import { wellFormed } from '../encoding/well-formed.js';

export type NativeNumber = number | bigint | NumberValue;
export type Value =
  | string
  | NativeNumber
  | boolean
  | null
  | Uint8Array
  | ReadonlySet<string>
  | ReadonlySet<NativeNumber>
  | ReadonlySet<Uint8Array>
  | readonly Value[]
  | { readonly [name: string]: Value | undefined };

/** Attributes by name. On the way in, one that is undefined is left out, as in JSON. */
export type Item = Record<string, Value>;

const SAFE_INTEGER = /^-?[0-9]{1,15}$/;

/** @throws TypeError, or EncodingError for a number that Varve cannot hold */
export function toAttributes(item: object): AttributeMap {
  const map = new Map<string, AttributeValue>();
  for (const name of Object.keys(item)) {
    const value = (item as Record<string, unknown>)[name];
    if (value !== undefined) map.set(wellFormed(name), toAttribute(value));
  }
  return map;
}

/** @throws like `toAttributes` */
export function toAttribute(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
      return wellFormed(value);
    case 'number':
    case 'bigint':
      return new NumberValue(parseNumber(String(value)));
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : toContainer(value);
    default:
      throw new TypeError(`a value of type ${typeof value} is no attribute value`);
  }
}

function toContainer(value: object): AttributeValue {
  if (value instanceof Uint8Array) return value;
  // Not `map`, which leaves holes out.
  if (Array.isArray(value)) return Array.from(value, toAttribute);
  if (value instanceof NumberValue) return new NumberValue(parseNumber(value.text));
  if (value instanceof Set) return toSet([...value].map(toAttribute));
  const prototype: unknown = Object.getPrototypeOf(value);
  // A Date, a Map or an object of a class would be stored as something that does not come back.
  if (prototype !== null && prototype !== Object.prototype) {
    // Objects of another realm (a test runner's, a `vm`) have another Object.prototype.
    if (Object.getPrototypeOf(prototype) !== null) {
      throw new TypeError(`an object of ${value.constructor.name} is no attribute value`);
    }
  }
  return toAttributes(value);
}

function toSet(members: readonly AttributeValue[]): AttributeValue {
  if (members.length === 0) throw new TypeError('an empty set is no attribute value');
  if (members.every((member) => typeof member === 'string')) return new StringSet(members);
  if (members.every((member) => member instanceof Uint8Array)) return new BinarySet(members);
  if (members.every((member) => member instanceof NumberValue)) {
    return new NumberSet(members.map(({ text }) => text));
  }
  throw new TypeError('the members of a set are strings, numbers or binary values, all of one kind');
}

export function fromAttributes(map: AttributeMap): Item {
  const item: Item = {};
  for (const [name, value] of map) setMember(item, name, fromAttribute(value));
  return item;
}

/** Also a member of the name `__proto__`. */
export function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

export function fromAttribute(value: AttributeValue): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof NumberValue) return fromNumber(value.text);
  // What was received is a view of much more.
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof Map) return fromAttributes(value);
  if (value instanceof StringSet) return new Set(value.members);
  if (value instanceof NumberSet) return new Set(value.members.map(fromNumber));
  if (value instanceof BinarySet) return new Set(value.members.map((member) => member.slice()));
  return (value as AttributeList).map(fromAttribute);
}

function fromNumber(text: string): NativeNumber {
  const double = Number(text);
  if (SAFE_INTEGER.test(text)) return double;
  if (!text.includes('.')) return Number.isSafeInteger(double) ? double : BigInt(text);
  return parseNumber(String(double)) === text ? double : new NumberValue(text);
}

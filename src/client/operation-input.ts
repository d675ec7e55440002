/**
 * Inputs and outputs of operations with native values, to and from what transports carry. Which members hold attributes
 * is told by their names, which the service uses for nothing else but the members of tags.
 */
import type { AttributeMap } from '../encoding/attribute-value.js';
import { EncodedItem, type EncodedValue } from '../encoding/encoded-item.js';
import { decodeEncodedItem, encodedItem, encodedValue, encodeItem } from '../encoding/item.js';
import { fromAttributes, setMember, toAttribute, toAttributes } from './native-value.js';

/** An input or an output in which attributes are `EncodedItem`s or, from a server in the same process, `Map`s. */
export type Carried = { readonly [member: string]: unknown };

const ATTRIBUTES: ReadonlySet<string> = new Set([
  'ExclusiveStartKey',
  'ExpressionAttributeValues',
  'Item',
  'Key',
  'Keys',
]);
const VALUES: ReadonlySet<string> = new Set(['AttributeValueList', 'Parameters', 'Value']);
/** Their members have names that the caller chose, such as a table's, which may be `Key`. */
const NAMED_BY_CALLER: ReadonlySet<string> = new Set([
  'AttributeUpdates',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'RequestItems',
  'ScanFilter',
]);

/** @throws TypeError, or EncodingError: see `toAttributes` */
export function encodeInput(input: object): Carried {
  return encodeMembers(input as Carried, encodeMember);
}

function encodeMembers(object: Carried, encode: (name: string, value: unknown) => unknown): Carried {
  const encoded: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (value !== undefined) setMember(encoded, name, encode(name, value));
  }
  return encoded;
}

function encodeMember(name: string, value: unknown): unknown {
  if (name === 'Tags') return value;
  if (ATTRIBUTES.has(name)) return eachOf(value, encodeAttributes);
  if (VALUES.has(name)) return eachOf(value, encodeOneValue);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => encodeMember('', element));
  if (NAMED_BY_CALLER.has(name))
    return encodeMembers(value as Carried, (_, member) => encodeMember('', member));
  return encodeMembers(value as Carried, encodeMember);
}

function eachOf(value: unknown, encode: (value: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(encode) : encode(value);
}

function encodeAttributes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return encodedItem(encodeItem(toAttributes(value)), 0);
}

function encodeOneValue(value: unknown): EncodedValue {
  return encodedValue(toAttribute(value));
}

/** With native values. */
export function decodeOutput(output: Carried): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const name of Object.keys(output)) {
    const value = output[name];
    if (value !== undefined) setMember(decoded, name, decodeMember(value));
  }
  return decoded;
}

function decodeMember(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof EncodedItem) return fromAttributes(decodeEncodedItem(value));
  if (value instanceof Map) return fromAttributes(value as AttributeMap);
  if (Array.isArray(value)) return value.map(decodeMember);
  return decodeOutput(value as Carried);
}

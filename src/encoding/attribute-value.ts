/**
 * A DynamoDB attribute value in memory. One JavaScript type per DynamoDB type, so that a value says what it is:
 *
 *   S  string        N  NumberValue     B  Uint8Array    BOOL boolean    NULL null
 *   L  array         M  Map             SS StringSet     NS   NumberSet  BS   BinarySet
 *
 * Maps and items are `Map`s, not objects, because attribute names are any strings: `__proto__` is one of them.
 * Values are immutable once made: whoever changes an item makes a new one.
 */

/** A number in canonical text (see number.ts); never a double. */
export class NumberValue {
  constructor(readonly text: string) {}
}

/** Members are distinct; order is the order given. Never empty. */
export class StringSet {
  constructor(readonly members: readonly string[]) {}
}

/** Members are distinct canonical number texts. Never empty. */
export class NumberSet {
  constructor(readonly members: readonly string[]) {}
}

/** Members are distinct. Never empty. */
export class BinarySet {
  constructor(readonly members: readonly Uint8Array[]) {}
}

export type AttributeMap = ReadonlyMap<string, AttributeValue>;
export type AttributeList = readonly AttributeValue[];

export type AttributeValue =
  | string
  | NumberValue
  | Uint8Array
  | boolean
  | null
  | AttributeList
  | AttributeMap
  | StringSet
  | NumberSet
  | BinarySet;

/** An item: attribute name to value. */
export type Item = AttributeMap;

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'L' | 'M' | 'SS' | 'NS' | 'BS';

export function typeOf(value: AttributeValue): AttributeType {
  if (typeof value === 'string') return 'S';
  if (value instanceof NumberValue) return 'N';
  if (value instanceof Map) return 'M';
  if (Array.isArray(value)) return 'L';
  if (typeof value === 'boolean') return 'BOOL';
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return 'B';
  if (value instanceof StringSet) return 'SS';
  if (value instanceof NumberSet) return 'NS';
  return 'BS';
}

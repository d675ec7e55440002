/**
 * Attribute values in the service's JSON (`{"S": "a"}`, `{"M": {"x": {"N": "1"}}}`) and back.
 *
 * Decoding refuses in two ways (see `EncodingError`). A JSON type that does not fit is thrown at once; a value that does
 * not fit is thrown only when the whole value was read, because the service reports types first.
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
import { decodeBase64, encodeBase64 } from './base64.js';
import { EncodingError } from './errors.js';
import { NESTING_LEVELS_MAX } from './limits.js';
import { parseNumber } from './number.js';
import { wellFormed } from './well-formed.js';

const PARAMETER = 'One or more parameter values were invalid: ';
/** What is said of a value that has more than `NESTING_LEVELS_MAX` levels. */
export const NESTING_FAULT =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
const VALUE_CLASS = 'class com.amazonaws.dynamodb.v20120810.AttributeValue';
const LIST_TYPE = 'java.util.List<com.amazonaws.dynamodb.v20120810.AttributeValue>';
const MAP_TYPE = 'java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>';

type Json = Readonly<Record<string, unknown>>;

/** What remains of a value that is refused: it never leaves this module. */
const REFUSED: AttributeValue = null;

/**
 * Gathers the first fault of a value while its types are still being read. Once there is one, only types are looked at:
 * a request full of faults costs no more than one without.
 */
export interface Faults {
  first: string | undefined;
  /** Of the attribute that it was found in, where a whole item is read. */
  name?: string;
  /**
   * A value with too many levels is no fault, but is cut off one level beyond them: for who only compares it, with what
   * has no more levels than are allowed.
   */
  readonly cutsDeep?: boolean;
}

/**
 * Decodes one attribute value, or notes in `faults` why it is none: the result is of no use then.
 * Throws an `EncodingError` of kind serialization.
 */
export function readAttributeValue(json: unknown, faults: Faults): AttributeValue {
  return readValue(json, 1, faults);
}

/** Decodes one attribute value. Throws an `EncodingError`. */
export function decodeAttributeValue(json: unknown): AttributeValue {
  const faults: Faults = { first: undefined };
  const value = readAttributeValue(json, faults);
  if (faults.first !== undefined) throw new EncodingError('validation', faults.first);
  return value;
}

/** Decodes an item: a JSON object of attribute values. Throws an `EncodingError`. */
export function decodeItemJson(json: unknown): Item {
  const faults: Faults = { first: undefined };
  const item = readMap(json, 1, faults);
  if (faults.first !== undefined) throw new EncodingError('validation', faults.first);
  return item;
}

function serialization(message: string): EncodingError {
  return new EncodingError('serialization', message);
}

function fault(faults: Faults, message: string): AttributeValue {
  faults.first ??= message;
  return REFUSED;
}

/** `level` counts this value and the lists and maps around it. */
function readValue(json: unknown, level: number, faults: Faults): AttributeValue {
  if (typeof json !== 'object' || json === null) throw serialization('Unexpected value type in payload');
  if (Array.isArray(json)) throw serialization(`Unrecognized collection type ${VALUE_CLASS}`);
  if (level > NESTING_LEVELS_MAX) return faults.cutsDeep ? REFUSED : fault(faults, NESTING_FAULT);
  let value: AttributeValue | undefined;
  let count = 0;
  for (const type in json) {
    const member = (json as Json)[type];
    if (member === null || member === undefined) continue;
    const read = readMember(type, member, level, faults);
    if (read === undefined) continue;
    value = read;
    count += 1;
  }
  if (count === 1 && value !== undefined) return value;
  const problem = count === 0 ? 'is empty' : 'has more than one datatypes set';
  return fault(
    faults,
    `Supplied AttributeValue ${problem}, must contain exactly one of the supported datatypes`,
  );
}

/** Undefined: no datatype of this name, which the service's reader passes over. */
function readMember(type: string, json: unknown, level: number, faults: Faults): AttributeValue | undefined {
  switch (type) {
    case 'S':
      return readString(json);
    case 'N': {
      const text = readString(json);
      return new NumberValue(readNumber(text, faults));
    }
    case 'B':
      return readBinary(json);
    case 'BOOL':
      return readBoolean(json);
    case 'NULL':
      if (readBoolean(json)) return null;
      return fault(faults, `${PARAMETER}Null attribute value types must have the value of true`);
    case 'L':
      return readList(json, LIST_TYPE).map((element) => readValue(element, level + 1, faults));
    case 'M':
      return readMap(json, level + 1, faults);
    case 'SS':
      return readStringSet(json, faults);
    case 'NS':
      return readNumberSet(json, faults);
    case 'BS':
      return readBinarySet(json, faults);
    default:
      return undefined;
  }
}

function tokenName(json: unknown): string {
  if (typeof json === 'string') return 'STRING_VALUE';
  if (typeof json === 'boolean') return json ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return Number.isInteger(json) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
}

function rejectCollection(json: unknown, javaType: string): void {
  if (Array.isArray(json)) throw serialization(`Unrecognized collection type ${javaType}`);
  if (typeof json === 'object') {
    throw serialization('Start of structure or map found where not expected');
  }
}

function readString(json: unknown): string {
  if (typeof json === 'string') return wellFormed(json);
  rejectCollection(json, 'class java.lang.String');
  throw serialization(`${tokenName(json)} cannot be converted to String`);
}

export function readNumber(text: string, faults: Faults): string {
  if (faults.first !== undefined) return '0';
  try {
    return parseNumber(text);
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    fault(faults, error.message);
    return '0';
  }
}

/** The service's reader takes these words for booleans, in any case. */
const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['TRUE', true],
  ['YES', true],
  ['1', true],
  ['FALSE', false],
  ['NO', false],
  ['0', false],
]);

function readBoolean(json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  rejectCollection(json, 'class java.lang.Boolean');
  if (typeof json !== 'string') throw serialization(`${tokenName(json)} cannot be converted to Boolean`);
  const word = json.toUpperCase();
  const truth = BOOLEAN_WORDS.get(word);
  if (truth === undefined) throw serialization(`'${word}' can not be converted to an Boolean`);
  return truth;
}

function readBinary(json: unknown): Uint8Array {
  if (typeof json === 'string') return decodeBase64(json);
  rejectCollection(json, 'class java.nio.ByteBuffer');
  throw serialization('only base-64-encoded strings are convertible to bytes');
}

function readList(json: unknown, javaType: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  rejectCollection(json, javaType);
  throw serialization('Unexpected field type');
}

function readMap(json: unknown, level: number, faults: Faults): AttributeMap {
  if (typeof json !== 'object' || json === null) throw serialization('Unexpected field type');
  if (Array.isArray(json)) throw serialization(`Unrecognized collection type ${MAP_TYPE}`);
  const map = new Map<string, AttributeValue>();
  for (const name of Object.keys(json)) {
    map.set(wellFormed(name), readValue((json as Json)[name], level, faults));
  }
  return map;
}

function readStringSet(json: unknown, faults: Faults): AttributeValue {
  const members = readList(json, 'java.util.List<java.lang.String>');
  const strings = members.filter((member) => member !== null).map(readString);
  if (strings.length < members.length) {
    fault(faults, `${PARAMETER}An string set may not have a null string as a member`);
  }
  return stringSetOf(strings, faults);
}

function readNumberSet(json: unknown, faults: Faults): AttributeValue {
  return numberSetOf(readList(json, 'java.util.List<java.lang.String>').map(readString), faults);
}

function readBinarySet(json: unknown, faults: Faults): AttributeValue {
  return binarySetOf(readList(json, 'java.util.List<java.nio.ByteBuffer>').map(readBinary), faults);
}

/** Like `numberSetOf` and `binarySetOf`: what a set must be, in whatever notation it came. */
export function stringSetOf(members: readonly string[], faults: Faults): AttributeValue {
  if (members.length === 0) return fault(faults, `${PARAMETER}An string set  may not be empty`);
  if (faults.first === undefined && new Set(members).size < members.length) {
    return fault(faults, `${PARAMETER}Input collection [${members.join(', ')}] contains duplicates.`);
  }
  return new StringSet(members);
}

export function numberSetOf(texts: readonly string[], faults: Faults): AttributeValue {
  if (texts.length === 0) return fault(faults, `${PARAMETER}An number set  may not be empty`);
  const members = texts.map((text) => readNumber(text, faults));
  if (faults.first === undefined && new Set(members).size < members.length) {
    return fault(faults, 'Input collection contains duplicates');
  }
  return new NumberSet(members);
}

export function binarySetOf(members: readonly Uint8Array[], faults: Faults): AttributeValue {
  if (members.length === 0) return fault(faults, `${PARAMETER}Binary sets should not be empty`);
  if (faults.first !== undefined) return new BinarySet(members);
  const texts = members.map(encodeBase64);
  if (new Set(texts).size < texts.length) {
    return fault(faults, `${PARAMETER}Input collection [${texts.join(', ')}]of type BS contains duplicates.`);
  }
  return new BinarySet(members);
}

/** JSON text of one attribute value. */
export function encodeAttributeValue(value: AttributeValue): string {
  if (typeof value === 'string') return `{"S":${JSON.stringify(value)}}`;
  if (value instanceof NumberValue) return `{"N":"${value.text}"}`;
  if (typeof value === 'boolean') return value ? '{"BOOL":true}' : '{"BOOL":false}';
  if (value === null) return '{"NULL":true}';
  if (value instanceof Uint8Array) return `{"B":"${encodeBase64(value)}"}`;
  if (value instanceof Map) return `{"M":${encodeItemJson(value)}}`;
  if (value instanceof StringSet) return `{"SS":${JSON.stringify(value.members)}}`;
  if (value instanceof NumberSet) return `{"NS":["${value.members.join('","')}"]}`;
  if (value instanceof BinarySet) return `{"BS":["${value.members.map(encodeBase64).join('","')}"]}`;
  return `{"L":[${(value as readonly AttributeValue[]).map(encodeAttributeValue).join(',')}]}`;
}

/** JSON text of an item. */
export function encodeItemJson(item: Item): string {
  let text = '{';
  for (const [name, value] of item) {
    if (text.length > 1) text += ',';
    text += `${JSON.stringify(name)}:${encodeAttributeValue(value)}`;
  }
  return `${text}}`;
}

/**
 * First phase: does the JSON have the types of the shape? A wrong type ends the request at once with a
 * SerializationException; unknown members are skipped; null is absent.
 *
 * The messages are those of the service's JSON reader, which distinguishes a value that stands in a member of a
 * structure (`field`) from one that stands in a list or a map (`element`).
 *
 * Attribute values are decoded in the same pass. A wrong type in them is an error of this phase; a wrong value in them
 * (an empty set, a number out of range) is reported later, after constraints and after rules about parameters: it is
 * put aside in the context's `faults`.
 */
import { type Faults, readAttributeValue } from '../../encoding/attribute-json.js';
import type { AttributeMap, AttributeValue } from '../../encoding/attribute-value.js';
import { EncodedItem, EncodedValue, readEncodedItem, readEncodedValue } from '../../encoding/encoded-item.js';
import { EncodingError } from '../../encoding/errors.js';
import { wellFormed } from '../../encoding/well-formed.js';
import { fromInputError } from '../error-mapping.js';
import { serializationError } from '../service-error.js';
import { printType } from './java-text.js';
import type { MapShape, Shape, StructureShape } from './shape.js';

/** A value of the right JSON type that is no attribute value of the service. */
export interface AttributeFault {
  /** Name of the input's member that holds the value, such as `Key` or `ExpressionAttributeValues`. */
  readonly member: string;
  /** The innermost member of a structure: the same one, or in an action of a transaction such as its `Item`. */
  readonly parameter: string;
  /** The key in that member's map, when it is one. */
  readonly key: string | undefined;
  readonly message: string;
}

export class ReadContext {
  /** At most one for each member of the input, its first. */
  readonly faults: AttributeFault[] = [];
  /** Where the reader is, for `faults`. */
  member = '';
  parameter = '';
  key: string | undefined;
  /** Values of a transaction's expressions may be nested deeper: only an update that would store one is refused. */
  cutsDeep = false;
}

type Position = 'field' | 'element';
export type Reader = (json: unknown, context: ReadContext) => unknown;

/** What a value that could not be decoded is replaced by until its fault is thrown. */
const UNDECODED: AttributeValue = null;
const NO_ATTRIBUTES: AttributeMap = new Map();

const PARAMETERIZED_CAST =
  'class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class ' +
  '(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base ' +
  "of loader 'bootstrap')";

const INTEGER_MAX = 2 ** 31 - 1;
const INTEGER_MIN = -(2 ** 31);

/** Reads an operation's whole input: notes for each member of it where the reader is. */
export function compileInputReader(shape: StructureShape): Reader {
  return compileStructure(shape, 'field', true);
}

function compileReader(shape: Shape, position: Position): Reader {
  switch (shape.kind) {
    case 'string':
      return (json) => (typeof json === 'string' ? wellFormed(json) : rejectScalar(json, 'String', shape));
    case 'number':
      return (json) =>
        typeof json === 'number' ? truncate(json, shape.javaType) : rejectScalar(json, shape.javaType, shape);
    case 'boolean':
      return (json) => (typeof json === 'boolean' ? json : readBoolean(json, shape));
    case 'attributeValue':
      return (json, context) => {
        if (json instanceof EncodedValue) {
          return noteFault(context, (faults) => readEncodedValue(json, faults)) ?? UNDECODED;
        }
        if (typeof json !== 'object' || json === null || Array.isArray(json)) {
          throw notACollection(json, shape, position);
        }
        return readValue(json, context);
      };
    case 'list':
      return compileList(shape, position);
    case 'map':
      return compileMap(shape, position);
    case 'structure':
      return compileStructure(shape, position, false);
  }
}

function compileList(shape: Extract<Shape, { kind: 'list' }>, position: Position): Reader {
  const readElement = compileReader(shape.of, 'element');
  return (json, context) => {
    if (!Array.isArray(json)) throw notACollection(json, shape, position);
    return json.map((element) =>
      element === null ? readNull(shape.of, context) : readElement(element, context),
    );
  };
}

function compileMap(shape: MapShape, position: Position): Reader {
  const readJson = compileJsonMap(shape, position);
  if (shape.value.kind !== 'attributeValue') return readJson;
  return (json, context) =>
    json instanceof EncodedItem
      ? (noteFault(context, (faults) => readEncodedItem(json, faults)) ?? NO_ATTRIBUTES)
      : readJson(json, context);
}

function compileJsonMap(shape: MapShape, position: Position): Reader {
  const readEntry = compileReader(shape.value, 'element');
  return (json, context) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw notACollection(json, shape, position);
    }
    const entries = new Map<string, unknown>();
    for (const name of Object.keys(json)) {
      const entry = (json as Record<string, unknown>)[name];
      const key = wellFormed(name);
      context.key = key;
      entries.set(key, entry === null ? readNull(shape.value, context) : readEntry(entry, context));
    }
    context.key = undefined;
    return entries;
  };
}

function compileStructure(shape: StructureShape, position: Position, isInput: boolean): Reader {
  const readers = new Map<string, Reader>();
  for (const [name, member] of Object.entries(shape.members)) {
    readers.set(name, compileReader(member.shape, 'field'));
  }
  return (json, context) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw notACollection(json, shape, position);
    }
    const structure: Record<string, unknown> = {};
    for (const name of Object.keys(json)) {
      const read = readers.get(name);
      const value = (json as Record<string, unknown>)[name];
      if (read === undefined || value === null || value === undefined) continue;
      if (isInput) context.member = name;
      context.parameter = name;
      context.cutsDeep = !isInput && name === 'ExpressionAttributeValues';
      structure[name] = read(value, context);
    }
    return structure;
  };
}

/** Null in a list or a map: an attribute value without a datatype, or an element that the second phase misses. */
function readNull(shape: Shape, context: ReadContext): AttributeValue | undefined {
  return shape.kind === 'attributeValue' ? readValue({}, context) : undefined;
}

function readValue(json: object, context: ReadContext): AttributeValue {
  return noteFault(context, (faults) => readAttributeValue(json, faults)) ?? UNDECODED;
}

/** What `read` gives; undefined when it, or something in the same member before it, was at fault. */
function noteFault<T>(context: ReadContext, read: (faults: Faults) => T): T | undefined {
  const { member, parameter, key } = context;
  const known =
    context.faults.length === 0 ? undefined : context.faults.find((fault) => fault.member === member);
  const faults: Faults = { first: known?.message, cutsDeep: context.cutsDeep };
  try {
    const value = read(faults);
    if (faults.first === undefined) return value;
    if (known === undefined) {
      context.faults.push({ member, parameter, key: key ?? faults.name, message: faults.first });
    }
    return undefined;
  } catch (error) {
    throw error instanceof EncodingError ? fromInputError(error) : error;
  }
}

/** Fractions are cut off; what does not fit saturates. */
function truncate(value: number, javaType: 'Integer' | 'Long'): number {
  const whole = Math.trunc(value);
  if (javaType === 'Long') return whole;
  return Math.min(Math.max(whole, INTEGER_MIN), INTEGER_MAX);
}

/** The service's reader takes these words for booleans, in any case. */
const TRUE_WORDS: ReadonlySet<string> = new Set(['TRUE', 'YES', '1']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['FALSE', 'NO', '0']);

function readBoolean(json: unknown, shape: Shape): boolean {
  if (typeof json !== 'string') return rejectScalar(json, 'Boolean', shape);
  const word = json.toUpperCase();
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  throw serializationError(`'${word}' can not be converted to an Boolean`);
}

/** `json` stands where a scalar of the Java type `javaType` belongs. */
function rejectScalar(json: unknown, javaType: string, shape: Shape): never {
  if (typeof json === 'object') {
    throw Array.isArray(json)
      ? serializationError(`Unrecognized collection type ${printType(shape)}`)
      : serializationError('Start of structure or map found where not expected');
  }
  throw serializationError(`${tokenName(json)} cannot be converted to ${javaType}`);
}

function tokenName(json: unknown): string {
  if (typeof json === 'string') return 'STRING_VALUE';
  if (typeof json === 'boolean') return json ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return Number.isInteger(json) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
}

/** `json` stands where a list, a map or a structure belongs. */
function notACollection(json: unknown, shape: Shape, position: Position): Error {
  if (Array.isArray(json)) return serializationError(`Unrecognized collection type ${printType(shape)}`);
  if (typeof json === 'object') {
    return serializationError('Start of structure or map found where not expected');
  }
  if (position === 'field') return serializationError('Unexpected field type');
  const parameterized = shape.kind === 'list' || shape.kind === 'map';
  return serializationError(parameterized ? PARAMETERIZED_CAST : 'Unexpected value type in payload');
}

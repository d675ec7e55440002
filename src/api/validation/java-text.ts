/**
 * How the service prints values and types in its messages. It is a Java program, and its messages show it: lists as
 * `[a, b]`, maps as `{k=v}`, structures with every member in lowerCamelCase, absent ones as `null`.
 *
 * A value is printed no further than a message may be long (`MESSAGE_LENGTH_MAX`).
 */
import {
  type AttributeValue,
  BinarySet,
  NumberSet,
  NumberValue,
  StringSet,
} from '../../encoding/attribute-value.js';
import { MESSAGE_LENGTH_MAX } from '../service-error.js';
import type { Shape, StructureShape } from './shape.js';

const MODEL_PACKAGE = 'com.amazonaws.dynamodb.v20120810';

/** `TableName` → `tableName`: the spelling of members in messages. */
export function lowerCamelCase(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}

/** A value of `shape` as messages print it (inside quotes, unless it is null). */
export function printValue(value: unknown, shape: Shape): string {
  if (value === undefined || value === null) return 'null';
  switch (shape.kind) {
    case 'string':
    case 'number':
    case 'boolean':
      return String(value);
    case 'attributeValue':
      return printAttributeValue(value as AttributeValue);
    case 'list':
      return `[${printAll(value as readonly unknown[], (element) => printValue(element, shape.of))}]`;
    case 'map': {
      const entries = value as ReadonlyMap<string, unknown>;
      return `{${printAll(entries, ([key, entry]) => `${key}=${printValue(entry, shape.value)}`)}}`;
    }
    case 'structure':
      return printStructure(value as Readonly<Record<string, unknown>>, shape);
  }
}

/** Comma between; stops where the text is long enough. */
function printAll<Element>(elements: Iterable<Element>, print: (element: Element) => string): string {
  let text = '';
  let first = true;
  for (const element of elements) {
    text += first ? print(element) : `, ${print(element)}`;
    first = false;
    if (text.length > MESSAGE_LENGTH_MAX) break;
  }
  return text;
}

function printStructure(value: Readonly<Record<string, unknown>>, shape: StructureShape): string {
  const members = Object.entries(shape.members).map(
    ([name, member]) => `${lowerCamelCase(name)}=${printValue(value[name], member.shape)}`,
  );
  return `${shape.name}(${members.join(', ')})`;
}

function printAttributeValue(value: AttributeValue): string {
  if (typeof value === 'string') return `{S: ${value},}`;
  if (value instanceof NumberValue) return `{N: ${value.text},}`;
  if (value instanceof Uint8Array) return `{B: ${printBinary(value)},}`;
  if (typeof value === 'boolean') return `{BOOL: ${value},}`;
  if (value === null) return '{NULL: true,}';
  if (value instanceof StringSet) return `{SS: [${printAll(value.members, String)}],}`;
  if (value instanceof NumberSet) return `{NS: [${printAll(value.members, String)}],}`;
  if (value instanceof BinarySet) return `{BS: [${printAll(value.members, printBinary)}],}`;
  if (value instanceof Map) {
    return `{M: {${printAll(value, ([name, entry]) => `${name}=${printAttributeValue(entry)}`)}},}`;
  }
  return `{L: [${printAll(value as readonly AttributeValue[], printAttributeValue)}],}`;
}

function printBinary(bytes: Uint8Array): string {
  return `java.nio.HeapByteBuffer[pos=0 lim=${bytes.length} cap=${bytes.length}]`;
}

/** The Java type that a shape has in the service, as `java.lang.Class` or a parameterized type prints it. */
export function printType(shape: Shape): string {
  switch (shape.kind) {
    case 'list':
    case 'map':
      return genericType(shape);
    default:
      return `class ${genericType(shape)}`;
  }
}

function genericType(shape: Shape): string {
  switch (shape.kind) {
    case 'string':
      return 'java.lang.String';
    case 'number':
      return `java.lang.${shape.javaType}`;
    case 'boolean':
      return 'java.lang.Boolean';
    case 'attributeValue':
      return `${MODEL_PACKAGE}.AttributeValue`;
    case 'structure':
      return `${MODEL_PACKAGE}.${shape.name}`;
    case 'list':
      return `java.util.List<${genericType(shape.of)}>`;
    case 'map':
      return `java.util.Map<java.lang.String, ${genericType(shape.value)}>`;
  }
}

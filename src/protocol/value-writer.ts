/** Inputs and outputs as MessagePack: JSON's values as their like, attributes as extensions. */
import type { AttributeMap } from '../encoding/attribute-value.js';
import { EncodedItem, EncodedValue } from '../encoding/encoded-item.js';
import { encodedItem, encodeItem } from '../encoding/item.js';
import { Extension } from './format.js';
import type { MessageWriter } from './message-writer.js';

export interface Members {
  readonly [member: string]: unknown;
}

/** Members that are undefined are left out. */
export function writeMembers(writer: MessageWriter, object: Members): void {
  let size = 0;
  for (const member in object) if (object[member] !== undefined) size += 1;
  writer.map(size);
  for (const member in object) {
    const value = object[member];
    if (value === undefined) continue;
    writer.string(member);
    writeValue(writer, value);
  }
}

/** @param value of JSON, or an `EncodedItem`, an `EncodedValue`, or an item as a `Map` */
function writeValue(writer: MessageWriter, value: unknown): void {
  switch (typeof value) {
    case 'string':
      writer.string(value);
      return;
    case 'number':
      writer.number(value);
      return;
    case 'boolean':
      writer.boolean(value);
      return;
    case 'object':
      writeObject(writer, value);
      return;
    default:
      throw new TypeError(`a value of type ${typeof value} has no notation`);
  }
}

function writeObject(writer: MessageWriter, value: object | null): void {
  if (value === null) writer.nil();
  else if (value instanceof EncodedItem) writeExtension(writer, Extension.item, value);
  else if (value instanceof Map) {
    writeExtension(writer, Extension.item, encodedItem(encodeItem(value as AttributeMap), 0));
  } else if (value instanceof EncodedValue) writeExtension(writer, Extension.value, value);
  else if (Array.isArray(value)) {
    writer.list(value.length);
    for (const element of value as readonly unknown[]) writeValue(writer, element ?? null);
  } else writeMembers(writer, value as Members);
}

function writeExtension(writer: MessageWriter, type: number, encoded: EncodedItem | EncodedValue): void {
  const { bytes, start, end } = encoded;
  writer.extension(type, end === bytes.length ? bytes : bytes.subarray(0, end), start);
}

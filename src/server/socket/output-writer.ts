/** A reply as MessagePack: JSON's values as their like, items as they are stored. */
import type { Output, OutputValue } from '../../api/types.js';
import type { Item } from '../../encoding/attribute-value.js';
import { EncodedItem } from '../../encoding/encoded-item.js';
import { encodedItem, encodeItem } from '../../encoding/item.js';
import { Extension } from '../../protocol/format.js';
import type { MessageWriter } from './message-writer.js';

/** Members that are undefined are left out. */
export function writeOutput(writer: MessageWriter, output: Output): void {
  let size = 0;
  for (const member in output) if (output[member] !== undefined) size += 1;
  writer.map(size);
  for (const member in output) {
    const value = output[member];
    if (value === undefined) continue;
    writer.string(member);
    writeValue(writer, value);
  }
}

function writeValue(writer: MessageWriter, value: Exclude<OutputValue, undefined>): void {
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
    default:
      writeObject(writer, value);
  }
}

function writeObject(writer: MessageWriter, value: object | null): void {
  if (value === null) writer.nil();
  else if (value instanceof EncodedItem) writeItem(writer, value);
  else if (value instanceof Map) writeItem(writer, encodedItem(encodeItem(value as Item), 0));
  else if (Array.isArray(value)) {
    writer.list(value.length);
    for (const element of value as readonly OutputValue[]) writeValue(writer, element ?? null);
  } else writeOutput(writer, value as Output);
}

function writeItem(writer: MessageWriter, { bytes, start, end }: EncodedItem): void {
  writer.extension(Extension.item, bytes, start, end);
}

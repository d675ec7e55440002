/** Reads what `value-writer.ts` writes. Attribute values are not decoded: they keep views of the bytes. */
import { EncodedItem, EncodedValue } from '../encoding/encoded-item.js';
import { MsgpackError, type MsgpackReader } from '../encoding/msgpack-reader.js';
import { Extension } from './format.js';

/** Lists and maps around each other; attribute values, which may be nested deeper, are not among them. */
const LEVELS_MAX = 32;

/** The last element of a message. */
export function readLastValue(reader: MsgpackReader): unknown {
  const value = readInput(reader, 0);
  if (!reader.isAtEnd) throw new MsgpackError('there is something behind the message');
  return value;
}

function readInput(reader: MsgpackReader, level: number): unknown {
  switch (reader.next()) {
    case 'string':
      return reader.readString();
    case 'map':
      return readObject(reader, level + 1);
    case 'extension':
      return readAttributes(reader);
    case 'boolean':
      return reader.readBoolean();
    case 'integer':
    case 'float':
      return Number(reader.readNumber());
    case 'nil':
      reader.readNil();
      return null;
    case 'list':
      return readList(reader, level + 1);
    case 'binary':
      throw new MsgpackError('binary data stands outside of an attribute value');
  }
}

function checkLevel(level: number): void {
  if (level > LEVELS_MAX) throw new MsgpackError('lists and maps are nested too deep');
}

function readList(reader: MsgpackReader, level: number): unknown[] {
  checkLevel(level);
  const list: unknown[] = [];
  for (let left = reader.readListLength(); left > 0; left -= 1) list.push(readInput(reader, level));
  return list;
}

function readObject(reader: MsgpackReader, level: number): Record<string, unknown> {
  checkLevel(level);
  const object: Record<string, unknown> = {};
  for (let left = reader.readMapLength(); left > 0; left -= 1) {
    const name = reader.readString();
    const value = readInput(reader, level);
    if (name === '__proto__') define(object, name, value);
    else object[name] = value;
  }
  return object;
}

/** A table may have that name. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function readAttributes(reader: MsgpackReader): EncodedItem | EncodedValue {
  const { start, end } = reader.readExtension();
  switch (reader.extensionType) {
    case Extension.item:
      return new EncodedItem(reader.bytes, start, end, reader.budget);
    case Extension.value:
      return new EncodedValue(reader.bytes, start, end, reader.budget);
    default:
      throw new MsgpackError(`there is no extension of type ${reader.extensionType}`);
  }
}

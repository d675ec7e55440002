/**
 * What is to be known of an item in order to store it, without decoding it: the values of a few attributes, and its size as
 * the service counts it (item-size.ts).
 */
import { type AttributeValue, type Item, NumberValue } from './attribute-value.js';
import { type EncodedItem, Tag } from './encoded-item.js';
import { FormatError } from './errors.js';
import { numberSizeBytes } from './item-size.js';
import { NESTING_LEVELS_MAX } from './limits.js';
import { MsgpackError, MsgpackReader } from './msgpack-reader.js';

const CONTAINER_BYTES = 3;

export class ItemScanner {
  /** Of the item that was scanned last. */
  sizeBytes = 0;
  private readonly reader = new MsgpackReader();
  private readonly names: readonly { readonly text: string; readonly bytes: Buffer }[];

  /** @param names of attributes on the first level */
  constructor(names: readonly string[]) {
    this.names = names.map((text) => ({ text, bytes: Buffer.from(text) }));
  }

  /**
   * Those of the named attributes that are strings, numbers or binaries. Binaries are views.
   * @throws FormatError when it is no item
   */
  scan({ bytes, start, end }: EncodedItem): Item {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const { reader } = this;
    reader.reset(buffer, start, end);
    this.sizeBytes = 0;
    const found = new Map<string, AttributeValue>();
    try {
      for (let left = pairs(reader.readListLength()); left > 0; left -= 1) {
        const name = this.name();
        const valueAt = reader.at;
        this.value(0);
        if (name === undefined) continue;
        const after = reader.at;
        reader.at = valueAt;
        const value = this.scalar();
        if (value !== undefined) found.set(name, value);
        reader.at = after;
      }
      if (!reader.isAtEnd) throw new FormatError('there is something behind an item');
    } catch (error) {
      if (!(error instanceof MsgpackError)) throw error;
      throw new FormatError('the bytes of an item do not decode', { cause: error });
    }
    return found;
  }

  /** When it is one of the names. */
  private name(): string | undefined {
    const { start, end } = this.reader.readStringRange();
    this.sizeBytes += end - start;
    for (const { text, bytes } of this.names) {
      if (bytes.length === end - start && isAt(this.reader.bytes, start, bytes)) return text;
    }
    return undefined;
  }

  /** @param level the lists and maps around it */
  private value(level: number): void {
    const { reader } = this;
    switch (reader.next()) {
      case 'string':
        this.string();
        return;
      case 'integer':
      case 'float':
        this.sizeBytes += integerSizeBytes(reader.readNumber());
        return;
      case 'boolean':
        reader.readBoolean();
        this.sizeBytes += 1;
        return;
      case 'nil':
        reader.readNil();
        this.sizeBytes += 1;
        return;
      case 'binary':
        this.sizeBytes += reader.readBinary().length;
        return;
      case 'list':
        this.tagged(level + 1);
        return;
      default:
        throw new FormatError('a map or an extension is no attribute value');
    }
  }

  private tagged(level: number): void {
    const { reader } = this;
    const length = reader.readListLength() - 1;
    const tag = reader.readUint32();
    if (level > NESTING_LEVELS_MAX + 1) throw new FormatError('an item is nested too deep');
    switch (tag) {
      case Tag.list:
        this.sizeBytes += CONTAINER_BYTES + length;
        for (let left = length; left > 0; left -= 1) this.value(level);
        return;
      case Tag.map:
        this.sizeBytes += CONTAINER_BYTES + length / 2;
        for (let left = pairs(length); left > 0; left -= 1) {
          this.string();
          this.value(level);
        }
        return;
      case Tag.number:
        if (length !== 1) throw new FormatError('a number has one text');
        this.sizeBytes += numberSizeBytes(this.ascii());
        return;
      case Tag.stringSet:
      case Tag.numberSet:
      case Tag.binarySet:
        for (let left = length; left > 0; left -= 1) this.value(level);
        return;
      default:
        throw new FormatError(`unknown value tag ${tag} in an item`);
    }
  }

  private scalar(): AttributeValue | undefined {
    const { reader } = this;
    switch (reader.next()) {
      case 'string':
        return reader.readString();
      case 'binary':
        return reader.readBinary();
      case 'integer':
      case 'float':
        return new NumberValue(String(reader.readNumber()));
      case 'list':
        reader.readListLength();
        return reader.readUint32() === Tag.number ? new NumberValue(this.ascii()) : undefined;
      default:
        return undefined;
    }
  }

  private string(): void {
    const { start, end } = this.reader.readStringRange();
    this.sizeBytes += end - start;
  }

  private ascii(): string {
    const { start, end } = this.reader.readStringRange();
    return this.reader.bytes.latin1Slice(start, end);
  }
}

function pairs(length: number): number {
  if (length % 2 !== 0) throw new FormatError('an item has a name without a value');
  return length / 2;
}

function isAt(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[start + index] !== expected[index]) return false;
  }
  return true;
}

/** What `numberSizeBytes` says of its text. */
function integerSizeBytes(value: number | bigint): number {
  if (value === 0) return 1;
  if (!Number.isSafeInteger(value)) return numberSizeBytes(String(value));
  let rest = Math.abs(value as number);
  while (rest % 10 === 0) rest /= 10;
  let digits = 0;
  for (; rest >= 1; rest = Math.floor(rest / 10)) digits += 1;
  return 1 + Math.ceil(digits / 2) + (value < 0 ? 1 : 0);
}

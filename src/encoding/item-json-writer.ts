/**
 * Stored items as the service's JSON, in bytes, straight from their bytes: no values, strings or objects in between, since
 * a dump writes very many. The same text as `JSON.stringify` makes of what attribute-json.ts encodes.
 */
import { type EncodedItem, Tag } from './encoded-item.js';
import { FormatError } from './errors.js';
import { MsgpackError, MsgpackReader } from './msgpack-reader.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const CLOSING_BRACE = 0x7d;
/** What one byte of a string becomes at most: `\u001f`. */
const ESCAPED_BYTES_MAX = 6;
const BASE64_SLICE_BYTES = 48 * 1024;

const text = (ascii: string) => Buffer.from(ascii, 'latin1');
const TRUE = text('{"BOOL":true}');
const FALSE = text('{"BOOL":false}');
const NULL = text('{"NULL":true}');
const STRING = text('{"S":"');
const NUMBER = text('{"N":"');
const BINARY = text('{"B":"');
const LIST = text('{"L":[');
const MAP = text('{"M":{');
const STRING_SET = text('{"SS":[');
const NUMBER_SET = text('{"NS":[');
const BINARY_SET = text('{"BS":[');
const STRING_END = text('"}');
const LIST_END = text(']}');
const MAP_END = text('}}');
const NAME_END = text('":');

/** Of bytes below 0x20, quote and backslash; undefined for all others. */
const ESCAPES: readonly (Buffer | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const quoted = JSON.stringify(String.fromCharCode(byte));
  return byte < 0x80 && quoted.length > 3 ? text(quoted.slice(1, -1)) : undefined;
});
const IS_ESCAPED = Uint8Array.from(ESCAPES, (escaped) => (escaped === undefined ? 0 : 1));

/** Shorter strings, which most names are, are not worth the set-up. */
const WORD_COPIED_BYTES_MIN = 16;
const LOW_BITS = 0x01010101;
const HIGH_BITS = 0x80808080;

/**
 * Whether one of the four bytes is below 0x20, a quote or a backslash: for each of the three, the high bit of a byte is
 * set by a subtraction that borrows, unless it was set before. A borrow into the next byte can only come from one that
 * is found itself.
 */
function hasEscaped(word: number): boolean {
  const quote = word ^ (QUOTE * LOW_BITS);
  const backslash = word ^ (BACKSLASH * LOW_BITS);
  const below = (word - 0x20 * LOW_BITS) & ~word;
  const isQuote = (quote - LOW_BITS) & ~quote;
  const isBackslash = (backslash - LOW_BITS) & ~backslash;
  return ((below | isQuote | isBackslash) & HIGH_BITS) !== 0;
}

/** A text that grows. */
export class ItemJsonWriter {
  /** The text is its first `length` bytes. Another buffer when it has grown. */
  bytes: Buffer;
  length = 0;
  private readonly reader = new MsgpackReader();
  /** Of the memory that `bytes` is in, and of that of the last item. */
  private targetView: DataView = new DataView(new ArrayBuffer(0));
  private sourceView: DataView = this.targetView;

  /** @param bytes where the text is written */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Starts anew. */
  restart(bytes: Buffer): void {
    this.bytes = bytes;
    this.length = 0;
  }

  ascii(characters: Uint8Array): void {
    this.reserve(characters.length);
    const { bytes: target, length: at } = this;
    // For so few bytes a loop is faster than a call of the runtime.
    for (let index = 0; index < characters.length; index += 1)
      target[at + index] = characters[index] as number;
    this.length = at + characters.length;
  }

  /** `{"name":{"S":"…"},…}`. @throws FormatError when it is no item */
  item(item: EncodedItem): void {
    const { bytes, start, end } = item;
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.reader.reset(buffer, start, end);
    try {
      this.byte(0x7b);
      this.entries(this.reader.readListLength());
      this.byte(CLOSING_BRACE);
    } catch (error) {
      if (!(error instanceof MsgpackError)) throw error;
      throw new FormatError('the bytes of an item do not decode', { cause: error });
    }
  }

  private entries(listLength: number): void {
    for (let left = listLength; left > 0; left -= 2) {
      this.byte(QUOTE);
      this.string();
      this.ascii(NAME_END);
      this.value();
      if (left > 2) this.byte(COMMA);
    }
  }

  private value(): void {
    const { reader } = this;
    switch (reader.next()) {
      case 'string':
        this.ascii(STRING);
        this.string();
        this.ascii(STRING_END);
        return;
      case 'integer':
      case 'float':
        this.ascii(NUMBER);
        this.integer();
        this.ascii(STRING_END);
        return;
      case 'boolean':
        this.ascii(reader.readBoolean() ? TRUE : FALSE);
        return;
      case 'nil':
        reader.readNil();
        this.ascii(NULL);
        return;
      case 'binary':
        this.ascii(BINARY);
        this.base64(reader.readBinary());
        this.ascii(STRING_END);
        return;
      case 'list':
        this.tagged();
        return;
      default:
        throw new FormatError('a map or an extension is no attribute value');
    }
  }

  private tagged(): void {
    const { reader } = this;
    const length = reader.readListLength() - 1;
    const tag = reader.readUint32();
    switch (tag) {
      case Tag.list:
        this.members(LIST, length, () => this.value());
        return;
      case Tag.map:
        this.ascii(MAP);
        this.entries(length);
        this.ascii(MAP_END);
        return;
      case Tag.stringSet:
        this.members(STRING_SET, length, () => this.quoted(() => this.string()));
        return;
      case Tag.numberSet:
        this.members(NUMBER_SET, length, () => this.quoted(() => this.setNumber()));
        return;
      case Tag.binarySet:
        this.members(BINARY_SET, length, () => this.quoted(() => this.base64(reader.readBinary())));
        return;
      case Tag.number:
        this.ascii(NUMBER);
        this.string();
        this.ascii(STRING_END);
        return;
      default:
        throw new FormatError(`unknown value tag ${tag} in an item`);
    }
  }

  private members(opening: Uint8Array, count: number, write: () => void): void {
    this.ascii(opening);
    for (let left = count; left > 0; left -= 1) {
      write();
      if (left > 1) this.byte(COMMA);
    }
    this.ascii(LIST_END);
  }

  private quoted(write: () => void): void {
    this.byte(QUOTE);
    write();
    this.byte(QUOTE);
  }

  private setNumber(): void {
    if (this.reader.next() !== 'list') {
      this.integer();
      return;
    }
    this.reader.readListLength();
    this.reader.readUint32();
    this.string();
  }

  private integer(): void {
    const digits = String(this.reader.readNumber());
    this.reserve(digits.length);
    this.length += this.bytes.latin1Write(digits, this.length);
  }

  private base64(binary: Uint8Array): void {
    this.reserve(4 * Math.ceil(binary.length / 3));
    // In slices of whole groups of three bytes, so that no long string is made.
    for (let at = 0; at < binary.length; at += BASE64_SLICE_BYTES) {
      const slice = Buffer.from(
        binary.buffer,
        binary.byteOffset + at,
        Math.min(BASE64_SLICE_BYTES, binary.length - at),
      );
      this.length += this.bytes.latin1Write(slice.toString('base64'), this.length);
    }
  }

  /** The next string of the item, without quotes. UTF-8 stays as it is. */
  private string(): void {
    const { reader } = this;
    const { start, end } = reader.readStringRange();
    const source = reader.bytes;
    this.reserve(end - start);
    const plain = this.plainWords(source, start, end);
    let { bytes: target, length: at } = this;
    for (let index = start + plain; index < end; index += 1) {
      const byte = source[index] as number;
      if (IS_ESCAPED[byte] === 0) {
        target[at] = byte;
        at += 1;
        continue;
      }
      this.length = at;
      this.reserve((end - index) * ESCAPED_BYTES_MAX);
      target = this.bytes;
      const escaped = ESCAPES[byte] as Buffer;
      target.set(escaped, at);
      at += escaped.length;
    }
    this.length = at;
  }

  /** Copies four bytes at a time up to the first that must be escaped. Returns how many. There is room for all. */
  private plainWords(source: Buffer, start: number, end: number): number {
    if (end - start < WORD_COPIED_BYTES_MIN) return 0;
    if (this.sourceView.buffer !== source.buffer) this.sourceView = new DataView(source.buffer);
    if (this.targetView.buffer !== this.bytes.buffer) this.targetView = new DataView(this.bytes.buffer);
    const { sourceView, targetView } = this;
    const first = source.byteOffset + start;
    const to = this.bytes.byteOffset + this.length;
    const words = (end - start) & ~3;
    let copied = 0;
    for (; copied < words; copied += 4) {
      const word = sourceView.getInt32(first + copied);
      if (hasEscaped(word)) break;
      targetView.setInt32(to + copied, word);
    }
    this.length += copied;
    return copied;
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length] = byte;
    this.length += 1;
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

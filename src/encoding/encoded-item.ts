/**
 * Items and attribute values as MessagePack, from and for others: the notation that items are stored in (see item.ts),
 * so that what is stored can be sent as it is. `docs/protocol.md` describes it to those who speak it.
 *
 * Decoding is strict: what comes from outside is refused as the JSON notation refuses it. A type that does not fit is
 * thrown at once, a value that does not fit is a fault that is told when all types have been read.
 */
import {
  binarySetOf,
  type Faults,
  NESTING_FAULT,
  numberSetOf,
  readNumber,
  stringSetOf,
} from './attribute-json.js';
import { type AttributeMap, type AttributeValue, NumberValue } from './attribute-value.js';
import { EncodingError } from './errors.js';
import { NESTING_LEVELS_MAX } from './limits.js';
import { MsgpackError, MsgpackReader, NO_BUDGET, type ValueBudget } from './msgpack-reader.js';

/** Never renumber: they are on disk and on the wire. */
export const Tag = { list: 0, map: 1, stringSet: 2, numberSet: 3, binarySet: 4, number: 5 } as const;

/** Bytes in a larger buffer, which must not change. */
interface EncodedBytes {
  readonly bytes: Uint8Array;
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly budget: ValueBudget;
}

// Two classes without a common one above: a constructor that is inherited costs as much as all else about an item of a page.

/** A list of names and values. */
export class EncodedItem implements EncodedBytes {
  /** Only for the type checker. */
  declare readonly kind: 'item';

  constructor(
    readonly bytes: Uint8Array,
    readonly start: number,
    readonly end: number,
    readonly budget: ValueBudget = NO_BUDGET,
  ) {}
}

/** One attribute value. */
export class EncodedValue implements EncodedBytes {
  /** Only for the type checker. */
  declare readonly kind: 'value';

  constructor(
    readonly bytes: Uint8Array,
    readonly start: number,
    readonly end: number,
    readonly budget: ValueBudget = NO_BUDGET,
  ) {}
}

/** Nothing it does awaits anything, so one serves all. */
const reader = new MsgpackReader();

function open({ bytes, start, end, budget }: EncodedBytes): void {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  reader.reset(buffer, start, end, budget);
}

/** What a value with a fault is until the fault is thrown. */
const REFUSED: AttributeValue = null;

/**
 * Decodes an item, or notes in `faults` why it is none: the result is of no use then.
 * @throws EncodingError of kind serialization
 */
export function readEncodedItem(item: EncodedItem, faults: Faults): AttributeMap {
  open(item);
  try {
    const map = new Map<string, AttributeValue>();
    const count = entryCount(reader.readListLength());
    for (let entry = 0; entry < count; entry += 1) {
      const name = reader.readString();
      map.set(name, readValue(1, faults));
      if (faults.first !== undefined) faults.name ??= name;
    }
    checkEnd();
    return map;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Likewise for one value. */
export function readEncodedValue(encoded: EncodedValue, faults: Faults): AttributeValue {
  open(encoded);
  try {
    const value = readValue(1, faults);
    checkEnd();
    return value;
  } catch (error) {
    throw refusalOf(error);
  }
}

function checkEnd(): void {
  if (!reader.isAtEnd) throw new MsgpackError('there is something behind the value');
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof MsgpackError)) return error;
  return new EncodingError('serialization', error.message, { cause: error });
}

function entryCount(listLength: number): number {
  if (listLength % 2 !== 0) throw new MsgpackError('a name has no value');
  return listLength / 2;
}

/** `level` counts this value and the lists and maps around it. */
function readValue(level: number, faults: Faults): AttributeValue {
  switch (reader.next()) {
    case 'string':
      return reader.readString();
    case 'integer':
    case 'float':
      return new NumberValue(readNumber(integerText(), faults));
    case 'boolean':
      return reader.readBoolean();
    case 'nil':
      reader.readNil();
      return null;
    case 'binary':
      return reader.readBinary();
    case 'list':
      return readTagged(level, faults);
    default:
      throw new MsgpackError('a map or an extension is no attribute value');
  }
}

function integerText(): string {
  const value = reader.readNumber();
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new MsgpackError('a number that is no integer, or has more than 15 digits, must come as text');
  }
  // Of a negative zero: '0'.
  return String(value);
}

function readTagged(level: number, faults: Faults): AttributeValue {
  const length = reader.readListLength() - 1;
  if (length < 0) throw new MsgpackError('a tagged value has no tag');
  const tag = reader.readUint32();
  switch (tag) {
    case Tag.list:
      return readList(length, level + 1, faults);
    case Tag.map:
      return readMap(entryCount(length), level + 1, faults);
    case Tag.stringSet:
      return stringSetOf(
        readMembers(length, () => reader.readString()),
        faults,
      );
    case Tag.numberSet:
      return numberSetOf(readMembers(length, readNumberText), faults);
    case Tag.binarySet:
      return binarySetOf(
        readMembers(length, () => reader.readBinary()),
        faults,
      );
    case Tag.number:
      if (length !== 1) throw new MsgpackError('a number has one text');
      return new NumberValue(readNumber(reader.readString(), faults));
    default:
      throw new MsgpackError(`there is no value of tag ${tag}`);
  }
}

function readMembers<T>(count: number, read: () => T): T[] {
  const members: T[] = [];
  for (let index = 0; index < count; index += 1) members.push(read());
  return members;
}

function readNumberText(): string {
  if (reader.next() !== 'list') return integerText();
  if (reader.readListLength() !== 2 || reader.readUint32() !== Tag.number) {
    throw new MsgpackError('a set of numbers has a member that is none');
  }
  return reader.readString();
}

/** Its elements would be too deep: read to where they end, without a call for each level. */
function skipTooDeep(count: number, faults: Faults): AttributeValue {
  reader.skipValues(count);
  if (faults.cutsDeep) return [REFUSED];
  faults.first ??= NESTING_FAULT;
  return REFUSED;
}

function readList(count: number, level: number, faults: Faults): AttributeValue {
  if (level > NESTING_LEVELS_MAX && count > 0) return skipTooDeep(count, faults);
  const list: AttributeValue[] = [];
  for (let index = 0; index < count; index += 1) list.push(readValue(level, faults));
  return list;
}

function readMap(count: number, level: number, faults: Faults): AttributeValue {
  if (level > NESTING_LEVELS_MAX && count > 0) return skipTooDeep(2 * count, faults);
  return readEntries(count, level, faults);
}

function readEntries(count: number, level: number, faults: Faults): AttributeMap {
  const map = new Map<string, AttributeValue>();
  for (let entry = 0; entry < count; entry += 1) map.set(reader.readString(), readValue(level, faults));
  return map;
}

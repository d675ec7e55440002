/** Reads what clients send (see `Ask` in src/protocol/format.ts). */
import { EncodedItem, EncodedValue } from '../../encoding/encoded-item.js';
import { MsgpackError, MsgpackReader, type ValueBudget } from '../../encoding/msgpack-reader.js';
import { ProtocolError } from '../../protocol/errors.js';
import { Ask, Extension } from '../../protocol/format.js';

/** Lists and maps of an input around each other; attribute values, which may be nested deeper, are not among them. */
const INPUT_LEVELS_MAX = 32;

export interface Hello {
  readonly region?: unknown;
  readonly accountId?: unknown;
}

export interface MessageSink {
  onHello(hello: Hello): void;
  /** `credit` is undefined unless the reply is to be a stream. */
  onRequest(id: number, operation: string, input: unknown, credit: number | undefined): void;
  /** Of a request whose input cannot be read. */
  onUnreadable(id: number, reason: string): void;
  onCredit(id: number, bytes: number): void;
  onCancel(id: number): void;
}

/** Of each message. */
const ELEMENTS: { readonly [ask: number]: number | undefined } = {
  [Ask.hello]: 2,
  [Ask.request]: 4,
  [Ask.stream]: 5,
  [Ask.credit]: 3,
  [Ask.cancel]: 2,
};

/** Nothing it does awaits anything, so one serves all connections. */
const reader = new MsgpackReader();

/**
 * Hands the message in `bytes` to the sink. Attribute values are not decoded: they keep views of the bytes.
 * @param valuesMax more values in one message than that are refused
 * @throws ProtocolError MALFORMED, when it is none
 */
export function readMessage(
  bytes: Buffer,
  start: number,
  end: number,
  valuesMax: number,
  sink: MessageSink,
): void {
  const budget: ValueBudget = { left: valuesMax };
  reader.reset(bytes, start, end, budget);
  try {
    const elements = reader.readListLength();
    const ask = reader.readUint32();
    if (elements !== ELEMENTS[ask]) throw new MsgpackError(`message ${ask} has not ${elements} elements`);
    if (ask === Ask.hello) {
      sink.onHello(readWhole(budget) as Hello);
      return;
    }
    const id = reader.readUint32();
    if (ask === Ask.request || ask === Ask.stream) readRequest(id, ask === Ask.stream, budget, sink);
    else if (ask === Ask.credit) sink.onCredit(id, reader.readUint32());
    else sink.onCancel(id);
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    throw new ProtocolError('MALFORMED', `a frame is no message: ${error.message}`, { cause: error });
  }
}

/** Once the id is known, what is wrong concerns this request and not the connection. */
function readRequest(id: number, isStream: boolean, budget: ValueBudget, sink: MessageSink): void {
  let operation: string;
  let credit: number | undefined;
  let input: unknown;
  try {
    operation = reader.readString();
    if (isStream) credit = reader.readUint32();
    input = readWhole(budget);
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    sink.onUnreadable(id, error.message);
    return;
  }
  sink.onRequest(id, operation, input, credit);
}

/** The last element of a message. */
function readWhole(budget: ValueBudget): unknown {
  const value = readInput(0, budget);
  if (!reader.isAtEnd) throw new MsgpackError('there is something behind the message');
  return value;
}

/** What the operations take for JSON. */
function readInput(level: number, budget: ValueBudget): unknown {
  switch (reader.next()) {
    case 'string':
      return reader.readString();
    case 'map':
      return readObject(level + 1, budget);
    case 'extension':
      return readAttributes(budget);
    case 'boolean':
      return reader.readBoolean();
    case 'integer':
    case 'float':
      return Number(reader.readNumber());
    case 'nil':
      reader.readNil();
      return null;
    case 'list':
      return readList(level + 1, budget);
    case 'binary':
      throw new MsgpackError('binary data stands outside of an attribute value');
  }
}

function checkLevel(level: number): void {
  if (level > INPUT_LEVELS_MAX) throw new MsgpackError('lists and maps are nested too deep');
}

function readList(level: number, budget: ValueBudget): unknown[] {
  checkLevel(level);
  const list: unknown[] = [];
  for (let left = reader.readListLength(); left > 0; left -= 1) list.push(readInput(level, budget));
  return list;
}

function readObject(level: number, budget: ValueBudget): Record<string, unknown> {
  checkLevel(level);
  const object: Record<string, unknown> = {};
  for (let left = reader.readMapLength(); left > 0; left -= 1) {
    const name = reader.readString();
    const value = readInput(level, budget);
    if (name === '__proto__') define(object, name, value);
    else object[name] = value;
  }
  return object;
}

/** A table may have that name. */
function define(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function readAttributes(budget: ValueBudget): EncodedItem | EncodedValue {
  const { start, end } = reader.readExtension();
  switch (reader.extensionType) {
    case Extension.item:
      return new EncodedItem(reader.bytes, start, end, budget);
    case Extension.value:
      return new EncodedValue(reader.bytes, start, end, budget);
    default:
      throw new MsgpackError(`there is no extension of type ${reader.extensionType}`);
  }
}

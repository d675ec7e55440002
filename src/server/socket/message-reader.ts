/** Reads what clients send (see `Ask` in src/protocol/format.ts). */
import { MsgpackError, MsgpackReader } from '../../encoding/msgpack-reader.js';
import { ProtocolError } from '../../protocol/errors.js';
import { Ask } from '../../protocol/format.js';
import { readLastValue } from '../../protocol/value-reader.js';

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
  reader.reset(bytes, start, end, { left: valuesMax });
  try {
    const elements = reader.readListLength();
    const ask = reader.readUint32();
    const expected = ELEMENTS[ask];
    if (expected === undefined) throw new MsgpackError(`there is no message that begins with ${ask}`);
    if (elements !== expected) {
      throw new MsgpackError(`a message that begins with ${ask} has ${expected} elements, not ${elements}`);
    }
    if (ask === Ask.hello) {
      if (reader.next() !== 'map') throw new MsgpackError('the options of a hello are no map');
      sink.onHello(readLastValue(reader) as Hello);
      return;
    }
    const id = reader.readUint32();
    if (ask === Ask.request || ask === Ask.stream) readRequest(id, ask === Ask.stream, sink);
    else if (ask === Ask.credit) sink.onCredit(id, reader.readUint32());
    else sink.onCancel(id);
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    throw new ProtocolError('MALFORMED', `a frame is no message: ${error.message}`, { cause: error });
  }
}

/** Once the id is known, what is wrong concerns this request and not the connection. */
function readRequest(id: number, isStream: boolean, sink: MessageSink): void {
  let operation: string;
  let credit: number | undefined;
  let input: unknown;
  try {
    operation = reader.readString();
    if (isStream) credit = reader.readUint32();
    input = readLastValue(reader);
  } catch (error) {
    if (!(error instanceof MsgpackError)) throw error;
    sink.onUnreadable(id, error.message);
    return;
  }
  sink.onRequest(id, operation, input, credit);
}

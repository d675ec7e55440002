/**
 * The protocol of the Unix socket (`docs/protocol.md` describes it to those who speak it from other languages).
 *
 *   preamble, once in each direction             frame, any number
 *
 *   0        5      6         7         8        0          4
 *   +--------+------+---------+---------+        +----------+----------------------+
 *   | VARVE  | 0x00 | version | version |        | length   | MessagePack list     |
 *   +--------+------+---------+---------+        +----------+----------------------+
 *     client:         lowest,   highest            big-endian, of what follows
 *     server:         chosen,   highest
 *
 * A server that speaks none of the client's versions chooses 0 and closes. The first frame in each direction is the
 * hello. Never renumber: other programs speak this.
 */
import { ProtocolError } from './errors.js';

export const PROTOCOL_VERSION = 1;

export const PREAMBLE_BYTES = 8;
const MAGIC = Buffer.from('VARVE\0', 'latin1');
export const NO_VERSION = 0;

/** Extension types of MessagePack. */
export const Extension = { item: 1, value: 2 } as const;

/** From the client: the first element of each message. */
export const Ask = {
  /** `[0, { region, accountId }]`, first and once; each member may be missing. */
  hello: 0,
  /** `[1, id, operation, input]` */
  request: 1,
  /** `[2, id, operation, creditBytes, input]`: a Query or Scan of any size. */
  stream: 2,
  /** `[3, id, creditBytes]`: so many bytes more. */
  credit: 3,
  /** `[4, id]`: nothing more of this stream. */
  cancel: 4,
} as const;

/** From the server. */
export const Answer = {
  /** `[0, { server, frameBytesMax, inFlightMax }]`, first and once. */
  hello: 0,
  /** `[1, id, output]`: the reply, or the last page of a stream. */
  reply: 1,
  /** `[2, id, status, error]`: it was refused. */
  refusal: 2,
  /** `[3, id, output]`: a page of a stream, not the last. */
  page: 3,
  /** `[4, reason, isFault]`: nothing more is accepted; what was accepted is answered, then the connection is closed. */
  goodbye: 4,
} as const;

function preamble(first: number, second: number): Buffer {
  return Buffer.concat([MAGIC, Buffer.from([first, second])]);
}

/** @param versions lowest and highest, inclusive */
export function clientPreamble(versions = { lowest: PROTOCOL_VERSION, highest: PROTOCOL_VERSION }): Buffer {
  return preamble(versions.lowest, versions.highest);
}

/** What the server answers to a client's preamble. */
export function answerPreamble(bytes: Uint8Array): { readonly version: number; readonly answer: Buffer } {
  const [lowest, highest] = readPreamble(bytes);
  const isSpoken = lowest <= PROTOCOL_VERSION && PROTOCOL_VERSION <= highest;
  const version = isSpoken ? PROTOCOL_VERSION : NO_VERSION;
  return { version, answer: serverPreamble(version) };
}

export function serverPreamble(version = PROTOCOL_VERSION): Buffer {
  return preamble(version, PROTOCOL_VERSION);
}

/** @throws ProtocolError when the server is of another version, or none */
export function checkServerPreamble(bytes: Uint8Array): void {
  const [version, highest] = readPreamble(bytes);
  if (version === PROTOCOL_VERSION) return;
  throw new ProtocolError(
    'VERSION',
    `the server speaks version ${highest} of the protocol, this client version ${PROTOCOL_VERSION}`,
  );
}

function readPreamble(bytes: Uint8Array): readonly [number, number] {
  const [first, second] = bytes.subarray(MAGIC.length);
  if (first === undefined || second === undefined || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) {
    throw new ProtocolError('NOT_VARVE', 'the other side does not speak the protocol of Varve');
  }
  return [first, second];
}

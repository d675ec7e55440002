/** Varve's frames, made beforehand; see docs/protocol.md. */
import { addExtension, Packr } from 'msgpackr';
import type { ReplyCounter } from './driver.js';

class WireItem {
  constructor(readonly entries: readonly unknown[]) {}
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
addExtension({
  Class: WireItem,
  type: 1,
  pack: (item: WireItem) => packr.pack(item.entries),
} as unknown as Parameters<typeof addExtension>[0]);

export function frame(message: unknown): Buffer {
  const bytes = packr.pack(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export const PREAMBLE = Buffer.from('VARVE\0\u0001\u0001', 'latin1');
/** Of the name's first letter in a request's frame: behind the length, and four values of a byte each. */
export const OPERATION_AT = 8;

export const HELLO = {
  bytes: Buffer.concat([PREAMBLE, frame([0, {}])]),
  isAnswered(bytes: Buffer): boolean {
    const frame = bytes.subarray(PREAMBLE.length);
    return frame.length > 4 && frame.length === 4 + frame.readUInt32BE(0);
  },
};

/** Attributes as names and values by turns. */
export function item(...entries: readonly unknown[]): WireItem {
  return new WireItem(entries);
}

/** The driver tells replies apart by their number alone, so all requests may have the same id. */
export function request(operation: string, input: object): Buffer {
  return frame([1, 1, operation, input]);
}

/** The reply's list and its first element are a byte each: `[1, …]`. */
const REPLY = 1;

export function varveReplies(): ReplyCounter {
  let skip = 0;
  let header = 0;
  let length = 0;
  /** Bytes of the frame that were looked at. */
  let seen = 2;
  return (chunk) => {
    let replies = 0;
    for (let at = 0; at < chunk.length; ) {
      if (header === 4 && seen < 2) {
        if (seen === 1 && chunk[at] !== REPLY) throw new Error(`refused: ${chunk.toString('latin1', at)}`);
        seen += 1;
        at += 1;
      } else if (header === 4) {
        const bytes = Math.min(skip, chunk.length - at);
        skip -= bytes;
        at += bytes;
        if (skip === 0) {
          replies += 1;
          header = 0;
        }
      } else if (header === 0 && chunk.length - at > 6) {
        // The usual case: all of it is here.
        length = chunk.readUInt32BE(at);
        if (chunk[at + 5] !== REPLY) throw new Error(`refused: ${chunk.toString('latin1', at)}`);
        skip = length;
        at += 4;
        header = 4;
        seen = 2;
      } else {
        length = (header === 0 ? 0 : length) * 256 + (chunk[at] as number);
        at += 1;
        header += 1;
        if (header === 4) {
          skip = length - 2;
          seen = 0;
        }
      }
    }
    return replies;
  };
}

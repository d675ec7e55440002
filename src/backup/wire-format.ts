/**
 * What `varve dump` and `varve restore` speak with a daemon, over a Unix socket that its owner alone may connect to. Both
 * are of the same release: a daemon of another one refuses.
 *
 *   0          4      5
 *   +----------+------+-----------+      kind   0  JSON: what is asked, and the answer to it
 *   | length   | kind | content   |             1  items of a table: u16 position, then of each u32 length, stored item
 *   +----------+------+-----------+             2  JSON: that was all
 *     of kind and content, big-endian           3  JSON: refused, with code and message
 *
 *   dump      > ask    < tables at a moment    < items …    < all
 *   restore   > ask    < ready                 > items …    > all    < done
 */
import type { RestoreRequest } from '../table/restoration.js';
import type { TableAtMoment } from '../table/tables-snapshot.js';
import { BackupError } from './errors.js';
import { FRAME_BYTES_MAX, FRAME_MEMORY_BYTES } from './limits.js';

export const WIRE_VERSION = 1;

export const FrameKind = { json: 0, items: 1, end: 2, refusal: 3 } as const;

export type Ask =
  | { readonly version: number; readonly ask: 'dump'; readonly names?: readonly string[] }
  | { readonly version: number; readonly ask: 'restore'; readonly requests: readonly RestoreRequest[] };

/** Of a dump. */
export interface MomentAnswer {
  readonly momentMs: number;
  readonly tables: readonly TableAtMoment[];
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export interface Frame {
  readonly kind: number;
  readonly content: Buffer;
}

const LENGTH_BYTES = 4;
/** A frame is no shorter. */
const HEADER_BYTES = LENGTH_BYTES + 1;
const POSITION_BYTES = 2;

export function encodeJsonFrame(kind: number, document: object): Buffer {
  const content = Buffer.from(JSON.stringify(document));
  const frame = Buffer.allocUnsafe(HEADER_BYTES + content.length);
  writeHeader(frame, kind);
  frame.set(content, HEADER_BYTES);
  return frame;
}

/** @param target is written over when it is large enough; the frame is a view of it then */
export function encodeItemsFrame(position: number, items: readonly Uint8Array[], target?: Buffer): Buffer {
  let bytes = HEADER_BYTES + POSITION_BYTES;
  for (const item of items) bytes += LENGTH_BYTES + item.length;
  const isRoomy = target !== undefined && target.length >= bytes;
  const frame = isRoomy ? target.subarray(0, bytes) : Buffer.allocUnsafeSlow(bytes);
  writeHeader(frame, FrameKind.items);
  let at = frame.writeUInt16BE(position, HEADER_BYTES);
  for (const item of items) {
    at = frame.writeUInt32BE(item.length, at);
    frame.set(item, at);
    at += item.length;
  }
  return frame;
}

function writeHeader(frame: Buffer, kind: number): void {
  frame.writeUInt32BE(frame.length - LENGTH_BYTES, 0);
  frame.writeUInt8(kind, LENGTH_BYTES);
}

/** Views of the frame. @throws BackupError */
export function decodeItems({ content }: Frame): {
  readonly position: number;
  readonly items: readonly Buffer[];
} {
  if (content.length < POSITION_BYTES) throw malformed();
  const items: Buffer[] = [];
  for (let at = POSITION_BYTES; at < content.length; ) {
    if (content.length - at < LENGTH_BYTES) throw malformed();
    const start = at + LENGTH_BYTES;
    const end = start + content.readUInt32BE(at);
    if (end > content.length) throw malformed();
    items.push(content.subarray(start, end));
    at = end;
  }
  return { position: content.readUInt16BE(0), items };
}

/** @throws BackupError */
export function decodeJson({ content }: Frame): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    throw malformed();
  }
}

/**
 * The frames in what arrives, each good until the next one is asked for: memory is used again. Ends where they do.
 * @throws BackupError when it ends within one, or one is too long
 */
export async function* framesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const usual = Buffer.allocUnsafeSlow(FRAME_MEMORY_BYTES);
  let memory = usual;
  let held = 0;
  /** Of the frame; undefined until that is known. */
  let bytes: number | undefined;
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      const copied = piece.copy(
        memory,
        held,
        at,
        Math.min(piece.length, at + (bytes ?? HEADER_BYTES) - held),
      );
      held += copied;
      at += copied;
      if (bytes === undefined) {
        if (held < HEADER_BYTES) continue;
        bytes = LENGTH_BYTES + lengthIn(memory);
        if (bytes > memory.length) {
          memory = Buffer.allocUnsafeSlow(bytes);
          usual.copy(memory, 0, 0, HEADER_BYTES);
        }
      }
      if (held < bytes) continue;
      yield { kind: memory.readUInt8(LENGTH_BYTES), content: memory.subarray(HEADER_BYTES, bytes) };
      memory = usual;
      held = 0;
      bytes = undefined;
    }
  }
  if (held > 0)
    throw new BackupError('DISCONNECTED', 'the connection broke within a message: did the other side die?');
}

function lengthIn(header: Buffer): number {
  const length = header.readUInt32BE(0);
  if (length < 1 || length > FRAME_BYTES_MAX) throw malformed();
  return length;
}

export function malformed(): BackupError {
  return new BackupError('DISCONNECTED', 'the other side of the control socket does not speak as it should');
}

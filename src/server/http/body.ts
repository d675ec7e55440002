/** Receives request bodies within bounds: one body's size, and that of all bodies arriving at the same time. */
import type { IncomingMessage } from 'node:http';
import type { HttpLimits } from '../limits.js';

export type BodyOutcome =
  | { readonly kind: 'complete'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'overloaded' }
  /** The sender went away before the end. */
  | { readonly kind: 'gone' };

const EMPTY = new Uint8Array(0);
const CAPACITY_BYTES_MIN = 4096;

/** A body of several chunks, in one buffer: a chunk of one byte kept by itself would take a hundred times its size. */
class GrowingBuffer {
  private buffer: Buffer;
  private length: number;

  constructor(first: Buffer) {
    this.buffer = first;
    this.length = first.length;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Returns by how many bytes the buffer grew. */
  append(chunk: Buffer): number {
    const before = this.buffer.length;
    const needed = this.length + chunk.length;
    if (needed > before) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * before, needed, CAPACITY_BYTES_MIN));
      this.buffer.copy(grown, 0, 0, this.length);
      this.buffer = grown;
    }
    chunk.copy(this.buffer, this.length);
    this.length = needed;
    return this.buffer.length - before;
  }
}

export class BodyReceiver {
  /** Memory of bodies that are not yet complete. */
  #receivingBytes = 0;

  constructor(private readonly limits: HttpLimits) {}

  get receivingBytes(): number {
    return this.#receivingBytes;
  }

  /** The length that the headers announce, or undefined when they do not. */
  static announcedBytes(request: IncomingMessage): number | undefined {
    const header = request.headers['content-length'];
    return header === undefined ? undefined : Number(header);
  }

  /**
   * Calls `done` once. What is refused is first read on and thrown away, up to `discardBytesMax`, since a sender that is
   * cut off while writing does not see a reply.
   */
  receive(request: IncomingMessage, done: (outcome: BodyOutcome) => void): void {
    const announced = BodyReceiver.announcedBytes(request) ?? 0;
    if (announced > this.limits.bodyBytesMax) {
      this.discard(request, 'too-large', announced, done);
      return;
    }
    let first: Buffer | undefined;
    let rest: GrowingBuffer | undefined;
    let bytes = 0;
    let heldBytes = 0;
    let settled = false;
    const hold = (more: number) => {
      heldBytes += more;
      this.#receivingBytes += more;
    };
    const release = () => {
      settled = true;
      hold(-heldBytes);
    };
    request.on('data', (chunk: Buffer) => {
      if (settled) return;
      bytes += chunk.length;
      // Most bodies are one chunk, which is kept as it is.
      if (first === undefined) {
        first = chunk;
        hold(chunk.length);
      } else if (bytes <= this.limits.bodyBytesMax) {
        rest ??= new GrowingBuffer(first);
        hold(rest.append(chunk));
      }
      const tooLarge = bytes > this.limits.bodyBytesMax;
      if (tooLarge || this.#receivingBytes > this.limits.receivingBytesMax) {
        release();
        first = undefined;
        rest = undefined;
        this.discard(request, tooLarge ? 'too-large' : 'overloaded', Math.max(bytes, announced), done);
      }
    });
    request.on('end', () => {
      if (settled) return;
      release();
      done({ kind: 'complete', bytes: rest?.bytes ?? first ?? EMPTY });
    });
    request.on('close', () => {
      if (settled) return;
      release();
      done({ kind: 'gone' });
    });
  }

  private discard(
    request: IncomingMessage,
    kind: 'too-large' | 'overloaded',
    bytesSoFar: number,
    done: (outcome: BodyOutcome) => void,
  ): void {
    if (bytesSoFar > this.limits.discardBytesMax) {
      request.pause();
      done({ kind });
      return;
    }
    let discarded = 0;
    let settled = false;
    const settle = (outcome: BodyOutcome) => {
      if (settled) return;
      settled = true;
      done(outcome);
    };
    request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > this.limits.discardBytesMax) {
        request.pause();
        settle({ kind });
      }
    });
    request.on('end', () => settle({ kind }));
    request.on('close', () => settle({ kind: 'gone' }));
  }
}

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

export class BodyReceiver {
  /** Bytes held by bodies that are not yet complete. */
  private receivingBytes = 0;

  constructor(private readonly limits: HttpLimits) {}

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
    let more: Buffer[] | undefined;
    let bytes = 0;
    let settled = false;
    const release = () => {
      settled = true;
      this.receivingBytes -= bytes;
    };
    request.on('data', (chunk: Buffer) => {
      if (settled) return;
      bytes += chunk.length;
      this.receivingBytes += chunk.length;
      const tooLarge = bytes > this.limits.bodyBytesMax;
      if (tooLarge || this.receivingBytes > this.limits.receivingBytesMax) {
        release();
        first = undefined;
        more = undefined;
        this.discard(request, tooLarge ? 'too-large' : 'overloaded', Math.max(bytes, announced), done);
      } else if (first === undefined) first = chunk;
      else if (more === undefined) more = [first, chunk];
      else more.push(chunk);
    });
    request.on('end', () => {
      if (settled) return;
      release();
      done({ kind: 'complete', bytes: more === undefined ? (first ?? EMPTY) : Buffer.concat(more, bytes) });
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

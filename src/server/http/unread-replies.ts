/**
 * Replies that the system did not take at once, because their clients do not read (fast enough). They stay in memory, so
 * their bytes are bounded. Who reads nothing for a while loses the connection, and sooner when there is no room for
 * others: a client that reads slowly, but reads, keeps its reply (Node's timeout of a socket looks at what was written).
 */
import type { ServerResponse } from 'node:http';
import { type HttpLimits, SMALL_REPLY_BYTES } from '../limits.js';

interface Waiting {
  readonly response: ServerResponse;
  readonly bytes: number;
}

export class UnreadReplies {
  #bytes = 0;
  /** Those that still have all the time. */
  private readonly patient = new Set<Waiting>();

  constructor(
    private readonly limits: Pick<HttpLimits, 'unreadBytesMax' | 'slowReaderMs' | 'pressedReaderMs'>,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is room for a reply that may have to wait. If not, those that wait are given less time. */
  admits(bytes: number): boolean {
    if (bytes <= SMALL_REPLY_BYTES || this.#bytes + bytes <= this.limits.unreadBytesMax) return true;
    for (const { response } of this.patient) response.setTimeout(this.limits.pressedReaderMs);
    this.patient.clear();
    return false;
  }

  /** Of a reply that was sent, but not yet taken. `done` is called once it was, or when the connection is gone. */
  hold(response: ServerResponse, bytes: number, done: () => void): void {
    const waiting: Waiting = { response, bytes };
    this.#bytes += bytes;
    this.patient.add(waiting);
    response.setTimeout(this.limits.slowReaderMs, () => response.req.socket.destroy());
    response.once('close', () => {
      this.#bytes -= bytes;
      this.patient.delete(waiting);
      done();
    });
  }
}

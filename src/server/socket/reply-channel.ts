/**
 * What one client is told, and how much of it the system has not taken yet. What several replies of one turn of the event
 * loop leave behind goes to the system in one piece.
 */
import type { Socket } from 'node:net';
import { internalServerError, ServiceError } from '../../api/service-error.js';
import type { Output } from '../../api/types.js';
import { Answer } from '../../protocol/format.js';
import type { MessageWriter } from '../../protocol/message-writer.js';
import { Outgoing } from '../../protocol/outgoing.js';
import { writeMembers } from '../../protocol/value-writer.js';
import { SMALL_REPLY_BYTES, type SocketLimits } from '../limits.js';

export interface ChannelSurroundings {
  readonly limits: SocketLimits;
  readonly writer: MessageWriter;
  /** Of all connections: bytes of replies that wait, and what was refused because there was too much at once. */
  readonly totals: { unsent: number; overloaded: number };
  /** What is no fault of the client. */
  onDefect(operation: string, cause: unknown): void;
}

export class ReplyChannel {
  private readonly outgoing = new Outgoing();
  private unsentBytes = 0;

  /** @param onWritten calls for a `flush`, soon */
  constructor(
    private readonly socket: Socket,
    private readonly surroundings: ChannelSurroundings,
    private readonly onWritten: () => void,
  ) {}

  /** Whether the client has taken so little that it gets nothing more to do. */
  get isClogged(): boolean {
    return this.unsentBytes > this.surroundings.limits.unsentBytesMax;
  }

  /** Whether all of it has been handed to the socket. */
  get isEmpty(): boolean {
    return this.outgoing.bytes === 0;
  }

  hello(server: string): void {
    const { limits, writer } = this.surroundings;
    writer.begin(2);
    writer.number(Answer.hello);
    const { frameBytesMax, inFlightMax, streamsMax } = limits;
    writeMembers(writer, { server, frameBytesMax, inFlightMax, streamsMax });
    this.send();
  }

  /** Returns the bytes that it takes. */
  reply(answer: number, id: number, operation: string, output: Output): number {
    const { writer, totals, limits } = this.surroundings;
    writer.begin(3);
    writer.number(answer);
    writer.number(id);
    try {
      writeMembers(writer, output);
    } catch (error) {
      writer.abandon();
      this.refuse(id, operation, error);
      return 0;
    }
    const bytes = writer.frameBytes;
    if (bytes > SMALL_REPLY_BYTES && totals.unsent + bytes > limits.allUnsentBytesMax) {
      writer.abandon();
      this.refuseForNow(id, operation);
      return 0;
    }
    this.send();
    return bytes;
  }

  /** Because there is too much at once; counted, since the operations know nothing of it. */
  refuseForNow(id: number, operation: string): void {
    this.surroundings.totals.overloaded += 1;
    this.refuse(id, operation, overloaded());
  }

  refuse(id: number, operation: string, error: unknown): void {
    const known = error instanceof ServiceError ? error : internalServerError(error);
    // As over HTTP: why the service cannot is told where it was met.
    if (known.status === 500) this.surroundings.onDefect(operation, known.cause ?? known);
    const { writer } = this.surroundings;
    writer.begin(4);
    writer.number(Answer.refusal);
    writer.number(id);
    writer.number(known.status);
    writeMembers(writer, known.toOutput());
    this.send();
  }

  goodbye(reason: string, isFault: boolean): void {
    const { writer } = this.surroundings;
    writer.begin(3);
    writer.number(Answer.goodbye);
    writer.string(reason);
    writer.boolean(isFault);
    this.send();
  }

  /** What the writer has. */
  private send(): void {
    const before = this.outgoing.bytes;
    this.outgoing.add(this.surroundings.writer.end());
    this.noteUnsent(this.unsentBytes + this.outgoing.bytes - before);
    this.onWritten();
  }

  flush(): void {
    if (!this.isEmpty && !this.socket.destroyed) this.socket.write(this.outgoing.take());
    this.update();
    // Who takes nothing for that long loses the connection. (The socket's own timer looks at what was taken.)
    if (this.unsentBytes > 0) this.socket.setTimeout(this.surroundings.limits.slowReaderMs);
  }

  onDrain(): void {
    this.socket.setTimeout(0);
    this.update();
  }

  /** Looks how much the system has taken. */
  update(): void {
    this.noteUnsent(this.socket.destroyed ? 0 : this.socket.writableLength + this.outgoing.bytes);
  }

  private noteUnsent(bytes: number): void {
    this.surroundings.totals.unsent += bytes - this.unsentBytes;
    this.unsentBytes = bytes;
  }
}

export function overloaded(message = 'The server is at its limit of requests; retry later'): ServiceError {
  return new ServiceError('ServiceUnavailableException', message);
}

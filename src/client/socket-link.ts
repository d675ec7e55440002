/** One connection to the server: hellos, frames, and which reply belongs to which request. No second attempts here. */
import { connect, type Socket } from 'node:net';
import { MsgpackReader } from '../encoding/msgpack-reader.js';
import { ProtocolError } from '../protocol/errors.js';
import { Answer, Ask, checkServerPreamble, clientPreamble } from '../protocol/format.js';
import { FrameAssembler, type FrameSink } from '../protocol/frame-assembler.js';
import { REPLY_BYTES_MAX } from '../protocol/limits.js';
import { MessageWriter } from '../protocol/message-writer.js';
import { Outgoing } from '../protocol/outgoing.js';
import { readLastValue } from '../protocol/value-reader.js';
import { writeMembers } from '../protocol/value-writer.js';
import type { Clock } from '../vfs/clock.js';
import { VarveError } from './errors.js';
import type { Carried } from './operation-input.js';

/** Nothing they do awaits anything, so one serves all connections. */
const reader = new MsgpackReader();
const writer = new MessageWriter();

/** Waits for replies to one request. */
export interface Waiter {
  onReply(output: Carried, bytes: number): void;
  onPage(output: Carried, bytes: number): void;
  onRefusal(status: number, error: Carried): void;
  /** The connection is gone; whatever was sent may have been done. */
  onLost(cause: Error): void;
}

export interface ServerHello {
  readonly server: string;
  readonly frameBytesMax: number;
  readonly inFlightMax: number;
  readonly streamsMax: number;
}

export interface LinkOptions {
  readonly path: string;
  readonly region?: string | undefined;
  readonly accountId?: string | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const ID_LIMIT = 2 ** 32;

export class SocketLink implements FrameSink {
  hello: ServerHello | undefined;
  /** The server has said goodbye: it answers what it has, and takes nothing more. */
  isLeaving = false;
  private readonly assembler = new FrameAssembler(REPLY_BYTES_MAX, this);
  private readonly waiters = new Map<number, Waiter>();
  /** Ids of those among them that wait for pages. */
  private readonly streams = new Set<number>();
  private readonly outgoing = new Outgoing();
  private lastId = 0;
  private failure: Error | undefined;
  private onHello: (() => void) | undefined;
  private onGone: ((cause: Error) => void) | undefined;
  private onAnswered: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk) => this.receive(chunk as Buffer));
    socket.on('error', (error) => {
      this.failure ??= error;
    });
    socket.on('close', () => this.lose(this.failure ?? new Error('the server closed the connection')));
  }

  /** Rejects with a `VarveError` when there is no server, or not the right one, or not in time. */
  static open(options: LinkOptions): Promise<SocketLink> {
    const link = new SocketLink(connect({ path: options.path }));
    const { region, accountId } = options;
    link.socket.write(clientPreamble());
    link.write([Ask.hello], { region, accountId });
    return new Promise((resolve, reject) => {
      const timer = options.clock.after(options.timeoutMs, () =>
        link.fail(new Error('the server says nothing')),
      );
      link.onHello = () => {
        timer.cancel();
        resolve(link);
      };
      link.onGone = (cause) => {
        timer.cancel();
        const name = cause instanceof ProtocolError ? 'ProtocolError' : 'ConnectionFailed';
        reject(new VarveError(name, `cannot connect to ${options.path}: ${cause.message}`, { cause }));
      };
    });
  }

  /** `onAnswered` is called when another request may be sent, `onGone` once, before the waiters are told. */
  observe(callbacks: { readonly onAnswered: () => void; readonly onGone: () => void }): void {
    this.onAnswered = callbacks.onAnswered;
    this.onGone = callbacks.onGone;
  }

  /** Whether the server would take another request, or another stream. */
  hasRoom(isStream: boolean): boolean {
    const { inFlightMax = 0, streamsMax = 0 } = this.hello ?? {};
    return isStream ? this.streams.size < streamsMax : this.waiters.size - this.streams.size < inFlightMax;
  }

  /** Sends a request. Returns its id; throws a `VarveError` when the server would not take a frame of that size. */
  request(operation: string, input: Carried, waiter: Waiter): number {
    return this.ask((id) => this.write([Ask.request, id, operation], input), waiter);
  }

  /** Likewise for a stream; the server sends pages until `creditBytes` are used up. */
  stream(operation: string, input: Carried, creditBytes: number, waiter: Waiter): number {
    const id = this.ask((id) => this.write([Ask.stream, id, operation, creditBytes], input), waiter);
    this.streams.add(id);
    return id;
  }

  grant(id: number, creditBytes: number): void {
    this.write([Ask.credit, id, creditBytes]);
  }

  cancel(id: number): void {
    this.write([Ask.cancel, id]);
  }

  /** Closes for good. A server that does not take part in it does not keep the process. */
  end(): void {
    this.flush();
    this.socket.end();
    this.socket.unref();
  }

  private ask(write: (id: number) => void, waiter: Waiter): number {
    do this.lastId = (this.lastId + 1) % ID_LIMIT;
    while (this.waiters.has(this.lastId));
    const id = this.lastId;
    write(id);
    this.waiters.set(id, waiter);
    return id;
  }

  private write(head: readonly (number | string)[], input?: Carried): void {
    writer.begin(head.length + (input === undefined ? 0 : 1));
    try {
      for (const element of head) {
        if (typeof element === 'number') writer.number(element);
        else writer.string(element);
      }
      if (input !== undefined) writeMembers(writer, input);
      this.checkLength(writer.frameBytes);
    } catch (error) {
      writer.abandon();
      throw error;
    }
    // What is asked in one go leaves in one go.
    if (this.outgoing.bytes === 0) process.nextTick(() => this.flush());
    this.outgoing.add(writer.end());
  }

  private checkLength(bytes: number): void {
    if (this.hello === undefined || bytes <= this.hello.frameBytesMax) return;
    throw new VarveError('ProtocolError', `a request of ${bytes} bytes is larger than the server takes`);
  }

  private flush(): void {
    if (this.outgoing.bytes === 0) return;
    const bytes = this.outgoing.take();
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  private receive(chunk: Buffer): void {
    try {
      this.assembler.push(chunk);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  onPreamble(bytes: Buffer): void {
    checkServerPreamble(bytes);
  }

  onFrame(bytes: Buffer, start: number, end: number): void {
    reader.reset(bytes, start, end);
    reader.readListLength();
    const answer = reader.readUint32();
    if (answer === Answer.hello) {
      this.hello = readLastValue(reader) as ServerHello;
      this.onHello?.();
    } else if (answer === Answer.goodbye) {
      this.onGoodbye(reader.readString(), reader.readBoolean());
    } else {
      this.onAnswer(answer, reader.readUint32(), end - start);
    }
  }

  private onGoodbye(reason: string, isFault: boolean): void {
    this.isLeaving = true;
    this.failure = isFault ? new ProtocolError('MALFORMED', reason) : new Error(reason);
  }

  private onAnswer(answer: number, id: number, bytes: number): void {
    const waiter = this.waiters.get(id);
    if (waiter === undefined) return;
    const status = answer === Answer.refusal ? reader.readUint32() : 0;
    const output = readLastValue(reader) as Carried;
    if (answer === Answer.page) {
      waiter.onPage(output, bytes);
      return;
    }
    this.waiters.delete(id);
    this.streams.delete(id);
    if (answer === Answer.refusal) waiter.onRefusal(status, output);
    else waiter.onReply(output, bytes);
    this.onAnswered?.();
  }

  private fail(error: Error): void {
    this.failure = error;
    this.assembler.stop();
    this.socket.destroy();
  }

  private lose(cause: Error): void {
    this.isLeaving = true;
    this.onGone?.(cause);
    const waiters = [...this.waiters.values()];
    this.waiters.clear();
    for (const waiter of waiters) waiter.onLost(cause);
  }
}

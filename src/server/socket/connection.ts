/**
 * One client of the socket: its frames in, its replies out.
 *
 * Whoever does not take its replies is not read from, and whoever has many requests without a reply neither, so that a
 * client cannot make more work than it waits for. What several replies of one turn of the event loop leave behind goes to
 * the system in one piece.
 */
import type { Socket } from 'node:net';
import { internalServerError, ServiceError, serializationError } from '../../api/service-error.js';
import type { Api, Output, RequestContext } from '../../api/types.js';
import { ProtocolError } from '../../protocol/errors.js';
import { Answer, answerPreamble, NO_VERSION, serverPreamble } from '../../protocol/format.js';
import { FrameAssembler } from '../../protocol/frame-assembler.js';
import { callerOf } from '../caller.js';
import { SMALL_REPLY_BYTES, type SocketLimits } from '../limits.js';
import { type Hello, type MessageSink, readMessage } from './message-reader.js';
import type { MessageWriter } from './message-writer.js';
import { Outgoing } from './outgoing.js';
import { writeOutput } from './output-writer.js';
import { RangeStream } from './range-stream.js';

/** What a request without a reply is counted as, besides its bytes. */
const REQUEST_OVERHEAD_BYTES = 512;

/** What all connections share. */
export interface Surroundings {
  readonly api: Api;
  readonly limits: SocketLimits;
  readonly writer: MessageWriter;
  /** In bytes, of all connections. */
  readonly totals: { receiving: number; inFlight: number; unsent: number };
  readonly serverName: string;
  now(): number;
  /** Calls `flush` of this connection soon. */
  flushLater(connection: Connection): void;
  onClosed(connection: Connection): void;
  /** What is no fault of the client. */
  onDefect(operation: string, cause: unknown): void;
}

const STOPPING = 'the server is stopping';

export class Connection implements MessageSink {
  private readonly assembler: FrameAssembler;
  private readonly outgoing = new Outgoing();
  private readonly streams = new Map<number, RangeStream>();
  private context: RequestContext | undefined;
  private inFlight = 0;
  private receivingBytes = 0;
  private unsentBytes = 0;
  private hasAnswered = false;
  private isPaused = false;
  private isEnding = false;
  /** Of the frame that is being read. */
  private frameBytes = 0;
  /** When the wait for the hello or for the rest of a frame began. */
  private waitingSince: number | undefined;
  isFlushDue = false;

  constructor(
    private readonly socket: Socket,
    private readonly surroundings: Surroundings,
  ) {
    this.assembler = new FrameAssembler(surroundings.limits.frameBytesMax, this);
    this.waitingSince = surroundings.now();
    socket.on('data', (chunk) => this.receive(() => this.assembler.push(chunk as Buffer)));
    socket.on('drain', () => this.onDrain());
    socket.on('timeout', () => socket.destroy());
    // A client that is gone: 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.onClose());
  }

  /** Requests and streams without their last reply. */
  get pending(): number {
    return this.inFlight + this.streams.size;
  }

  // From the client

  private receive(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(error.message, true);
      return;
    }
    this.noteReceiving(this.assembler.heldBytes);
    if (this.context !== undefined) {
      if (this.receivingBytes === 0) this.waitingSince = undefined;
      else this.waitingSince ??= this.surroundings.now();
    }
  }

  private noteReceiving(bytes: number): void {
    const { totals, limits } = this.surroundings;
    const more = bytes - this.receivingBytes;
    this.receivingBytes = bytes;
    totals.receiving += more;
    if (more > 0 && totals.receiving > limits.receivingBytesMax) {
      this.end('too many large frames are arriving at the same time', true);
    }
  }

  onPreamble(bytes: Buffer): void {
    const { version, answer } = answerPreamble(bytes);
    this.hasAnswered = true;
    this.socket.write(answer);
    if (version === NO_VERSION) this.close();
  }

  onFrame(bytes: Buffer, start: number, end: number): void {
    this.frameBytes = end - start;
    // A frame that came in pieces was waited for; the next one has all its time.
    if (this.receivingBytes > 0) this.noteReceiving(0);
    readMessage(bytes, start, end, this.surroundings.limits.frameValuesMax, this);
  }

  onHello(hello: Hello): void {
    if (this.context !== undefined) throw new ProtocolError('MALFORMED', 'a second hello');
    this.context = { ...callerOf(hello.accountId, hello.region), encodedItems: true };
    const { limits, serverName, writer } = this.surroundings;
    writer.begin(2);
    writer.number(Answer.hello);
    writeOutput(writer, {
      server: serverName,
      frameBytesMax: limits.frameBytesMax,
      inFlightMax: limits.inFlightMax,
      streamsMax: limits.streamsMax,
    });
    this.send();
  }

  onRequest(id: number, operation: string, input: unknown, credit: number | undefined): void {
    const { context } = this;
    if (context === undefined) throw new ProtocolError('MALFORMED', 'the first frame is no hello');
    if (credit !== undefined) {
      this.startStream(id, operation, input, credit, context);
      return;
    }
    const { api, totals, limits } = this.surroundings;
    if (totals.inFlight > limits.inFlightBytesMax) {
      this.refuse(id, operation, overloaded());
      return;
    }
    let output: Output | Promise<Output>;
    try {
      output = api.respond(operation, input, context);
    } catch (error) {
      this.refuse(id, operation, error);
      return;
    }
    if (output instanceof Promise) this.replyLater(id, operation, output);
    else this.reply(Answer.reply, id, operation, output);
  }

  private replyLater(id: number, operation: string, output: Promise<Output>): void {
    const { totals, limits } = this.surroundings;
    const bytes = this.frameBytes + REQUEST_OVERHEAD_BYTES;
    totals.inFlight += bytes;
    this.inFlight += 1;
    if (this.inFlight >= limits.inFlightMax) this.pause();
    const done = () => {
      totals.inFlight -= bytes;
      this.inFlight -= 1;
      this.resumeIfPossible();
    };
    output.then(
      (value) => {
        this.reply(Answer.reply, id, operation, value);
        done();
      },
      (error) => {
        this.refuse(id, operation, error);
        done();
      },
    );
  }

  private startStream(
    id: number,
    operation: string,
    input: unknown,
    credit: number,
    context: RequestContext,
  ): void {
    const { limits } = this.surroundings;
    if (this.streams.has(id)) throw new ProtocolError('MALFORMED', `stream ${id} is there already`);
    if (operation !== 'Query' && operation !== 'Scan') {
      this.refuse(id, operation, serializationError('Only Query and Scan can be streams'));
      return;
    }
    if (this.streams.size >= limits.streamsMax) {
      this.refuse(id, operation, overloaded());
      return;
    }
    const stream = new RangeStream(
      this.surroundings.api,
      { operation, input, credit },
      {
        ...context,
        pageBytesMax: limits.streamPageBytes,
      },
    );
    this.streams.set(id, stream);
    void this.answerStream(id, operation, stream);
  }

  private async answerStream(id: number, operation: string, stream: RangeStream): Promise<void> {
    try {
      const last = await stream.run({
        page: (output) => this.reply(Answer.page, id, operation, output),
        isClogged: () => this.isClogged,
      });
      this.reply(Answer.reply, id, operation, last);
    } catch (error) {
      this.refuse(id, operation, error);
    }
    this.streams.delete(id);
    this.closeIfDone();
  }

  onUnreadable(id: number, reason: string): void {
    this.refuse(id, '?', serializationError(reason));
  }

  onCredit(id: number, bytes: number): void {
    this.streams.get(id)?.addCredit(bytes);
  }

  onCancel(id: number): void {
    this.streams.get(id)?.cancel();
  }

  // To the client

  /** Returns the bytes that it took. */
  private reply(answer: number, id: number, operation: string, output: Output): number {
    const { writer, totals, limits } = this.surroundings;
    writer.begin(3);
    writer.number(answer);
    writer.number(id);
    try {
      writeOutput(writer, output);
    } catch (error) {
      writer.abandon();
      this.refuse(id, operation, error);
      return 0;
    }
    const bytes = writer.frameBytes;
    if (bytes > SMALL_REPLY_BYTES && totals.unsent + bytes > limits.allUnsentBytesMax) {
      writer.abandon();
      this.refuse(id, operation, overloaded());
      return 0;
    }
    this.send();
    return bytes;
  }

  private refuse(id: number, operation: string, error: unknown): void {
    const known = error instanceof ServiceError ? error : internalServerError(error);
    // As over HTTP: why the service cannot is told where it was met.
    if (known.status === 500) this.surroundings.onDefect(operation, known.cause ?? known);
    const { writer } = this.surroundings;
    writer.begin(4);
    writer.number(Answer.refusal);
    writer.number(id);
    writer.number(known.status);
    writeOutput(writer, known.toOutput());
    this.send();
  }

  /** What the writer has. */
  private send(): void {
    const before = this.outgoing.bytes;
    this.outgoing.add(this.surroundings.writer.end());
    const more = this.outgoing.bytes - before;
    this.unsentBytes += more;
    this.surroundings.totals.unsent += more;
    this.surroundings.flushLater(this);
    if (this.isClogged) this.pause();
  }

  private get isClogged(): boolean {
    return this.unsentBytes > this.surroundings.limits.unsentBytesMax;
  }

  flush(): void {
    if (this.outgoing.bytes > 0 && !this.socket.destroyed) this.socket.write(this.outgoing.take());
    this.noteUnsent();
    // Who takes nothing for that long loses the connection. (The socket's own timer looks at what was taken.)
    if (this.unsentBytes > 0) this.socket.setTimeout(this.surroundings.limits.slowReaderMs);
    this.resumeIfPossible();
    this.closeIfDone();
  }

  private noteUnsent(): void {
    const bytes = this.socket.destroyed ? 0 : this.socket.writableLength;
    this.surroundings.totals.unsent += bytes - this.unsentBytes;
    this.unsentBytes = bytes;
  }

  private onDrain(): void {
    this.socket.setTimeout(0);
    this.noteUnsent();
    for (const stream of this.streams.values()) stream.onDrain();
    this.resumeIfPossible();
    this.closeIfDone();
  }

  // Back-pressure

  private pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    this.assembler.pause();
    this.socket.pause();
  }

  private resumeIfPossible(): void {
    if (!this.isPaused || this.isClogged || this.inFlight >= this.surroundings.limits.inFlightMax) return;
    this.isPaused = false;
    this.receive(() => this.assembler.resume());
    if (!this.isPaused) this.socket.resume();
  }

  // The end

  /** For a connection that is one too many: it is told so whatever it says. */
  turnAway(): void {
    this.end('the server has as many connections as it may have', false);
  }

  /** Called now and then: has the client taken too long? */
  checkTime(now: number): void {
    const { limits } = this.surroundings;
    if (this.waitingSince === undefined || this.isEnding) return;
    const allowed = this.context === undefined ? limits.helloMs : limits.frameMs;
    if (now - this.waitingSince > allowed) this.end('a frame took too long to arrive', true);
  }

  /** Answers what was asked already, then closes. */
  stop(): void {
    for (const stream of this.streams.values()) stream.stop(overloaded(STOPPING));
    this.end(STOPPING, false);
  }

  /** Says why, and that nothing more will be read. */
  private end(reason: string, isFault: boolean): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.assembler.stop();
    this.noteReceiving(0);
    if (isFault) for (const stream of this.streams.values()) stream.cancel();
    if (!this.hasAnswered) this.socket.write(serverPreamble());
    const { writer } = this.surroundings;
    writer.begin(3);
    writer.number(Answer.goodbye);
    writer.string(reason);
    writer.boolean(isFault);
    this.send();
  }

  private closeIfDone(): void {
    if (this.isEnding && this.pending === 0 && this.outgoing.bytes === 0) this.close();
  }

  /** Once what was written is taken. */
  private close(): void {
    this.isEnding = true;
    this.assembler.stop();
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private onClose(): void {
    this.isEnding = true;
    this.assembler.stop();
    this.noteReceiving(0);
    this.noteUnsent();
    for (const stream of this.streams.values()) stream.cancel();
    this.surroundings.onClosed(this);
  }
}

function overloaded(message = 'The server is at its limit of requests; retry later'): ServiceError {
  return new ServiceError('ServiceUnavailableException', message);
}

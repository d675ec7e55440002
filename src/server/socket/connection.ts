/**
 * One client of the socket: its frames in, its replies out.
 *
 * Whoever does not take its replies is not read from, and whoever has many requests without a reply neither, so that a
 * client cannot make more work than it waits for.
 */
import type { Socket } from 'node:net';
import { serializationError } from '../../api/service-error.js';
import type { Api, Output, RequestContext } from '../../api/types.js';
import { ProtocolError } from '../../protocol/errors.js';
import { Answer, answerPreamble, NO_VERSION, serverPreamble } from '../../protocol/format.js';
import { FrameAssembler } from '../../protocol/frame-assembler.js';
import { callerOf } from '../caller.js';
import { TURN_STRIDE } from '../limits.js';
import { type Hello, type MessageSink, readMessage } from './message-reader.js';
import { RangeStream } from './range-stream.js';
import { type ChannelSurroundings, overloaded, ReplyChannel } from './reply-channel.js';

/** What a request without a reply is counted as, besides its bytes. */
const REQUEST_OVERHEAD_BYTES = 512;

/** What all connections share. */
export interface Surroundings extends ChannelSurroundings {
  readonly api: Api;
  /** In bytes, of all connections. */
  readonly totals: { receiving: number; inFlight: number; unsent: number; overloaded: number };
  readonly serverName: string;
  now(): number;
  /** Calls `flush` of this connection soon. */
  flushLater(connection: Connection): void;
  onClosed(connection: Connection): void;
}

const STOPPING = 'the server is stopping';

export class Connection implements MessageSink {
  private readonly assembler: FrameAssembler;
  private readonly channel: ReplyChannel;
  private readonly streams = new Map<number, RangeStream>();
  private context: RequestContext | undefined;
  private inFlight = 0;
  private receivingBytes = 0;
  private hasAnswered = false;
  private isPaused = false;
  private isEnding = false;
  /** Of the frame that is being read. */
  private frameBytes = 0;
  /** When the wait for the hello or for the rest of a frame began. */
  private waitingSince: number | undefined;
  /** Frames read in this turn of the event loop; since when, is known once there are some. */
  private turnFrames = 0;
  private turnSince = 0;
  isFlushDue = false;

  constructor(
    private readonly socket: Socket,
    private readonly surroundings: Surroundings,
  ) {
    this.channel = new ReplyChannel(socket, surroundings, this.onWritten);
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
    this.turnFrames = 0;
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
      totals.overloaded += 1;
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
    if (this.receivingBytes > 0) {
      this.noteReceiving(0);
      this.waitingSince = undefined;
    }
    readMessage(bytes, start, end, this.surroundings.limits.frameValuesMax, this);
    this.turnFrames += 1;
    if (this.turnFrames % TURN_STRIDE === 0) this.endTurnInTime();
  }

  /** Much of what a client sends at once may be answered at once: the rest of it waits until others had their turn. */
  private endTurnInTime(): void {
    const now = this.surroundings.now();
    if (this.turnFrames === TURN_STRIDE) {
      this.turnSince = now;
    } else if (now - this.turnSince > this.surroundings.limits.turnMs) {
      this.pause();
      this.surroundings.flushLater(this);
    }
  }

  onHello(hello: Hello): void {
    if (this.context !== undefined) throw new ProtocolError('MALFORMED', 'a second hello');
    this.context = { ...callerOf(hello.accountId, hello.region), encodedItems: true };
    this.channel.hello(this.surroundings.serverName);
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
      this.channel.refuseForNow(id, operation);
      return;
    }
    let output: Output | Promise<Output>;
    try {
      output = api.respond(operation, input, context);
    } catch (error) {
      this.channel.refuse(id, operation, error);
      return;
    }
    if (output instanceof Promise) this.replyLater(id, operation, output);
    else this.channel.reply(Answer.reply, id, operation, output);
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
        this.channel.reply(Answer.reply, id, operation, value);
        done();
      },
      (error) => {
        this.channel.refuse(id, operation, error);
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
      this.channel.refuse(id, operation, serializationError('Only Query and Scan can be streams'));
      return;
    }
    if (this.streams.size >= limits.streamsMax) {
      this.channel.refuseForNow(id, operation);
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
        page: (output) => this.channel.reply(Answer.page, id, operation, output),
        isClogged: () => this.channel.isClogged,
      });
      this.channel.reply(Answer.reply, id, operation, last);
    } catch (error) {
      this.channel.refuse(id, operation, error);
    }
    this.streams.delete(id);
    this.closeIfDone();
  }

  onUnreadable(id: number, reason: string): void {
    this.channel.refuse(id, '?', serializationError(reason));
  }

  onCredit(id: number, bytes: number): void {
    this.streams.get(id)?.addCredit(bytes);
  }

  onCancel(id: number): void {
    this.streams.get(id)?.cancel();
  }

  // To the client

  private readonly onWritten = (): void => {
    this.surroundings.flushLater(this);
    if (this.channel.isClogged) this.pause();
  };

  flush(): void {
    this.channel.flush();
    this.resumeIfPossible();
    this.closeIfDone();
  }

  private onDrain(): void {
    this.channel.onDrain();
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
    if (!this.isPaused || this.channel.isClogged || this.inFlight >= this.surroundings.limits.inFlightMax)
      return;
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
    this.channel.goodbye(reason, isFault);
  }

  private closeIfDone(): void {
    if (this.isEnding && this.pending === 0 && this.channel.isEmpty) this.close();
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
    this.channel.update();
    for (const stream of this.streams.values()) stream.cancel();
    this.surroundings.onClosed(this);
  }
}

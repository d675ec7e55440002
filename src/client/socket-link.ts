/** One connection to the server: hellos, frames, and which reply belongs to which request. No second attempts here. */
import { connect, type Socket } from 'node:net';
import { addExtension, Packr, Unpackr } from 'msgpackr';
import { EncodedItem, EncodedValue } from '../encoding/encoded-item.js';
import { ProtocolError } from '../protocol/errors.js';
import { Answer, Ask, checkServerPreamble, clientPreamble, Extension } from '../protocol/format.js';
import { FrameAssembler, type FrameSink, LENGTH_BYTES } from '../protocol/frame-assembler.js';
import { REPLY_BYTES_MAX } from '../protocol/limits.js';
import type { Clock } from '../vfs/clock.js';
import { refusal, VarveError } from './errors.js';
import { setMember } from './native-value.js';
import type { Carried } from './operation-input.js';

const bytesOf = ({ bytes, start, end }: EncodedItem | EncodedValue) => bytes.subarray(start, end);

// Their declared types want a class of one type argument and a result that is no view.
const register = addExtension as unknown as (extension: object) => void;
register({
  Class: EncodedItem,
  type: Extension.item,
  pack: bytesOf,
  unpack: (bytes: Uint8Array) => new EncodedItem(bytes, 0, bytes.length),
});
register({ Class: EncodedValue, type: Extension.value, pack: bytesOf });

const packr = new Packr({ useRecords: false, variableMapSize: true });
/** Maps, since `__proto__` may be a key. */
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false });

function toObject(value: unknown): unknown {
  if (value instanceof Map) {
    const object: Record<string, unknown> = {};
    for (const [name, member] of value) setMember(object, String(name), toObject(member));
    return object;
  }
  return Array.isArray(value) ? value.map(toObject) : value;
}

/** Waits for replies to one request. */
export interface Waiter {
  onReply(output: Carried, bytes: number): void;
  onPage(output: Carried, bytes: number): void;
  onRefusal(error: VarveError): void;
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
  private outgoing: Buffer[] = [];
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
    link.write([Ask.hello, { ...(region && { region }), ...(accountId && { accountId }) }]);
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

  get pending(): number {
    return this.waiters.size;
  }

  /** Whether the server would take another request, or another stream. */
  hasRoom(isStream: boolean): boolean {
    const { inFlightMax = 0, streamsMax = 0 } = this.hello ?? {};
    return isStream ? this.streams.size < streamsMax : this.waiters.size - this.streams.size < inFlightMax;
  }

  /** Sends a request. Returns its id; throws a `VarveError` when the server would not take a frame of that size. */
  request(operation: string, input: Carried, waiter: Waiter): number {
    return this.ask((id) => [Ask.request, id, operation, input], waiter);
  }

  /** Likewise for a stream; the server sends pages until `creditBytes` are used up. */
  stream(operation: string, input: Carried, creditBytes: number, waiter: Waiter): number {
    const id = this.ask((id) => [Ask.stream, id, operation, creditBytes, input], waiter);
    this.streams.add(id);
    return id;
  }

  grant(id: number, creditBytes: number): void {
    this.write([Ask.credit, id, creditBytes]);
  }

  cancel(id: number): void {
    this.write([Ask.cancel, id]);
  }

  /** Closes for good. */
  end(): void {
    this.socket.end();
  }

  private ask(message: (id: number) => readonly unknown[], waiter: Waiter): number {
    do this.lastId = (this.lastId + 1) % ID_LIMIT;
    while (this.waiters.has(this.lastId));
    const id = this.lastId;
    this.write(message(id));
    this.waiters.set(id, waiter);
    return id;
  }

  private write(message: readonly unknown[]): void {
    const bytes = packr.pack(message);
    if (this.hello !== undefined && bytes.length > this.hello.frameBytesMax) {
      throw new VarveError(
        'ProtocolError',
        `a request of ${bytes.length} bytes is larger than the server takes`,
      );
    }
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32BE(bytes.length);
    this.outgoing.push(length, bytes);
    // What is asked in one go leaves in one go.
    if (this.outgoing.length === 2) process.nextTick(() => this.flush());
  }

  private flush(): void {
    const { outgoing } = this;
    this.outgoing = [];
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(outgoing));
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
    const message = unpackr.unpack(bytes.subarray(start, end)) as readonly unknown[];
    const [answer, id] = message;
    if (answer === Answer.hello) {
      this.hello = toObject(id) as ServerHello;
      this.onHello?.();
      return;
    }
    if (answer === Answer.goodbye) {
      this.isLeaving = true;
      if (message[2] === true) this.failure = new ProtocolError('MALFORMED', String(id));
      else this.failure ??= new Error(String(id));
      return;
    }
    const waiter = this.waiters.get(id as number);
    if (waiter === undefined) return;
    if (answer === Answer.page) {
      waiter.onPage(toObject(message[2]) as Carried, end - start);
      return;
    }
    this.waiters.delete(id as number);
    this.streams.delete(id as number);
    if (answer === Answer.reply) waiter.onReply(toObject(message[2]) as Carried, end - start);
    else waiter.onRefusal(refusal(Number(message[2]), toObject(message[3]) as Carried));
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

/**
 * Speaks the protocol of the Unix socket with nothing of Varve's: bytes by hand and a library for MessagePack, as a client
 * in another language would.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { addExtension, Packr, Unpackr } from 'msgpackr';

/** An item on the wire: names and values by turns. */
export class WireItem {
  constructor(readonly entries: readonly unknown[]) {}
}

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false });
addExtension({
  Class: WireItem,
  type: 1,
  pack: (item: WireItem) => packr.pack(item.entries),
  unpack: (bytes: Uint8Array) => new WireItem(unpackr.unpack(bytes) as unknown[]),
} as unknown as Parameters<typeof addExtension>[0]);

export const PREAMBLE = Buffer.from('VARVE\0\u0001\u0001', 'latin1');

export function frame(message: unknown): Buffer {
  return lengthPrefixed(packr.pack(message));
}

export function lengthPrefixed(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export type Message = readonly unknown[];

export class FrameClient {
  private readonly messages: Message[] = [];
  private bytes = Buffer.alloc(0);
  private preambleBytes = 8;
  private wake: (() => void) | undefined;
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => this.receive(chunk as Buffer));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.wake?.();
    });
  }

  /** Without a word. */
  static async connect(path: string): Promise<FrameClient> {
    const socket = connect({ path });
    await once(socket, 'connect');
    return new FrameClient(socket);
  }

  /** Past the hellos. */
  static async open(path: string, hello: object = {}): Promise<FrameClient> {
    const client = await FrameClient.connect(path);
    client.socket.write(Buffer.concat([PREAMBLE, frame([0, hello])]));
    await client.next();
    return client;
  }

  send(...messages: readonly unknown[]): void {
    this.socket.write(Buffer.concat(messages.map(frame)));
  }

  /** The next message; undefined when the connection is closed. */
  async next(): Promise<Message | undefined> {
    while (this.messages.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.messages.shift();
  }

  private receive(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    if (this.preambleBytes > 0 && this.bytes.length >= this.preambleBytes) {
      this.messages.push(['preamble', this.bytes.toString('latin1', 0, 8)]);
      this.bytes = this.bytes.subarray(this.preambleBytes);
      this.preambleBytes = 0;
      if (this.messages.length === 1 && this.bytes.length === 0) this.wake?.();
    }
    if (this.preambleBytes > 0) return;
    while (this.bytes.length >= 4) {
      const end = 4 + this.bytes.readUInt32BE(0);
      if (this.bytes.length < end) break;
      this.messages.push(unpackr.unpack(this.bytes.subarray(4, end)) as Message);
      this.bytes = this.bytes.subarray(end);
    }
    this.wake?.();
  }
}

/**
 * From the pieces in which bytes arrive to whole frames. A frame that arrived in one piece is read where it is; only what
 * is cut in two is copied, into a buffer that grows with what arrives and not with what is announced.
 */
import { ProtocolError } from './errors.js';
import { PREAMBLE_BYTES } from './format.js';
import { ASSEMBLY_BYTES_MIN } from './limits.js';

export const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);

export interface FrameSink {
  /** Called first, once. */
  onPreamble(bytes: Buffer): void;
  /** The bytes of one frame, without its length. They do not change afterwards. */
  onFrame(bytes: Buffer, start: number, end: number): void;
}

export class FrameAssembler {
  /** Begins with a frame that is not complete. */
  private partial = NOTHING;
  private partialBytes = 0;
  /** What has arrived, but is not to be handed on yet. */
  private rest: Buffer | undefined;
  private hasPreamble = false;
  private state: 'open' | 'paused' | 'stopped' = 'open';

  constructor(
    private readonly frameBytesMax: number,
    private readonly sink: FrameSink,
  ) {}

  /** Memory that holds the beginning of a frame. */
  get heldBytes(): number {
    return this.partial.length;
  }

  /** Nothing more is handed on until `resume`. May be called by the sink; nothing is to be pushed meanwhile. */
  pause(): void {
    if (this.state === 'open') this.state = 'paused';
  }

  /** @throws like `push` */
  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'open';
    const { rest } = this;
    this.rest = undefined;
    if (rest !== undefined) this.push(rest);
  }

  /** Nothing more is handed on, ever. */
  stop(): void {
    this.state = 'stopped';
    this.partial = NOTHING;
    this.partialBytes = 0;
    this.rest = undefined;
  }

  /** @throws ProtocolError, and what the sink throws */
  push(chunk: Buffer): void {
    let at = this.partialBytes === 0 ? 0 : this.complete(chunk);
    while (at < chunk.length && this.state === 'open') {
      const end = at + this.lengthAt(chunk, at, chunk.length);
      if (end > chunk.length) {
        this.take(chunk, at, chunk.length, end - at);
        return;
      }
      this.emit(chunk, at, end);
      at = end;
    }
    if (this.state === 'paused' && at < chunk.length) this.rest = chunk.subarray(at);
  }

  /** Of the frame (or preamble) that begins at `start`, with its length field; of that field alone when that is cut. */
  private lengthAt(bytes: Buffer, start: number, end: number): number {
    if (!this.hasPreamble) return PREAMBLE_BYTES;
    if (end - start < LENGTH_BYTES) return LENGTH_BYTES;
    const length = bytes.readUInt32BE(start);
    if (length > this.frameBytesMax) {
      throw new ProtocolError(
        'TOO_LARGE',
        `a frame of ${length} bytes is longer than the ${this.frameBytesMax} that are allowed`,
      );
    }
    return LENGTH_BYTES + length;
  }

  private emit(bytes: Buffer, start: number, end: number): void {
    if (this.hasPreamble) {
      this.sink.onFrame(bytes, start + LENGTH_BYTES, end);
      return;
    }
    this.hasPreamble = true;
    this.sink.onPreamble(bytes.subarray(start, end));
  }

  /** Completes the frame that is held, as far as `chunk` goes. Returns how many of its bytes that took. */
  private complete(chunk: Buffer): number {
    let taken = 0;
    for (;;) {
      const length = this.lengthAt(this.partial, 0, this.partialBytes);
      if (this.partialBytes === length) {
        const whole = this.partial;
        this.partial = NOTHING;
        this.partialBytes = 0;
        this.emit(whole, 0, length);
        return taken;
      }
      const more = Math.min(length - this.partialBytes, chunk.length - taken);
      if (more === 0) return taken;
      this.take(chunk, taken, taken + more, length);
      taken += more;
    }
  }

  /** Appends to what is held of a frame of `length` bytes. */
  private take(chunk: Buffer, start: number, end: number, length: number): void {
    const needed = this.partialBytes + end - start;
    if (needed > this.partial.length) {
      const roomy = Math.min(Math.max(2 * this.partial.length, ASSEMBLY_BYTES_MIN), length);
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, roomy));
      this.partial.copy(grown, 0, 0, this.partialBytes);
      this.partial = grown;
    }
    chunk.copy(this.partial, this.partialBytes, start, end);
    this.partialBytes = needed;
  }
}

/**
 * Writes frames, one behind the other, into slabs that several connections share: a reply costs no buffer of its own, and
 * what a connection is told in one go leaves in one call of the system.
 */
import { LENGTH_BYTES } from './frame-assembler.js';

/** Frames are written one behind the other into buffers of this size. */
const SLAB_BYTES = 64 * 1024;
const EXTENSION_HEADER_BYTES = 6;
/** Up to so many characters, writing them here is faster than a call. */
const SHORT_TEXT_MAX = 40;

export interface WrittenFrame {
  readonly slab: Buffer;
  /** Inclusive. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export class MessageWriter {
  private slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private at = 0;
  private frameStart = 0;

  /** Starts a frame: a list of `elements`. */
  begin(elements: number): void {
    this.frameStart = this.at;
    this.reserve(LENGTH_BYTES + 1);
    this.at += LENGTH_BYTES;
    this.list(elements);
  }

  /** Ends it. Its bytes stay as they are until `rewind`. */
  end(): WrittenFrame {
    const { slab, frameStart: start, at: end } = this;
    slab.writeUInt32BE(end - start - LENGTH_BYTES, start);
    this.frameStart = end;
    // One frame's size is no reason to keep so much for the next.
    if (slab.length > SLAB_BYTES) this.renew();
    return { slab, start, end };
  }

  /** Nothing that was written is needed any more: its memory may be used again. */
  rewind(): void {
    this.at = 0;
    this.frameStart = 0;
  }

  private renew(): void {
    this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.rewind();
  }

  /** Forgets the frame that was begun. */
  abandon(): void {
    this.at = this.frameStart;
  }

  /** Bytes of the frame so far. */
  get frameBytes(): number {
    return this.at - this.frameStart;
  }

  /** Room for `bytes` more: else the frame moves to another slab. */
  private reserve(bytes: number): void {
    if (this.at + bytes <= this.slab.length) return;
    const started = this.at - this.frameStart;
    const size = started + bytes > SLAB_BYTES ? 2 * (started + bytes) : SLAB_BYTES;
    const next = Buffer.allocUnsafeSlow(size);
    this.slab.copy(next, 0, this.frameStart, this.at);
    this.slab = next;
    this.frameStart = 0;
    this.at = started;
  }

  nil(): void {
    this.byte(0xc0);
  }

  boolean(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  /** Integers of 32 bits as such, all others as doubles. */
  number(value: number): void {
    this.reserve(9);
    const { slab } = this;
    if (value >= 0 && value < 0x80 && Number.isInteger(value) && !Object.is(value, -0)) {
      slab[this.at] = value;
      this.at += 1;
    } else if (value > 0 && value >>> 0 === value) {
      slab[this.at] = 0xce;
      this.at = slab.writeUInt32BE(value, this.at + 1);
    } else if ((value | 0) === value && value !== 0) {
      slab[this.at] = 0xd2;
      this.at = slab.writeInt32BE(value, this.at + 1);
    } else {
      slab[this.at] = 0xcb;
      this.at = slab.writeDoubleBE(value, this.at + 1);
    }
  }

  string(text: string): void {
    const { length } = text;
    // No character takes more than three bytes.
    const bytesMax = 3 * length;
    this.reserve(bytesMax + 5);
    if (length <= SHORT_TEXT_MAX && this.shortText(text)) return;
    const headerBytes = bytesMax < 0x100 ? 2 : bytesMax < 0x10000 ? 3 : 5;
    const bytes = this.slab.write(text, this.at + headerBytes, 'utf8');
    this.header(headerBytes, 0xd9, bytes);
    this.at += bytes;
  }

  /** False, and nothing written, unless all of it is ASCII. */
  private shortText(text: string): boolean {
    const { slab } = this;
    const { length } = text;
    const start = this.at + (length < 32 ? 1 : 2);
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return false;
      slab[start + index] = code;
    }
    if (length < 32) {
      slab[this.at] = 0xa0 | length;
    } else {
      slab[this.at] = 0xd9;
      slab[this.at + 1] = length;
    }
    this.at = start + length;
    return true;
  }

  binary(bytes: Uint8Array): void {
    const { length } = bytes;
    this.reserve(length + 5);
    this.header(length < 0x100 ? 2 : length < 0x10000 ? 3 : 5, 0xc4, length);
    this.slab.set(bytes, this.at);
    this.at += length;
  }

  /** A type byte, which tells how long the length behind it is, and that length. */
  private header(headerBytes: number, type8: number, length: number): void {
    const { slab, at } = this;
    if (headerBytes === 2) {
      slab[at] = type8;
      slab[at + 1] = length;
    } else if (headerBytes === 3) {
      slab[at] = type8 + 1;
      slab.writeUInt16BE(length, at + 1);
    } else {
      slab[at] = type8 + 2;
      slab.writeUInt32BE(length, at + 1);
    }
    this.at += headerBytes;
  }

  list(length: number): void {
    this.container(length, 0x90, 0xdc);
  }

  map(size: number): void {
    this.container(size, 0x80, 0xde);
  }

  private container(size: number, fixed: number, type16: number): void {
    this.reserve(5);
    const { slab } = this;
    if (size < 16) {
      slab[this.at] = fixed | size;
      this.at += 1;
    } else if (size < 0x10000) {
      slab[this.at] = type16;
      this.at = slab.writeUInt16BE(size, this.at + 1);
    } else {
      slab[this.at] = type16 + 1;
      this.at = slab.writeUInt32BE(size, this.at + 1);
    }
  }

  /**
   * An extension that is there already: `bytes` from `start` to the end. Its header is the longest of MessagePack's, no
   * shorter than what stands before an item that is stored: so that is copied as well, without a view that leaves it out, and
   * the header written over it.
   */
  extension(type: number, bytes: Uint8Array, start: number): void {
    const length = bytes.length - start;
    this.reserve(length + EXTENSION_HEADER_BYTES);
    const { slab, at } = this;
    const data = at + EXTENSION_HEADER_BYTES;
    if (start <= EXTENSION_HEADER_BYTES) slab.set(bytes, data - start);
    else slab.set(bytes.subarray(start), data);
    slab[at] = 0xc9;
    slab.writeUInt32BE(length, at + 1);
    slab[at + EXTENSION_HEADER_BYTES - 1] = type;
    this.at = data + length;
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.slab[this.at] = byte;
    this.at += 1;
  }
}

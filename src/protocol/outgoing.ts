/** What one connection has been told and the system does not have yet: pieces of slabs, next to each other where possible. */
import type { WrittenFrame } from './message-writer.js';

export class Outgoing {
  private readonly pieces: Buffer[] = [];
  private slab: Buffer | undefined;
  private start = 0;
  private end = 0;

  /** Bytes that wait for `take`. */
  bytes = 0;

  add(frame: WrittenFrame): void {
    this.bytes += frame.end - frame.start;
    if (frame.slab === this.slab && frame.start === this.end) {
      this.end = frame.end;
      return;
    }
    this.close();
    this.slab = frame.slab;
    this.start = frame.start;
    this.end = frame.end;
  }

  private close(): void {
    if (this.slab !== undefined) this.pieces.push(this.slab.subarray(this.start, this.end));
    this.slab = undefined;
  }

  /** All of it in one piece. */
  take(): Buffer {
    this.close();
    const [first] = this.pieces;
    const all = this.pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.pieces);
    this.pieces.length = 0;
    this.bytes = 0;
    return all;
  }
}

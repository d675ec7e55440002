/**
 * The least that a durable append can be: records gather in a buffer while one write to a preallocated file, opened
 * O_DSYNC, is in flight. No checksums, no sequence, no memory of what was written; the file is written in circles.
 */
import { closeSync, constants, fsyncSync, openSync, write, writeSync } from 'node:fs';

const FILE_BYTES = 64 * 1024 * 1024;
const BATCH_BYTES = 1024 * 1024;

export class BareLog {
  readonly #descriptor: number;
  #filling = { buffer: Buffer.alloc(BATCH_BYTES), used: 0, waiting: [] as (() => void)[] };
  #spare = Buffer.alloc(BATCH_BYTES);
  #position = 0;
  #busy = false;

  constructor(path: string) {
    const descriptor = openSync(path, 'w+');
    for (let at = 0; at < FILE_BYTES; at += BATCH_BYTES) writeSync(descriptor, Buffer.alloc(BATCH_BYTES));
    fsyncSync(descriptor);
    closeSync(descriptor);
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_DSYNC);
  }

  /** Resolves when durable. */
  append(parts: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve) => {
      const filling = this.#filling;
      for (const part of parts) {
        filling.buffer.set(part, filling.used);
        filling.used += part.length;
      }
      filling.waiting.push(resolve);
      if (filling.waiting.length === 1 && !this.#busy) setImmediate(() => this.#write());
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(): void {
    const { buffer, used, waiting } = this.#filling;
    if (this.#busy || used === 0) return;
    this.#busy = true;
    this.#filling = { buffer: this.#spare, used: 0, waiting: [] };
    if (this.#position + used > FILE_BYTES) this.#position = 0;
    write(this.#descriptor, buffer, 0, used, this.#position, (error, written) => {
      if (error !== null) throw error;
      if (written !== used) throw new Error('a short write');
      this.#position += used;
      this.#spare = buffer;
      this.#busy = false;
      this.#write();
      for (const resolve of waiting) resolve();
    });
  }
}

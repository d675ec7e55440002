/** Buffers that are used again: a dump fills a gigabyte of them in a quarter of a minute. */
export class PieceBuffers {
  readonly #free: Buffer[] = [];

  constructor(private readonly bytes: number) {}

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** A view of a buffer that was taken, or of a larger one, which is not kept. */
  giveBack({ buffer, byteOffset }: Buffer): void {
    if (byteOffset === 0 && buffer.byteLength === this.bytes) this.#free.push(Buffer.from(buffer));
  }
}

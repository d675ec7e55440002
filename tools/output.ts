/** Standard output and error as a subcommand uses them. */

/** Whatever text goes to. `process.stdout` is one. */
export interface TextStream {
  readonly isTTY?: boolean;
  write(text: string): boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error & { code?: string }) => void): unknown;
  removeListener(event: 'drain' | 'close', listener: () => void): unknown;
}

/**
 * Writes line by line, no faster than they are read. When nobody reads any more (`| head`) it is closed, and what is
 * written goes nowhere.
 */
export class LineOutput {
  readonly #stream: TextStream;
  #closed = false;
  #full = false;

  constructor(stream: TextStream) {
    this.#stream = stream;
    stream.on('error', (error) => {
      if (error.code !== 'EPIPE') throw error;
      this.#closed = true;
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(line: string): void {
    if (!this.#closed) this.#full = !this.#stream.write(`${line}\n`);
  }

  /** Resolves when there is room for more, at once most of the time. */
  async drained(): Promise<void> {
    if (!this.#full || this.#closed) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#stream.removeListener('drain', done);
        this.#stream.removeListener('close', done);
        resolve();
      };
      this.#stream.once('drain', done);
      this.#stream.once('close', done);
    });
    this.#full = false;
  }
}

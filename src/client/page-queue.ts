/** Pages of a range that have arrived and are not read yet. Reading one grants the server as many bytes again. */
import { refusal, VarveError } from './errors.js';
import type { Carried } from './operation-input.js';
import type { SocketLink, Waiter } from './socket-link.js';

interface Page {
  readonly output: Carried;
  readonly bytes: number;
  readonly isLast: boolean;
}

export class PageQueue implements Waiter {
  private readonly pages: Page[] = [];
  private link: SocketLink | undefined;
  private id = 0;
  private isOver = false;
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  /** Once it is sent. */
  attach(link: SocketLink, id: number): void {
    this.link = link;
    this.id = id;
    if (this.error !== undefined) this.cancel();
  }

  /** The next page. Not to be called again after the last. */
  async next(): Promise<Carried> {
    for (;;) {
      if (this.error !== undefined && this.pages.length === 0) throw this.error;
      const page = this.pages.shift();
      if (page !== undefined) {
        if (!page.isLast && !this.isOver) this.link?.grant(this.id, page.bytes);
        return page.output;
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  onPage(output: Carried, bytes: number): void {
    this.pages.push({ output, bytes, isLast: false });
    this.wake?.();
  }

  onReply(output: Carried, bytes: number): void {
    this.isOver = true;
    this.pages.push({ output, bytes, isLast: true });
    this.wake?.();
  }

  onRefusal(status: number, error: Carried): void {
    this.isOver = true;
    this.fail(refusal(status, error, { isWrite: false }));
  }

  onLost(cause: Error): void {
    this.isOver = true;
    this.fail(
      new VarveError('ConnectionLost', `the connection broke within a range: ${cause.message}`, { cause }),
    );
  }

  /** Pages that are there already come first, unless the reader itself gave up. */
  fail(error: Error): void {
    this.error ??= error;
    this.wake?.();
  }

  /** Nobody reads any more. */
  cancel(): void {
    if (!this.isOver) this.link?.cancel(this.id);
    this.isOver = true;
    this.pages.length = 0;
  }
}

/**
 * Calls over a Unix socket that outlive its connections. What was not sent waits for the next connection. What was sent
 * and not answered is repeated only when that changes nothing (see `isRepeatable`); a write fails with `ConnectionLost`,
 * and whoever sent it decides.
 */
import type { Clock, TimerHandle } from '../vfs/clock.js';
import { refusal, VarveError } from './errors.js';
import type { Carried } from './operation-input.js';
import { PageQueue } from './page-queue.js';
import { type LinkOptions, SocketLink, type Waiter } from './socket-link.js';
import { type CallOptions, inputAfter, isRepeatable, isWrite, type Transport } from './transport.js';

/** Between attempts to connect: twice as long each time. */
const RETRY_MS_MIN = 10;
const RETRY_MS_MAX = 1_000;
/** Connections that may break under one read, or under one page of a range. */
const ATTEMPTS_MAX = 4;
/** For how long a write with a token is repeated: the server knows the token for ten minutes. */
const REPEATED_WRITE_MS_MAX = 5 * 60_000;
/** Bytes of a range that the server may send ahead of who reads it. */
const STREAM_CREDIT_BYTES = 1024 * 1024;

export interface SocketTransportOptions {
  readonly path: string;
  readonly region?: string | undefined;
  readonly accountId?: string | undefined;
  /** For each call that does not say otherwise. */
  readonly timeoutMs: number;
  /** For a lost connection to be there again. */
  readonly reconnectMs: number;
  readonly clock: Clock;
}

/** A request that has not been answered, or a range of which the next page is wanted. */
interface Task {
  readonly isStream: boolean;
  /** @throws VarveError when it can never be sent */
  send(link: SocketLink): void;
  fail(error: Error): void;
}

export class SocketTransport implements Transport {
  private link: SocketLink | undefined;
  /** Not sent yet, in the order in which they were asked. */
  private readonly calls = new Set<Task>();
  private readonly streams = new Set<Task>();
  /** Calls that have neither a reply nor an error. */
  private openCalls = 0;
  private isConnecting = false;
  private isClosed = false;
  private idle: Promise<void> | undefined;
  private onIdle: (() => void) | undefined;
  private readonly ranges = new Set<PageQueue>();

  private constructor(private readonly options: SocketTransportOptions) {}

  /** Rejects with a `VarveError` when the server cannot be reached at once. */
  static async connect(options: SocketTransportOptions): Promise<SocketTransport> {
    const transport = new SocketTransport(options);
    transport.adopt(await SocketLink.open(transport.linkOptions()));
    return transport;
  }

  private linkOptions(): LinkOptions {
    return { ...this.options, timeoutMs: this.options.reconnectMs };
  }

  call(operation: string, input: Carried, options: CallOptions): Promise<Carried> {
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      this.openCalls += 1;
      const { clock } = this.options;
      const isSafe = isRepeatable(operation, input);
      const changes = isWrite(operation);
      const wait = this.startWait(options, changes, (error) => finish(() => reject(error)));
      let attempts = 0;
      let firstSentMs: number | undefined;
      const finish = (settle: () => void) => {
        if (wait.isOver) return;
        wait.end();
        this.calls.delete(task);
        this.openCalls -= 1;
        settle();
        this.noteIdle();
      };
      const waiter: Waiter = {
        onReply: (output) => finish(() => resolve(output)),
        onPage: () => undefined,
        onRefusal: (status, error) =>
          finish(() => reject(refusal(status, error, { isWrite: changes, wasSentBefore: attempts > 0 }))),
        onLost: (cause) => {
          if (wait.isOver) return;
          attempts += 1;
          if (isSafe && attempts < ATTEMPTS_MAX) this.ask(task);
          else finish(() => reject(connectionLost(cause, changes)));
        },
      };
      const task: Task = {
        isStream: false,
        send: (link) => {
          if (changes && clock.monotonic() - (firstSentMs ?? clock.monotonic()) > REPEATED_WRITE_MS_MAX)
            throw new Error('it is too late to repeat it');
          link.request(operation, input, waiter);
          firstSentMs ??= clock.monotonic();
          wait.isSent = true;
        },
        // What was sent once may have been done, whatever keeps it from being sent again.
        fail: (error) => finish(() => reject(changes && wait.isSent ? connectionLost(error, true) : error)),
      };
      this.ask(task);
    });
  }

  async *pages(
    operation: 'Query' | 'Scan',
    input: Carried,
    options: CallOptions,
  ): AsyncGenerator<Carried, void, undefined> {
    let rest: Carried | undefined = input;
    let attempts = 0;
    while (rest !== undefined) {
      const queue = new PageQueue();
      const from: Carried = rest;
      const task: Task = {
        isStream: true,
        send: (link) => queue.attach(link, link.stream(operation, from, STREAM_CREDIT_BYTES, queue)),
        fail: (error) => queue.fail(error),
      };
      this.ranges.add(queue);
      this.ask(task);
      try {
        for (;;) {
          const page = await this.nextPage(queue, options);
          attempts = 0;
          rest = inputAfter(rest ?? from, page);
          yield page;
          if (rest === undefined) return;
        }
      } catch (error) {
        attempts += 1;
        // A read goes on where it was.
        if (!(error instanceof VarveError && error.name === 'ConnectionLost') || attempts >= ATTEMPTS_MAX)
          throw error;
      } finally {
        this.streams.delete(task);
        this.ranges.delete(queue);
        queue.cancel();
      }
    }
  }

  private async nextPage(queue: PageQueue, options: CallOptions): Promise<Carried> {
    options.signal?.throwIfAborted();
    const wait = this.startWait(options, false, (error) => queue.fail(error));
    try {
      return await queue.next();
    } finally {
      wait.end();
    }
  }

  /** Calls `onOver` when the wait for a reply has been too long, or is not wanted any more. */
  private startWait({ signal, timeoutMs }: CallOptions, changes: boolean, onOver: (reason: Error) => void) {
    const wait = {
      isSent: false,
      isOver: false,
      end: () => {
        wait.isOver = true;
        timer.cancel();
        signal?.removeEventListener('abort', abort);
      },
    };
    const abort = () => onOver(signal?.reason as Error);
    const allowedMs = timeoutMs ?? this.options.timeoutMs;
    const timer = this.options.clock.after(allowedMs, () => {
      const mayHaveTakenEffect = wait.isSent && changes;
      onOver(new VarveError('TimeoutError', `no reply within ${allowedMs} ms`, { mayHaveTakenEffect }));
    });
    signal?.addEventListener('abort', abort);
    return wait;
  }

  private ask(task: Task): void {
    if (this.isClosed) {
      task.fail(closedError());
      return;
    }
    (task.isStream ? this.streams : this.calls).add(task);
    this.pump();
  }

  /** Sends what may be sent. */
  private pump(): void {
    const { link } = this;
    if (link !== undefined && !link.isLeaving) {
      this.send(link, this.calls);
      this.send(link, this.streams);
    } else if (this.calls.size + this.streams.size > 0) {
      void this.reconnect();
    }
    this.noteIdle();
  }

  private send(link: SocketLink, tasks: Set<Task>): void {
    for (const task of tasks) {
      if (!link.hasRoom(task.isStream)) return;
      tasks.delete(task);
      try {
        task.send(link);
      } catch (error) {
        task.fail(error as Error);
      }
    }
  }

  private noteIdle(): void {
    if (this.isClosed && this.isIdle) this.onIdle?.();
  }

  private get isIdle(): boolean {
    return this.openCalls === 0;
  }

  private adopt(link: SocketLink): void {
    this.link = link;
    link.observe({
      onAnswered: () => this.pump(),
      onGone: () => {
        if (this.link === link) this.link = undefined;
        // Its waiters are told next: what they ask again is for the next connection.
        queueMicrotask(() => this.pump());
      },
    });
    this.pump();
  }

  private async reconnect(): Promise<void> {
    if (this.isConnecting) return;
    this.isConnecting = true;
    const { clock, reconnectMs } = this.options;
    const startMs = clock.monotonic();
    try {
      for (let pauseMs = RETRY_MS_MIN; ; pauseMs = Math.min(2 * pauseMs, RETRY_MS_MAX)) {
        try {
          const link = await SocketLink.open(this.linkOptions());
          this.isConnecting = false;
          if (this.isClosed && this.isIdle) link.end();
          else this.adopt(link);
          return;
        } catch (error) {
          if (clock.monotonic() - startMs + pauseMs > reconnectMs) throw error;
          if (this.isClosed && this.isIdle) throw closedError();
        }
        await new Promise<void>((resolve): TimerHandle => clock.after(pauseMs, resolve));
      }
    } catch (error) {
      this.isConnecting = false;
      const tasks = [...this.calls, ...this.streams];
      this.calls.clear();
      this.streams.clear();
      for (const task of tasks) task.fail(error as Error);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const range of this.ranges) {
      range.fail(closedError());
      range.cancel();
    }
    this.streams.clear();
    if (!this.isIdle) {
      this.idle ??= new Promise<void>((resolve) => {
        this.onIdle = resolve;
      });
      await this.idle;
    }
    this.link?.end();
  }
}

function connectionLost(cause: Error, mayHaveTakenEffect: boolean): VarveError {
  const what = mayHaveTakenEffect ? '; the write may have taken effect' : '';
  return new VarveError(
    'ConnectionLost',
    `the connection broke before the reply came${what}: ${cause.message}`,
    {
      cause,
      mayHaveTakenEffect,
    },
  );
}

export function closedError(): VarveError {
  return new VarveError('ClosedError', 'the client was closed');
}

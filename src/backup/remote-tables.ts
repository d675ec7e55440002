/** The tables of a daemon, through its control socket. */
import { createConnection, type Socket } from 'node:net';
import type { RestoreRequest } from '../table/restoration.js';
import type { TableAtMoment } from '../table/tables-snapshot.js';
import type { Clock } from '../vfs/clock.js';
import { errorCode } from '../vfs/errors.js';
import { BackupError } from './errors.js';
import type { RestoreTarget, RunningRestoration, TablesAtMoment } from './types.js';
import {
  type Ask,
  decodeItems,
  decodeJson,
  encodeItemsFrame,
  encodeJsonFrame,
  type Frame,
  FrameKind,
  framesOf,
  type MomentAnswer,
  malformed,
  type Refusal,
  WIRE_VERSION,
} from './wire-format.js';
import { writeTo } from './write-to.js';

export interface DaemonOptions {
  readonly clock: Clock;
  /** How long the daemon may take for its next word, or to take the next of ours, in milliseconds. */
  readonly timeoutMs: number;
}

/** Undefined when nobody listens there. */
export async function connectToDaemon(path: string, options: DaemonOptions): Promise<Daemon | undefined> {
  const socket = createConnection({ path, allowHalfOpen: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  return new Daemon(socket, options);
}

/** One connection: for one dump, or one restoration. */
export class Daemon implements RestoreTarget {
  readonly #socket: Socket;
  readonly #frames: AsyncIterator<Frame>;
  readonly #patience: Patience;

  constructor(socket: Socket, options: DaemonOptions) {
    this.#socket = socket;
    this.#patience = new Patience(socket, options);
    // Told by whoever reads or writes next.
    socket.on('error', () => undefined);
    this.#frames = framesOf(socket)[Symbol.asyncIterator]();
  }

  async snapshot(names: readonly string[] | undefined): Promise<TablesAtMoment> {
    await this.#ask({ version: WIRE_VERSION, ask: 'dump', ...(names !== undefined && { names }) });
    return new RemoteMoment((await this.#answer()) as MomentAnswer, this.#frames, this.#patience, () =>
      this.close(),
    );
  }

  async restore(requests: readonly RestoreRequest[]): Promise<RunningRestoration> {
    await this.#ask({ version: WIRE_VERSION, ask: 'restore', requests });
    await this.#answer();
    return new RemoteRestoration(this.#socket, this.#frames, this.#patience);
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(ask: Ask): Promise<void> {
    return this.#patience.with(writeTo(this.#socket, encodeJsonFrame(FrameKind.json, ask)));
  }

  async #answer(): Promise<unknown> {
    const frame = await this.#patience.with(nextFrame(this.#frames));
    if (frame.kind !== FrameKind.json) throw malformed();
    return decodeJson(frame);
  }
}

/** Bounds every wait for a daemon that is there and may hang: its process stopped, its disk not answering. */
class Patience {
  constructor(
    private readonly socket: Socket,
    private readonly options: DaemonOptions,
  ) {}

  /** Settles as `work` does. Rejects with BackupError TIMED_OUT when that takes too long, and then breaks the connection. */
  async with<T>(work: Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.options;
    let isLate = false;
    const timer = clock.after(timeoutMs, () => {
      isLate = true;
      // Which ends the work.
      this.socket.destroy();
    });
    try {
      return await work;
    } catch (cause) {
      if (!isLate) throw cause;
      throw new BackupError(
        'TIMED_OUT',
        `the daemon did nothing for ${timeoutMs / 1000} s: it hangs, or its disk does (--timeout waits longer)`,
        { cause },
      );
    } finally {
      timer.cancel();
    }
  }
}

/** @throws BackupError REFUSED, or DISCONNECTED */
async function nextFrame(frames: AsyncIterator<Frame>): Promise<Frame> {
  let next: IteratorResult<Frame>;
  try {
    next = await frames.next();
  } catch (cause) {
    throw cause instanceof BackupError ? cause : disconnected(cause);
  }
  if (next.done === true) throw disconnected();
  if (next.value.kind !== FrameKind.refusal) return next.value;
  const { code, message } = decodeJson(next.value) as Refusal;
  throw new BackupError('REFUSED', message, { cause: code });
}

function disconnected(cause?: unknown): BackupError {
  return new BackupError('DISCONNECTED', 'the daemon has ended the connection: is it being stopped?', {
    cause,
  });
}

class RemoteMoment implements TablesAtMoment {
  readonly momentMs: number;
  readonly tables: readonly TableAtMoment[];
  #isComplete = false;
  /** Came while another table was read. */
  #ahead: { readonly position: number; readonly items: readonly Buffer[] } | undefined;

  constructor(
    { momentMs, tables }: MomentAnswer,
    private readonly frames: AsyncIterator<Frame>,
    private readonly patience: Patience,
    readonly release: () => void,
  ) {
    this.momentMs = momentMs;
    this.tables = tables;
  }

  async *items(position: number): AsyncGenerator<readonly Uint8Array[]> {
    for (;;) {
      const next = this.#ahead ?? (await this.#next());
      this.#ahead = undefined;
      if (next === undefined) return;
      if (next.position !== position) {
        this.#ahead = next;
        return;
      }
      yield next.items;
    }
  }

  async #next(): Promise<{ readonly position: number; readonly items: readonly Buffer[] } | undefined> {
    if (this.#isComplete) return undefined;
    const frame = await this.patience.with(nextFrame(this.frames));
    if (frame.kind === FrameKind.items) return decodeItems(frame);
    if (frame.kind !== FrameKind.end) throw malformed();
    this.#isComplete = true;
    return undefined;
  }
}

class RemoteRestoration implements RunningRestoration {
  /** Comes when all was taken, or as soon as something was refused. */
  readonly #outcome: Promise<Frame>;
  #failure: unknown;
  #isOver = false;

  constructor(
    private readonly socket: Socket,
    frames: AsyncIterator<Frame>,
    private readonly patience: Patience,
  ) {
    this.#outcome = nextFrame(frames);
    this.#outcome.catch((error: unknown) => {
      this.#failure = error;
      socket.destroy();
    });
  }

  put(position: number, items: readonly Uint8Array[]): Promise<void> {
    return this.#send(encodeItemsFrame(position, items));
  }

  async commit(): Promise<void> {
    await this.#send(encodeJsonFrame(FrameKind.end, {}));
    const frame = await this.patience.with(this.#outcome);
    if (frame.kind !== FrameKind.end) throw malformed();
    this.#isOver = true;
    this.socket.destroy();
  }

  /** The daemon drops what it has when the connection ends. */
  async abort(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.socket.destroy();
  }

  async #send(frame: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.patience.with(writeTo(this.socket, frame));
    } catch (error) {
      if (error instanceof BackupError && error.code === 'TIMED_OUT') throw error;
      // Why the daemon takes nothing more says more than that it does not.
      await this.#outcome;
      throw error;
    }
  }
}

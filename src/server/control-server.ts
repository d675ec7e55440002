/**
 * The operator's door: dumps and restorations of a daemon that goes on serving (src/backup/wire-format.ts). A Unix socket
 * that the daemon's user alone may connect to, apart from the one for programs, which may be open to a group.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { BackupError } from '../backup/errors.js';
import { FRAME_MEMORY_BYTES } from '../backup/limits.js';
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
  WIRE_VERSION,
} from '../backup/wire-format.js';
import { writeThrough, writeTo } from '../backup/write-to.js';
import type { Tables } from '../table/tables.js';
import { TablesSnapshot } from '../table/tables-snapshot.js';
import type { Clock } from '../vfs/clock.js';
import { errorCode } from '../vfs/errors.js';
import { listenOnSocketFile } from '../vfs/socket-file.js';

export interface ControlServerOptions {
  readonly tables: Tables;
  readonly clock: Clock;
  /** Takes one line for the operator. */
  readonly log: (line: string) => void;
}

/** A dump that was sent to its end. Whether the command then kept it, it alone knows. */
export interface SentDump {
  /** Wall-clock milliseconds. */
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly tables: number;
}

/** Nobody but the owner of the data. */
const MODE = 0o600;
/** A dump and a restoration each, and some who wait to be told that there are as many already. */
const CONNECTIONS_MAX = 16;

export class ControlServer {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly working = new Set<Promise<void>>();
  private sent: SentDump | undefined;

  constructor(private readonly options: ControlServerOptions) {
    // Half open: who has sent all that it has to send still waits for the answer.
    this.server = createServer({ allowHalfOpen: true }, (socket) => this.accept(socket));
    this.server.maxConnections = CONNECTIONS_MAX;
  }

  /** Rejects with `SocketFileError`, or the system's error. */
  async listen(path: string): Promise<void> {
    await listenOnSocketFile(this.server, path, { mode: MODE });
    this.server.on('error', (error) => this.options.log(`the control socket: ${error.message}`));
  }

  /** The last one of this process. */
  get lastDump(): SentDump | undefined {
    return this.sent;
  }

  /** Dumps and restorations under way end, without effect. Resolves with their number. */
  async close(): Promise<number> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const cutOff = this.working.size;
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.working);
    await closed;
    return cutOff;
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    // Whoever reads or writes next is told.
    socket.on('error', () => undefined);
    const working = this.serve(socket)
      .catch((error: unknown) => this.refuse(socket, error))
      .finally(() => {
        this.working.delete(working);
        socket.end();
        // To its end, which is when the other side has read the answer.
        socket.resume();
      });
    this.working.add(working);
  }

  private async serve(socket: Socket): Promise<void> {
    // The answer is still to be written when nothing more is read.
    const frames = framesOf(socket.iterator({ destroyOnReturn: false }))[Symbol.asyncIterator]();
    try {
      const first = await frames.next();
      // A probe whether anybody listens.
      if (first.done === true) return;
      const ask = askOf(first.value);
      if (ask.ask === 'dump') await this.dump(socket, ask.names);
      else await this.restore(socket, ask.requests, frames);
    } finally {
      await frames.return?.(undefined);
    }
  }

  private async dump(socket: Socket, names: readonly string[] | undefined): Promise<void> {
    const { clock } = this.options;
    const startMs = clock.monotonic();
    const snapshot = await TablesSnapshot.take(this.options.tables, clock, names);
    try {
      const answer: MomentAnswer = {
        momentMs: snapshot.momentMs,
        tables: snapshot.tables.map(({ definition, estimate }) => ({ definition, estimate })),
      };
      await writeTo(socket, encodeJsonFrame(FrameKind.json, answer));
      const buffer = Buffer.allocUnsafeSlow(FRAME_MEMORY_BYTES);
      for (const position of snapshot.tables.keys()) {
        for await (const items of snapshot.items(position)) {
          await writeThrough(socket, encodeItemsFrame(position, items, buffer));
        }
      }
      await writeTo(socket, encodeJsonFrame(FrameKind.end, {}));
      const durationMs = Math.round(clock.monotonic() - startMs);
      this.sent = { endedAtMs: clock.now(), durationMs, tables: snapshot.tables.length };
    } finally {
      snapshot.release();
    }
  }

  private async restore(
    socket: Socket,
    requests: Extract<Ask, { ask: 'restore' }>['requests'],
    frames: AsyncIterator<Frame>,
  ): Promise<void> {
    const restoration = await this.options.tables.restore(requests);
    try {
      await writeTo(socket, encodeJsonFrame(FrameKind.json, {}));
      for (;;) {
        const next = await frames.next();
        if (next.done === true) throw new BackupError('DISCONNECTED', 'the restoration was broken off');
        if (next.value.kind === FrameKind.end) break;
        if (next.value.kind !== FrameKind.items) throw malformed();
        const { position, items } = decodeItems(next.value);
        await restoration.put(position, items);
      }
      await restoration.commit();
      await writeTo(socket, encodeJsonFrame(FrameKind.end, {}));
    } finally {
      await restoration.abort();
    }
  }

  private async refuse(socket: Socket, error: unknown): Promise<void> {
    const code = errorCode(error);
    const message = error instanceof Error ? error.message : String(error);
    if (code === undefined) {
      this.options.log(`the control socket: ${error instanceof Error ? (error.stack ?? message) : message}`);
    }
    if (socket.destroyed) return;
    await writeTo(socket, encodeJsonFrame(FrameKind.refusal, { code: code ?? 'INTERNAL', message })).catch(
      () => undefined,
    );
  }
}

/** @throws BackupError */
function askOf(frame: Frame): Ask {
  if (frame.kind !== FrameKind.json) throw malformed();
  const ask = decodeJson(frame) as Ask;
  if (ask.version !== WIRE_VERSION) {
    throw new BackupError(
      'UNSUPPORTED',
      `the daemon is of another release: it speaks version ${WIRE_VERSION} of the control protocol, not ${ask.version}`,
    );
  }
  if (ask.ask !== 'dump' && ask.ask !== 'restore') throw malformed();
  return ask;
}

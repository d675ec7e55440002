/** The transport over a Unix socket: see docs/protocol.md. The operations are those of HTTP. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Api } from '../../api/types.js';
import { MessageWriter } from '../../protocol/message-writer.js';
import type { Clock, TimerHandle } from '../../vfs/clock.js';
import { listenOnSocketFile, type SocketFileOptions } from '../../vfs/socket-file.js';
import { FailedRequests } from '../failed-requests.js';
import { type RequestBytes, SOCKET_LIMITS, type SocketLimits } from '../limits.js';
import { Connection, type Surroundings } from './connection.js';

export interface SocketServerOptions {
  readonly api: Api;
  readonly clock: Clock;
  /** Takes one line for the operator: a defect with its stack. */
  readonly log: (line: string) => void;
  /** What the server calls itself in its hello. */
  readonly serverName: string;
  readonly limits?: Partial<SocketLimits>;
}

export interface SocketStatistics {
  readonly connections: number;
  /** Requests and streams without the end of their replies. */
  readonly inFlight: number;
  /** Requests that were refused, and connections that were ended, because there was too much at once. */
  readonly overloaded: number;
  /** Connections that were turned away, because there were as many as there may be. */
  readonly connectionsRefused: number;
  readonly bytes: RequestBytes;
}

export class SocketServer implements Surroundings {
  readonly api: Api;
  readonly limits: SocketLimits;
  readonly serverName: string;
  readonly writer = new MessageWriter();
  readonly totals = { receiving: 0, inFlight: 0, unsent: 0, overloaded: 0 };
  private readonly server: Server;
  private readonly failed: FailedRequests;
  private readonly connections = new Set<Connection>();
  private connectionsRefused = 0;
  private due: Connection[] = [];
  private timeCheck: TimerHandle | undefined;
  private closed: Promise<number> | undefined;
  private onEmpty: (() => void) | undefined;

  constructor(private readonly options: SocketServerOptions) {
    this.api = options.api;
    this.failed = new FailedRequests(options.clock, options.log);
    this.serverName = options.serverName;
    this.limits = { ...SOCKET_LIMITS, ...options.limits };
    this.server = createServer((socket) => this.accept(socket));
    // One for those that are told why they cannot stay.
    this.server.maxConnections = this.limits.connectionsMax + 1;
    this.server.on('drop', () => {
      this.connectionsRefused += 1;
    });
  }

  /** Resolves once connections are accepted. Rejects with `SocketFileError`, or Node's error. */
  async listen(path: string, file: SocketFileOptions): Promise<void> {
    await listenOnSocketFile(this.server, path, file);
    this.started();
  }

  /** On a socket that somebody else listens on already, such as the system's service manager. */
  async listenOnDescriptor(descriptor: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ fd: descriptor }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
    this.started();
  }

  private started(): void {
    // Without a listener an error of `accept`, such as no descriptor left, would end the process.
    this.server.on('error', (error) => this.options.log(`the socket: ${error.message}`));
    this.checkTimes();
  }

  /**
   * Accepts nothing more, lets requests in flight finish for at most `graceMs`, ends streams, then closes what is left.
   * Resolves with the number of requests that were cut off. Idempotent: the first call's time counts.
   */
  close(graceMs: number): Promise<number> {
    this.closed ??= this.drain(graceMs);
    return this.closed;
  }

  get statistics(): SocketStatistics {
    const requests = [...this.connections].reduce((sum, { pending }) => sum + pending, 0);
    const { receiving: arriving, inFlight: inProgress, unsent: unread, overloaded } = this.totals;
    const bytes = { arriving, inProgress, unread };
    const { connectionsRefused } = this;
    return { connections: this.connections.size, inFlight: requests, overloaded, connectionsRefused, bytes };
  }

  private async drain(graceMs: number): Promise<number> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) connection.stop();
    if (this.connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.options.clock.after(graceMs, resolve);
        this.onEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    let cutOff = 0;
    for (const connection of this.connections) {
      cutOff += connection.pending;
      connection.destroy();
    }
    this.timeCheck?.cancel();
    await closed;
    return cutOff;
  }

  private accept(socket: Socket): void {
    const connection = new Connection(socket, this);
    this.connections.add(connection);
    if (this.connections.size <= this.limits.connectionsMax) return;
    this.connectionsRefused += 1;
    connection.turnAway();
  }

  private checkTimes(): void {
    const now = this.now();
    for (const connection of this.connections) connection.checkTime(now);
    this.timeCheck = this.options.clock.after(this.limits.timeoutCheckMs, () => this.checkTimes());
  }

  // For the connections

  now(): number {
    return this.options.clock.monotonic();
  }

  flushLater(connection: Connection): void {
    if (connection.isFlushDue) return;
    connection.isFlushDue = true;
    this.due.push(connection);
    // When everything that has arrived is read: a reply wakes its client, which then runs beside the replies to come, and is
    // not woken once for each of them.
    if (this.due.length === 1) setImmediate(this.flushAll);
  }

  private readonly flushAll = (): void => {
    const { due } = this;
    this.due = [];
    for (const connection of due) {
      connection.isFlushDue = false;
      connection.flush();
    }
    // The system has all of it.
    if (this.totals.unsent === 0 && this.due.length === 0) this.writer.rewind();
  };

  onClosed(connection: Connection): void {
    this.connections.delete(connection);
    if (this.connections.size === 0) this.onEmpty?.();
  }

  onDefect(operation: string, cause: unknown): void {
    this.failed.tell(`request (socket, ${operation})`, cause);
  }
}

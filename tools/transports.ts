/** Every way to reach the daemon: HTTP with its pages for operators, the Unix socket, the control socket. */
import type { Engine } from '../src/engine/engine.js';
import type { Figures } from '../src/metrics/definitions.js';
import type { ControlServer } from '../src/server/control-server.js';
import { HttpServer } from '../src/server/http/http-server.js';
import type { Clock, Random } from '../src/vfs/clock.js';
import type { Settings } from './config/settings.js';
import { type DaemonStatus, daemonStatus } from './daemon-status.js';
import type { DescriptorShares } from './descriptor-shares.js';
import { endpoint, type Places } from './endpoint.js';
import { listenError } from './errors.js';
import type { DaemonLog } from './log.js';
import { operatorPages } from './pages.js';
import { serveControl } from './serve-control.js';
import { type ServedSocket, serveSocket } from './serve-socket.js';
import type { ActivatedSockets } from './socket-activation.js';
import { packageVersion } from './version.js';

export interface Transports {
  /** All of them, to be closed. */
  readonly servers: readonly Closable[];
  readonly places: Places;
}

/** One of them. */
export interface Closable {
  /** Resolves with the number of requests that were cut off. */
  close(graceMs: number): Promise<number>;
}

export interface TransportSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: DaemonLog;
  readonly shares: DescriptorShares;
  readonly activated: ActivatedSockets;
  readonly startedAtMs: number;
}

/** Resolves once clients can connect. Rejects with why they cannot, and then nothing listens. */
export async function openTransports(
  settings: Settings,
  engine: Engine,
  surroundings: TransportSurroundings,
): Promise<Transports> {
  const { clock, random, shares, activated, startedAtMs } = surroundings;
  const { api, tables } = engine;
  const log = surroundings.log.error;
  const version = packageVersion();
  let places: Places = { url: '', socketPath: undefined };
  let socket: ServedSocket | undefined;
  let control: ControlServer | undefined;
  const figures = (): Figures => ({
    version,
    engine: engine.statistics(),
    http: server.statistics,
    socket: socket?.server.statistics,
  });
  const status = (): DaemonStatus =>
    daemonStatus({
      settings,
      places,
      figures: figures(),
      lastDump: control?.lastDump,
      startedAtMs,
      nowMs: clock.now(),
    });
  const { cors, host, port, requestsBytes } = settings;
  const server = new HttpServer({
    api,
    clock,
    random,
    log,
    pages: operatorPages({ figures, status }),
    limits: {
      connectionsMax: shares.connectionsMax,
      receivingBytesMax: requestsBytes,
      inFlightBytesMax: requestsBytes,
      unreadBytesMax: requestsBytes,
    },
    ...(cors === undefined ? undefined : { cors: cors.includes('*') ? '*' : cors }),
  });
  try {
    control = await serveControl(settings, { tables, clock, log });
    const limits = {
      connectionsMax: shares.socketConnectionsMax,
      receivingBytesMax: requestsBytes,
      inFlightBytesMax: requestsBytes,
      allUnsentBytesMax: requestsBytes,
    };
    const serverName = `varve ${version}`;
    socket = await serveSocket(settings, { api, clock, log, serverName, limits }, activated.unix);
    const address =
      activated.http === undefined
        ? { host, port: await server.listen(host, port) }
        : await server.listenOnDescriptor(activated.http);
    places = { url: endpoint(address.host, address.port), socketPath: socket?.path };
  } catch (error) {
    await socket?.server.close(0);
    await control?.close();
    throw listenError(error, host, port);
  }
  return { servers: [server, socket?.server, control].filter((each) => each !== undefined), places };
}

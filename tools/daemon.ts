/**
 * The daemon's life: open the data, listen, say so, serve until told to stop, drain, close.
 *
 * Order matters at both ends. The data directory is locked and recovered before the port opens, so that whoever reaches
 * the port is answered from recovered data. On the way out the port closes first, then requests in flight finish, then
 * the logs close: no reply leaves for something that was not kept.
 */
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { Trouble } from '../src/partition/types.js';
import type { ControlServer } from '../src/server/control-server.js';
import { HttpServer } from '../src/server/http/http-server.js';
import { openFilesMax } from '../src/vfs/descriptors.js';
import { SystemClock, SystemRandom } from '../src/vfs/system-clock.js';
import type { Settings } from './config/settings.js';
import { descriptorShares } from './descriptor-shares.js';
import { dataDirectoryError, explain, listenError } from './errors.js';
import { EXIT_FAILURE } from './exit-codes.js';
import { serveControl } from './serve-control.js';
import { type ServedSocket, serveSocket } from './serve-socket.js';
import { StallLog } from './stall-log.js';
import { TroubleLog } from './trouble-log.js';
import { packageVersion } from './version.js';

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

/** Resolves once the daemon serves; the process then lives until a signal. Rejects when it cannot start. */
export async function runDaemon(options: Settings): Promise<void> {
  failStop();
  const clock = new SystemClock();
  const random = new SystemRandom();
  const troubles = new TroubleLog(clock, log);
  const stalls = new StallLog(clock, log);
  const { connectionsMax, socketConnectionsMax, openTablesMax } = descriptorShares(openFilesMax());
  const onTrouble = (trouble: Trouble) => troubles.tell(trouble);
  const engine = await openEngine(options, {
    clock,
    random,
    onTrouble,
    onStall: (stall) => stalls.tell(stall),
    onDirectoryLost: () => stopWithoutDirectory(options.data),
    openTablesMax,
  }).catch((error: unknown) => {
    throw dataDirectoryError(error, options.data);
  });
  const server = new HttpServer({
    api: engine.api,
    clock,
    random,
    log,
    limits: { connectionsMax },
    ...(options.cors === undefined ? undefined : { cors: options.cors.includes('*') ? '*' : options.cors }),
  });
  let port: number;
  let socket: ServedSocket | undefined;
  let control: ControlServer | undefined;
  try {
    control = await serveControl(options, { tables: engine.tables, clock, log });
    socket = await serveSocket(options, {
      api: engine.api,
      clock,
      log,
      serverName: `varve ${packageVersion()}`,
      limits: { connectionsMax: socketConnectionsMax },
    });
    port = await server.listen(options.host, options.port);
  } catch (error) {
    await socket?.server.close(0);
    await control?.close();
    await engine.close();
    throw listenError(error, options.host, options.port);
  }
  // Before anybody can know that it is ready: from here on a signal stops it in good order.
  const servers = [server, socket?.server, control].filter((each) => each !== undefined);
  stopOnSignals(servers, engine, options.drainMs);
  process.stdout.write(welcome(options, port, socket?.path));
}

/** One of the transports. */
interface Closable {
  /** Resolves with the number of requests that were cut off. */
  close(graceMs: number): Promise<number>;
}

/** An address that a client can use: the wildcard is reached through the loopback. */
function endpoint(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function welcome(options: Settings, port: number, socketPath: string | undefined): string {
  const url = endpoint(options.host, port);
  const where = options.inMemory ? 'data in memory only' : `data in ${options.data}`;
  return [
    `varve is ready at ${url}, ${where}`,
    ...(socketPath === undefined ? [] : [`Unix socket: ${socketPath}`]),
    'Try it:',
    '  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local \\',
    `  aws dynamodb list-tables --region us-east-1 --endpoint-url ${url}`,
    '',
  ].join('\n');
}

/** After an error that nobody expected no state can be trusted: the log on disk is what is known to be right. */
function failStop(): void {
  const stop = (error: unknown) => {
    log(`stopped by a defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(1);
  };
  process.on('uncaughtException', stop);
  process.on('unhandledRejection', stop);
}

/** Nothing can be closed in good order any more: what was written since is in files without a name. */
function stopWithoutDirectory(directory: string): void {
  log(
    `${directory} was removed, moved or replaced while it was served: stopped, so that no more writes are lost`,
  );
  process.exit(EXIT_FAILURE);
}

function stopOnSignals(servers: readonly Closable[], engine: Engine, drainMs: number): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      log(`${signal} again: stopping at once`);
      process.exit(1);
    }
    stopping = true;
    log(`${signal}: finishing requests in flight`);
    shutDown(servers, engine, drainMs).then(
      () => process.exit(0),
      (error: unknown) => {
        log(`did not close cleanly: ${explain(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function shutDown(servers: readonly Closable[], engine: Engine, drainMs: number): Promise<void> {
  const counts = await Promise.all(servers.map((server) => server.close(drainMs)));
  const cutOff = counts.reduce((sum, count) => sum + count, 0);
  if (cutOff > 0) log(`gave up on ${cutOff} requests after ${drainMs} ms`);
  await engine.close();
  log('stopped');
}

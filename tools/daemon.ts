/**
 * The daemon's life: open the data, listen, say so, serve until told to stop, drain, close.
 *
 * Order matters at both ends. The data directory is locked and recovered before the port opens, so that whoever reaches
 * the port is answered from recovered data. On the way out the port closes first, then requests in flight finish, then
 * the logs close: no reply leaves for something that was not kept.
 */

import { isatty } from 'node:tty';
import { type Engine, openEngine } from '../src/engine/engine.js';
import type { Trouble } from '../src/partition/types.js';
import type { Clock } from '../src/vfs/clock.js';
import { openFilesMax } from '../src/vfs/descriptors.js';
import { RealDisk } from '../src/vfs/real-disk.js';
import { SystemClock, SystemRandom } from '../src/vfs/system-clock.js';
import type { Settings } from './config/settings.js';
import { descriptorShares } from './descriptor-shares.js';
import { type Places, readyLine, welcome } from './endpoint.js';
import { dataDirectoryError, explain } from './errors.js';
import { EXIT_FAILURE, EXIT_OK } from './exit-codes.js';
import { DaemonLog, isJournalStream } from './log.js';
import { probePort } from './port-probe.js';
import { RecoveryLog } from './recovery-log.js';
import { reloadSettings } from './reload.js';
import { probeSocket } from './serve-socket.js';
import { ServiceManager } from './service-manager.js';
import { activatedSockets } from './socket-activation.js';
import { StallLog } from './stall-log.js';
import { type Closable, openTransports } from './transports.js';
import { TroubleLog } from './trouble-log.js';

/** How the daemon is configured, and is configured anew. */
export interface DaemonOptions {
  readonly settings: Settings;
  /** Reads environment and file once more. Throws what is wrong with them. */
  readonly reread: () => Settings;
}

/** Resolves once the daemon serves; the process then lives until a signal. Rejects when it cannot start. */
export async function runDaemon({ settings, reread }: DaemonOptions): Promise<void> {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const startedAtMs = clock.now();
  const log = openLog(settings, clock);
  surviveReaders();
  failStop(log);
  const serviceManager = new ServiceManager({ clock, warn: log.warn, environment: process.env });
  // Of a terminal that is closed; a daemon without one is told to read its settings again, be it while it recovers.
  const isAtTerminal = isatty(0) || isatty(1);
  let current = settings;
  const readAgain = () => {
    current = reloadSettings({ settings, reread, log }) ?? current;
  };
  if (!isAtTerminal) process.on('SIGHUP', readAgain);
  const activated = activatedSockets(process.env);
  // Not where data is: who starts a second daemon on it is told that, rather than of the port.
  if (await isNew(settings)) {
    if (activated.http === undefined) await probePort(settings.host, settings.port);
    if (activated.unix === undefined) await probeSocket(settings);
  }
  const troubles = new TroubleLog(clock, log.error);
  const stalls = new StallLog(clock, log.warn);
  const recoveries = new RecoveryLog(log);
  const shares = descriptorShares(openFilesMax());
  const onTrouble = (trouble: Trouble) => troubles.tell(trouble);
  const engine = await openEngine(settings, {
    clock,
    random,
    onTrouble,
    onStall: (stall) => stalls.tell(stall),
    onRecovery: (recovery) => recoveries.tell(recovery),
    onDirectoryLost: () => stopWithoutDirectory(log, settings.data),
    openTablesMax: shares.openTablesMax,
  }).catch((error: unknown) => {
    throw dataDirectoryError(error, settings.data);
  });
  recoveries.sum();
  const surroundings = { clock, random, log, shares, activated, startedAtMs };
  const { servers, places } = await openTransports(settings, engine, surroundings).catch(
    async (error: unknown) => {
      await engine.close();
      throw error;
    },
  );
  // Before anybody can know that it is ready: from here on a signal stops it in good order.
  const stop = stopper({ servers, engine, drainMs: () => current.drainMs, log, serviceManager });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const status = readyLine(settings, places);
  const reload = () => {
    serviceManager.reloading();
    readAgain();
    engine.setMergeRate(current.mergeBytesPerSecond);
    serviceManager.ready(status);
  };
  process.on('SIGHUP', isAtTerminal ? stop : reload);
  process.off('SIGHUP', readAgain);
  engine.setMergeRate(current.mergeBytesPerSecond);
  serviceManager.ready(status);
  sayReady(settings, places, log);
}

/** Whether the start makes a data directory, which is not to be left behind by a start that fails. */
async function isNew({ data, inMemory }: Settings): Promise<boolean> {
  if (inMemory) return false;
  // What else is wrong with the path is told where it is opened.
  const status = await new RealDisk().status(data).catch(() => ({ isDirectory: false }));
  return status === undefined;
}

/** To a person, or to a script that waits for it; as an event where lines are events. */
function sayReady(settings: Settings, places: Places, log: DaemonLog): void {
  if (log.style.format === 'text' && !isJournalStream(1)) {
    process.stdout.write(welcome(settings, places));
    return;
  }
  const { url, socketPath } = places;
  log.info(readyLine(settings, places), { url, ...(socketPath !== undefined && { socket: socketPath }) });
}

function openLog({ logFormat: format, logLevel: level }: Settings, clock: Clock): DaemonLog {
  const write = (text: string) => void process.stderr.write(text);
  return new DaemonLog({ clock, write, format, level, isJournal: isJournalStream(2) });
}

/**
 * Whoever reads what the daemon says may go away, a terminal or a program that collects logs: that is no reason to stop
 * serving. There is nobody left to tell of it.
 */
function surviveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** After an error that nobody expected no state can be trusted: the log on disk is what is known to be right. */
function failStop(log: DaemonLog): void {
  const stop = (error: unknown) => {
    log.error(
      `stopped by a defect: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    process.exit(EXIT_FAILURE);
  };
  process.on('uncaughtException', stop);
  process.on('unhandledRejection', stop);
}

/** Nothing can be closed in good order any more: what was written since is in files without a name. */
function stopWithoutDirectory(log: DaemonLog, directory: string): void {
  log.error(
    `${directory} was removed, moved or replaced while it was served: stopped, so that no more writes are lost`,
  );
  process.exit(EXIT_FAILURE);
}

interface Running {
  readonly servers: readonly Closable[];
  readonly engine: Engine;
  readonly drainMs: () => number;
  readonly log: DaemonLog;
  readonly serviceManager: ServiceManager;
}

function stopper(running: Running): (signal: NodeJS.Signals) => void {
  const { log, serviceManager } = running;
  let stopping = false;
  return (signal) => {
    if (stopping) {
      log.warn(`${signal} again: stopping at once`);
      process.exit(EXIT_FAILURE);
    }
    stopping = true;
    log.info(`${signal}: finishing requests in flight`);
    serviceManager.stopping('finishing requests in flight');
    shutDown(running).then(
      () => process.exit(EXIT_OK),
      (error: unknown) => {
        log.error(`did not close cleanly: ${explain(error)}`);
        process.exit(EXIT_FAILURE);
      },
    );
  };
}

async function shutDown({ servers, engine, drainMs, log }: Running): Promise<void> {
  const patienceMs = drainMs();
  const counts = await Promise.all(servers.map((server) => server.close(patienceMs)));
  const cutOff = counts.reduce((sum, count) => sum + count, 0);
  if (cutOff > 0) log.warn(`gave up on ${cutOff} requests after ${patienceMs} ms`);
  await engine.close();
  log.info('stopped');
}

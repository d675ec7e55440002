/**
 * Tells systemd how the daemon is (sd_notify(3)): ready, reloading, stopping, and, for the watchdog, that it lives.
 *
 * That takes a datagram socket of the Unix family, which Node does not have, so that `systemd-notify` sends for us; it is
 * there wherever systemd is. A shell that waits for lines starts it, rather than the daemon: a process of two megabytes
 * forks in no time, the daemon, with gigabytes mapped, holds up every request meanwhile. The shell ends when its input
 * does, however the daemon dies. Because it is not the daemon that sends, the unit needs `NotifyAccess=all`.
 *
 * The pings come from the event loop. Where it hangs, they stop, and systemd starts the daemon again.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Clock, TimerHandle } from '../src/vfs/clock.js';

const PROGRAM = 'systemd-notify';
/** One line is one message. The message is quoted: it may have blanks. */
const LOOP = `while IFS= read -r line; do ${PROGRAM} "$line"; done`;
/** Pings in the time after which the daemon is given up: systemd recommends one in half of it; one may get lost. */
const PINGS = 3;

export interface ServiceManagerOptions {
  readonly clock: Clock;
  /** Told when the messages cannot be sent. */
  readonly warn: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export class ServiceManager {
  readonly #clock: Clock;
  readonly #child: ChildProcessByStdio<Writable, null, null> | undefined;
  readonly #watchdogMs: number | undefined;
  #ping: TimerHandle | undefined;

  constructor({ clock, warn, environment }: ServiceManagerOptions) {
    this.#clock = clock;
    if (!environment['NOTIFY_SOCKET']) return;
    if (!isOnPath(PROGRAM, environment['PATH'])) {
      warn(`${PROGRAM} is not there: systemd is not told that the daemon is ready`);
      return;
    }
    this.#watchdogMs = watchdogMs(environment);
    this.#child = spawn('/bin/sh', ['-c', LOOP], { stdio: ['pipe', 'ignore', 'ignore'] });
    // A helper that is gone is no reason to stop; the watchdog will be of that opinion, if there is one.
    this.#child.on('error', (error) => warn(`systemd is not told how the daemon is: ${error.message}`));
    this.#child.stdin.on('error', () => undefined);
    this.#child.unref();
  }

  /** @param status one line for `systemctl status` */
  ready(status: string): void {
    this.#send('READY=1');
    this.#send(`STATUS=${status}`);
    this.#pingAgain();
  }

  reloading(): void {
    this.#send('RELOADING=1');
  }

  stopping(status: string): void {
    this.#send('STOPPING=1');
    this.#send(`STATUS=${status}`);
  }

  #send(state: string): void {
    this.#child?.stdin.write(`${state.replaceAll('\n', ' ')}\n`);
  }

  #pingAgain(): void {
    if (this.#watchdogMs === undefined) return;
    this.#ping?.cancel();
    this.#send('WATCHDOG=1');
    this.#ping = this.#clock.after(this.#watchdogMs / PINGS, () => this.#pingAgain());
  }
}

/** Undefined when nobody watches, or another process is meant. */
function watchdogMs(environment: ServiceManagerOptions['environment']): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
  const microseconds = Number(WATCHDOG_USEC);
  return WATCHDOG_PID === String(process.pid) && microseconds > 0 ? microseconds / 1000 : undefined;
}

function isOnPath(program: string, path = ''): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

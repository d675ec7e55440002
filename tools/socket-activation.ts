/**
 * Sockets that systemd listens on already and hands over when it starts the daemon (sd_listen_fds(3)): clients that connect
 * while the daemon starts, or starts again, wait instead of being refused.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { CommandError } from './errors.js';

/** The first one that is handed over. */
const FIRST_DESCRIPTOR = 3;

/** At most one of each family, because there is one server for each. */
export interface ActivatedSockets {
  /** Its descriptor. */
  readonly http?: number;
  readonly unix?: ActivatedUnixSocket;
}

export interface ActivatedUnixSocket {
  readonly descriptor: number;
  readonly path: string;
}

/**
 * Which is which is told by their families, so that no unit can get it wrong.
 * @param pathOf of a Unix socket; undefined for any other
 * @throws CommandError
 */
export function activatedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  pathOf: (descriptor: number) => string | undefined = unixSocketPath,
): ActivatedSockets {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' } = environment;
  const count = Number(LISTEN_FDS);
  if (LISTEN_PID !== String(process.pid) || !Number.isSafeInteger(count)) return {};
  let sockets: ActivatedSockets = {};
  for (let descriptor = FIRST_DESCRIPTOR; descriptor < FIRST_DESCRIPTOR + count; descriptor += 1) {
    const path = pathOf(descriptor);
    if ((path === undefined ? sockets.http : sockets.unix) !== undefined) {
      const which = path === undefined ? 'HTTP' : 'the Unix socket';
      throw new CommandError(
        `systemd hands over two sockets for ${which} (${LISTEN_FDNAMES}): there can be one`,
      );
    }
    sockets = { ...sockets, ...(path === undefined ? { http: descriptor } : { unix: { descriptor, path } }) };
  }
  return sockets;
}

function unixSocketPath(descriptor: number): string | undefined {
  const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1];
  // Of each socket: address, counts, flags, type, state, inode, path (proc(5)).
  for (const line of readFileSync('/proc/self/net/unix', 'utf8').split('\n')) {
    const match = /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+) (.*)$/.exec(line);
    if (match !== null && match[1] === inode) return match[2];
  }
  return undefined;
}

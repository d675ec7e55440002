/**
 * The file of a Unix socket. A process that dies leaves it behind, and then nobody can listen there: it is removed when
 * nobody answers on it, and never when somebody does, or when it is anything else than a socket.
 */
import { promises } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { dirname } from 'node:path';
import { errorCode } from './errors.js';

/** In the data directory, unless told otherwise. */
export const SOCKET_FILE_NAME = 'varve.sock';
/** In the data directory: for `varve dump` and `varve restore`. */
export const CONTROL_FILE_NAME = 'control.sock';

/** `sun_path` of the system has 108 bytes, the last of them zero. A longer path would be cut off in silence. */
const PATH_BYTES_MAX = 107;
/** Of processes that race for the same path, all but one give up. */
const ATTEMPTS = 3;

export type SocketFileErrorCode = 'SOCKET_IN_USE' | 'SOCKET_PATH';

export class SocketFileError extends Error {
  override readonly name = 'SocketFileError';

  constructor(
    readonly code: SocketFileErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface SocketFileOptions {
  /** Permissions, such as 0o600. */
  readonly mode: number;
  /** Numeric id of the group that the file is given to. */
  readonly groupId?: number | undefined;
}

/**
 * Makes `server` listen at `path`. Until the file has its mode and group nobody but its owner can connect.
 * @throws SocketFileError, and the system's errors, such as EACCES
 */
export async function listenOnSocketFile(
  server: Server,
  path: string,
  options: SocketFileOptions,
): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new SocketFileError(
      'SOCKET_PATH',
      `${path} is longer than the ${PATH_BYTES_MAX} bytes that a socket's path may have`,
    );
  }
  // A missing directory would be reported as EACCES.
  await promises.access(dirname(path));
  for (let attempt = 1; ; attempt += 1) {
    try {
      await bind(server, path);
      break;
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE') throw error;
      if (attempt === ATTEMPTS) throw inUse(path, error);
      await removeStale(path);
    }
  }
  if (options.groupId !== undefined) await promises.chown(path, -1, options.groupId);
  await promises.chmod(path, options.mode);
}

/** Node binds within the call of `listen`, so the mask is that of no other file. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const mask = process.umask(0o177);
    try {
      server.once('error', reject);
      server.listen({ path, backlog: 1024 }, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

/**
 * @param group a name in /etc/group, or a number
 * @returns undefined when there is no such group
 */
export async function groupIdOf(group: string): Promise<number | undefined> {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  for (const line of (await promises.readFile('/etc/group', 'utf8')).split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group && id !== undefined) return Number(id);
  }
  return undefined;
}

async function removeStale(path: string): Promise<void> {
  const status = await promises.lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (status === undefined) return;
  if (!status.isSocket())
    throw new SocketFileError('SOCKET_PATH', `${path} is there and no socket: it is not replaced`);
  if (await isAnswered(path)) throw inUse(path);
  await promises.rm(path, { force: true });
}

function inUse(path: string, cause?: unknown): SocketFileError {
  return new SocketFileError(
    'SOCKET_IN_USE',
    `another process serves the socket ${path}; choose another with --socket`,
    {
      cause,
    },
  );
}

/** Anything but a refusal comes from somebody who listens, such as EAGAIN when too many are waiting. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error) => {
      const code = errorCode(error);
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}

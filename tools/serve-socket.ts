/** The Unix socket of `varve serve`: where it is and whose, and what to say when it cannot be. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SocketServer, type SocketServerOptions } from '../src/server/socket/socket-server.js';
import { groupIdOf, SOCKET_FILE_NAME, SocketFileError } from '../src/vfs/socket-file.js';
import type { Settings } from './config/settings.js';
import { CommandError, explain } from './errors.js';
import type { ActivatedUnixSocket } from './socket-activation.js';

export interface ServedSocket {
  readonly server: SocketServer;
  /** Absolute. */
  readonly path: string;
}

/**
 * Undefined when there is to be none, or when nobody asked for the one that there is by default and it cannot be.
 * @param activated one that is listened on already: mode, group and path are its maker's
 * @throws CommandError
 */
export async function serveSocket(
  options: Settings,
  serverOptions: SocketServerOptions,
  activated: ActivatedUnixSocket | undefined = undefined,
): Promise<ServedSocket | undefined> {
  if (activated !== undefined) {
    const server = new SocketServer(serverOptions);
    await server.listenOnDescriptor(activated.descriptor);
    return { server, path: activated.path };
  }
  const path = socketPath(options);
  if (path === undefined) return undefined;
  const server = new SocketServer(serverOptions);
  try {
    await server.listen(path, { mode: options.socketMode, groupId: await groupId(options.socketGroup) });
    return { server, path };
  } catch (error) {
    if (options.socket === undefined && !(error instanceof CommandError)) {
      serverOptions.log(`no Unix socket: ${explain(socketError(error, path))}`);
      return undefined;
    }
    throw socketError(error, path);
  }
}

/**
 * Whether the socket that is asked for has a directory and a group, before a data directory is made for nothing. What
 * else may keep it from being made shows when it is.
 * @throws CommandError
 */
export async function probeSocket(options: Settings): Promise<void> {
  const path = socketPath(options);
  if (path === undefined) return;
  await groupId(options.socketGroup);
  if (options.socket === undefined) return;
  await stat(dirname(path)).catch((error: unknown) => {
    throw socketError(error, path);
  });
}

function socketPath({ socket, data, inMemory }: Settings): string | undefined {
  if (socket === false) return undefined;
  if (socket !== undefined) return socket;
  return inMemory ? undefined : join(data, SOCKET_FILE_NAME);
}

async function groupId(group: string | undefined): Promise<number | undefined> {
  if (group === undefined) return undefined;
  const id = await groupIdOf(group);
  if (id === undefined)
    throw new CommandError(`there is no group ${group}; choose another with --socket-group`);
  return id;
}

function socketError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof CommandError) return error;
  const cause = { cause: error };
  if (error instanceof SocketFileError) return new CommandError(error.message, cause);
  switch ('code' in error ? error.code : undefined) {
    case 'EACCES':
    case 'EROFS':
      return new CommandError(`not allowed to make the socket ${path}; choose another with --socket`, cause);
    case 'EPERM':
      return new CommandError(`not allowed to give the socket ${path} its group or mode`, cause);
    case 'ENOENT':
    case 'ENOTDIR':
      return new CommandError(`there is no directory for the socket ${path}`, cause);
    default:
      return error;
  }
}

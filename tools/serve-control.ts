/** The socket by which `varve dump` and `varve restore` reach a daemon. */
import { join } from 'node:path';
import { ControlServer, type ControlServerOptions } from '../src/server/control-server.js';
import { CONTROL_FILE_NAME } from '../src/vfs/socket-file.js';
import type { Settings } from './config/settings.js';
import { explain } from './errors.js';

/** Undefined, and a line for the operator, when there can be none: the tables are served all the same. */
export async function serveControl(
  { data, inMemory }: Settings,
  options: ControlServerOptions,
): Promise<ControlServer | undefined> {
  if (inMemory) return undefined;
  const server = new ControlServer(options);
  try {
    await server.listen(join(data, CONTROL_FILE_NAME));
    return server;
  } catch (error) {
    options.log(`no control socket, so dump and restore only while stopped: ${explain(error)}`);
    return undefined;
  }
}

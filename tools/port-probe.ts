/** Whether a start is going to fail for its port: asked before it makes a data directory. */
import { createServer } from 'node:net';
import { listenError } from './errors.js';

/**
 * Listens for a moment. Another process may still take the port before the daemon has it.
 * @throws CommandError that names host and port
 */
export async function probePort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, resolve);
    });
  } catch (error) {
    throw listenError(error, host, port);
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

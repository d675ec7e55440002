/** The server that answers with bytes made beforehand, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Server } from './redis.js';

export async function startBare(directory: string): Promise<Server> {
  const path = join(directory, 'bare.sock');
  const script = fileURLToPath(new URL('bare-server.js', import.meta.url));
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return { child, pid: child.pid as number, path };
}

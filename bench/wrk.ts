/** Runs `wrk`, the load driver, for one short round. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** From `dist/bench`. */
const SCRIPT = fileURLToPath(new URL('../../bench/wrk/dynamodb.lua', import.meta.url));

export interface Load {
  readonly url: string;
  readonly operation: 'GetItem' | 'PutItem' | 'TransactWriteItems';
  readonly connections: number;
  readonly seconds: number;
}

/** Resolves with requests per second. Rejects when a reply was not 200. */
export async function drive(load: Load): Promise<number> {
  const { stdout } = await execute('wrk', [
    ...['-t', '1', '-c', String(load.connections), '-d', `${load.seconds}s`, '-s', SCRIPT, load.url],
    ...['--', load.operation],
  ]);
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(stdout);
  if (failed !== null) throw new Error(`${failed[1]} requests failed:\n${stdout}`);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout);
  if (rate === null) throw new Error(`wrk said something else:\n${stdout}`);
  return Number(rate[1]);
}

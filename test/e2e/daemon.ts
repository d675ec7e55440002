/** Real daemons for tests: the compiled command in a process of its own, on a free port of the loopback. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** From `dist/test/e2e`. */
export const COMMAND = fileURLToPath(new URL('../../bin/varve.cjs', import.meta.url));

const READY_MS_MAX = 20_000;

/** Only what a process needs: the test runner's own variables would load its hooks into the daemon. */
export function plainEnvironment(more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...more };
}

/**
 * Starts Node without the test runner's hooks, which it adds to the environment of whatever a test spawns: a daemon
 * is to be as fast as it is, and to write nowhere but in its data directory. `env` becomes the process that it starts.
 */
export function spawnNode(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], options);
}

/** A directory of the test's own, gone when the test is over. */
export function temporaryDirectory(t: { teardown(callback: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'varve-test-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process and what it has said. */
export class Running {
  stdout = '';
  stderr = '';
  readonly finished: Promise<Finished>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.finished = once(child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  kill(signal: NodeJS.Signals): Promise<Finished> {
    this.child.kill(signal);
    return this.finished;
  }
}

/** Runs `varve` with `args` until it ends. */
export async function runCommand(args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const child = spawnNode([COMMAND, ...args], { env: plainEnvironment(), ...options });
  const deadline = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX);
  const finished = await new Running(child).finished;
  clearTimeout(deadline);
  return finished;
}

export interface DaemonLimits {
  /** File descriptors of the process. */
  readonly openFilesMax?: number;
  /** File of a group of processes that it joins. */
  readonly group?: string;
}

export class Daemon extends Running {
  url = '';
  port = 0;
  /** From the start of the process to its ready line. */
  readyMs = 0;

  /** Resolves when the daemon says that it is ready; rejects when it ends before. */
  static async start(args: readonly string[], limits: DaemonLimits = {}): Promise<Daemon> {
    const startMs = performance.now();
    const command = [COMMAND, 'serve', '--port', '0', ...args];
    const options = { env: plainEnvironment() };
    const { openFilesMax, group } = limits;
    const bounds = [
      ...(openFilesMax === undefined ? [] : [`ulimit -n ${openFilesMax}`]),
      ...(group === undefined ? [] : [`echo $$ > '${group}'`]),
    ];
    const bounded = ['-c', [...bounds, 'exec "$0" "$@"'].join('; '), process.execPath, ...command];
    const child = bounds.length === 0 ? spawnNode(command, options) : spawn('sh', bounded, options);
    const daemon = new Daemon(child);
    const deadline = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX);
    const ended = daemon.finished.then(({ code, signal, stderr }) => {
      throw new Error(`the daemon ended with ${code ?? signal} before it was ready: ${stderr}`);
    });
    const ready = new Promise<void>((resolve) => {
      child.stdout?.on('data', () => {
        const match = /^varve is ready at (http:\/\/127\.0\.0\.1:(\d+)),.*\n/.exec(daemon.stdout);
        if (match === null) return;
        daemon.url = match[1] ?? '';
        daemon.port = Number(match[2]);
        resolve();
      });
    });
    try {
      await Promise.race([ready, ended]);
    } finally {
      clearTimeout(deadline);
      ended.catch(() => undefined);
    }
    daemon.readyMs = performance.now() - startMs;
    return daemon;
  }

  client(more: DynamoDBClientConfig = {}): DynamoDBClient {
    return new DynamoDBClient(clientConfig(this.url, more));
  }
}

export function clientConfig(endpoint: string, more: DynamoDBClientConfig = {}): DynamoDBClientConfig {
  return {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...more,
  };
}

/** A daemon for one test, stopped when the test is over. */
export async function startDaemon(
  t: { teardown(callback: () => unknown): void },
  args: readonly string[],
  limits?: DaemonLimits,
): Promise<Daemon> {
  const daemon = await Daemon.start(args, limits);
  t.teardown(() => daemon.kill('SIGKILL'));
  return daemon;
}

/** `varve status` and `varve healthcheck`: how the daemon is, for a person and for what watches over it. */
import { Command } from 'commander';
import { directoryHolder } from '../src/vfs/directory-lock.js';
import { errorCode } from '../src/vfs/errors.js';
import { askDaemon } from './ask-daemon.js';
import { addSettings, configurationOf } from './config/options.js';
import type { SettingKey, Settings } from './config/settings.js';
import { type DaemonStatus, statusLines } from './daemon-status.js';
import { endpoint } from './endpoint.js';
import { CommandError } from './errors.js';
import { EXIT_FAILURE } from './exit-codes.js';
import { STATUS_PATH } from './pages.js';
import { withTimeout } from './timeout-option.js';

const WHERE: Partial<Record<SettingKey, string>> = {
  data: 'where its data is',
  host: 'address on which it listens',
  port: 'port on which it listens',
};

const STATUS_EXAMPLES = `
Asks the daemon at the configured host and port, which answers to its own machine only.

Exit codes:
  0  it runs
  1  it does not, or does not answer
  2  wrong options

Examples:
  varve status                                 the daemon at http://127.0.0.1:8000
  varve status --port 8001 --json              another one, for scripts
  varve status -c /etc/varve/varve.toml        with the settings of the service
`;

const HEALTH_EXAMPLES = `
Exit codes:
  0  it answers
  1  it does not
  2  wrong options

Examples:
  varve healthcheck                            quietly, but for what is wrong
  HEALTHCHECK CMD ["varve", "healthcheck"]     in a Dockerfile
`;

export function statusCommand(): Command {
  const command = new Command('status').description('show how the daemon is');
  return withTimeout(addSettings(command, WHERE), 5_000)
    .option('--json', 'one JSON document instead of text', false)
    .addHelpText('after', STATUS_EXAMPLES)
    .allowExcessArguments(false)
    .action(async ({ json, timeout }: { readonly json: boolean; readonly timeout: number }) => {
      const { settings } = configurationOf(command);
      const status = await statusOf(settings, timeout);
      if (json) process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
      else if (status.running) process.stdout.write(`${statusLines(status).join('\n')}\n`);
      else process.stderr.write(`varve: ${status.reason}\n`);
      process.exitCode = status.running ? 0 : EXIT_FAILURE;
    });
}

export function healthcheckCommand(): Command {
  const command = new Command('healthcheck').description('end with 0 when the daemon answers, else with 1');
  return withTimeout(addSettings(command, WHERE), 2_000)
    .addHelpText('after', HEALTH_EXAMPLES)
    .allowExcessArguments(false)
    .action(async ({ timeout }: { readonly timeout: number }) => {
      const { host, port } = configurationOf(command).settings;
      const url = endpoint(host, port);
      const answer = await askDaemon(`${url}/`, timeout).catch((error: Error) => error);
      if (answer instanceof Error) throw new CommandError(`${url}: ${answer.message}`, { cause: answer });
      if (answer.status !== 200) throw new CommandError(`${url} answers with ${answer.status}`);
    });
}

interface NotRunning {
  readonly running: false;
  readonly reason: string;
  /** Who holds the data directory, although nobody answers. */
  readonly pid: number | null;
}

async function statusOf(
  { host, port, data }: Settings,
  timeoutMs: number,
): Promise<DaemonStatus | NotRunning> {
  const url = endpoint(host, port);
  let reason: string;
  try {
    const { status, body } = await askDaemon(`${url}${STATUS_PATH}`, timeoutMs);
    if (status === 200) return JSON.parse(body) as DaemonStatus;
    reason = `what answers at ${url} is no daemon of this release, or on another machine (status ${status})`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    reason = errorCode(error) === 'ECONNREFUSED' ? `no daemon answers at ${url}` : `${url}: ${error.message}`;
  }
  // Where there is no directory, or none that may be looked at, nothing is known of its holder.
  const holder = await directoryHolder(data).catch(() => undefined);
  if (holder === undefined) return { running: false, reason, pid: null };
  const since = new Date(holder.sinceMs).toISOString();
  return {
    running: false,
    reason: `${reason}; but process ${holder.pid} holds ${data} since ${since}: it starts, stops, or listens elsewhere`,
    pid: holder.pid,
  };
}

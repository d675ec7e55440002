/** `varve install-service`: writes the units, and a file of settings to begin with, where systemd looks for them. */
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { configurationTemplate } from './config/show.js';
import { CommandError } from './errors.js';
import { EXIT_USAGE } from './exit-codes.js';
import {
  SERVICE_NAME,
  SOCKET_NAME,
  SYSTEM_DATA,
  socketUnit,
  systemService,
  userService,
} from './service-unit.js';

const EXAMPLES = `
Writes varve.service, varve.socket and, unless there is one, a file of settings; starts nothing. Without --user and
--system: for the whole system as root, else for you alone. Files of units are replaced, so keep changes in drop-ins
(systemctl edit varve).

  files of        units                         settings                      data
  the system      /etc/systemd/system           /etc/varve/varve.toml         ${SYSTEM_DATA}
  a user          ~/.config/systemd/user        ~/.config/varve/varve.toml    ~/.local/share/varve

Examples:
  sudo varve install-service --system          for the whole system
  varve install-service --user                 for you
  varve install-service --system --print       what would be written
`;

interface InstallOptions {
  readonly user?: true;
  readonly system?: true;
  readonly print: boolean;
}

interface WrittenFile {
  readonly path: string;
  readonly content: string;
  /** It belongs to the operator: never replaced. */
  readonly keep?: true;
}

export function installServiceCommand(): Command {
  const command = new Command('install-service')
    .description('write units for systemd')
    .option('--user', 'for the current user alone')
    .option('--system', 'for the whole system')
    .option('--print', 'print the files instead of writing them', false)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action((options: InstallOptions) => {
      if (options.user && options.system) {
        throw new CommandError('--user cannot be used with --system', { exitCode: EXIT_USAGE });
      }
      const isSystem = options.system ?? (options.user === undefined && process.getuid?.() === 0);
      const files = serviceFiles(isSystem, process.env);
      if (options.print)
        for (const { path, content } of files) process.stdout.write(`# ${path}\n${content}\n`);
      else install(files, isSystem);
    });
  return command;
}

/** What would be written, for tests too. */
export function serviceFiles(
  isSystem: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): readonly WrittenFile[] {
  const command = [process.execPath, commandPath()];
  const base = isSystem ? '/etc' : (environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'));
  const units = join(base, 'systemd', isSystem ? 'system' : 'user');
  const config = join(base, 'varve', 'varve.toml');
  const data = join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local/share'), 'varve');
  const service = isSystem ? systemService({ command, config }) : userService({ command, config, data });
  return [
    { path: join(units, SERVICE_NAME), content: service },
    { path: join(units, SOCKET_NAME), content: socketUnit() },
    { path: config, content: `${configurationTemplate().join('\n')}\n`, keep: true },
  ];
}

/** `bin/varve.cjs`, beside this folder. */
function commandPath(): string {
  return realpathSync(fileURLToPath(new URL('../bin/varve.cjs', import.meta.url)));
}

function install(files: readonly WrittenFile[], isSystem: boolean): void {
  if (isSystem) checkReadable([process.execPath, commandPath()]);
  for (const { path, content, keep } of files) {
    if (keep === true && existsSync(path)) {
      process.stdout.write(`${path} is there and stays as it is\n`);
      continue;
    }
    const wasThere = existsSync(path);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode: 0o644 });
    } catch (cause) {
      throw new CommandError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
    }
    process.stdout.write(`${path} was ${wasThere ? 'replaced' : 'written'}\n`);
  }
  const systemctl = isSystem ? 'systemctl' : 'systemctl --user';
  process.stdout.write(
    [
      'Now:',
      `  ${systemctl} daemon-reload`,
      `  ${systemctl} enable --now ${SERVICE_NAME}     (or ${SOCKET_NAME}: started by the first connection)`,
      '  varve status',
      ...(isSystem ? [] : ['So that it also runs while you are not logged in: loginctl enable-linger']),
      '',
    ].join('\n'),
  );
}

/** The service runs as a user of its own, and sees no home directories. */
function checkReadable(paths: readonly string[]): void {
  const hidden = paths.find((path) => /^\/(home|root|run\/user)\//.test(path));
  if (hidden === undefined) return;
  throw new CommandError(
    `${hidden} is in a home directory, which a system service cannot read: install it for everybody, or use --user`,
  );
}

/** `varve serve`: its options. What it does is in `daemon.ts`, which is loaded when the options make sense. */
import { Command } from 'commander';
import { addSettings, configurationOf } from './config/options.js';
import { SETTINGS } from './config/settings.js';

const EXAMPLES = `
Examples:
  varve serve                                  data in ${SETTINGS.data.default}, http://${SETTINGS.host.default}:${SETTINGS.port.default}
  varve serve --data /var/lib/varve            data elsewhere
  varve serve --in-memory --port 0             nothing is kept; any free port
  varve serve --host 0.0.0.0                   reachable from other machines (any credentials are accepted)
  varve serve --config /etc/varve/varve.toml   settings from a file
  VARVE_BLOCK_CACHE=1GiB varve serve           a setting from the environment
`;

export function serveCommand(): Command {
  const command = new Command('serve').description(
    'serve tables over HTTP and a Unix socket until stopped by SIGTERM or SIGINT',
  );
  return addSettings(command)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(async () => {
      const { settings } = configurationOf(command);
      const { runDaemon } = await import('./daemon.js');
      await runDaemon({ settings, reread: () => configurationOf(command).settings });
    });
}

/** `varve config`: what holds, and who said so. */
import { Command } from 'commander';
import { addSettings, configurationOf } from './config/options.js';
import { configurationJson, configurationTemplate, configurationText } from './config/show.js';
import { LineOutput } from './output.js';

const EXAMPLES = `
Prints the settings that \`varve serve\` would have with the same options, environment and file, and where each value
came from; with exit code 2 and what is wrong when it would not start because of them.

Examples:
  varve config                                 what holds here
  varve config --config /etc/varve/varve.toml  with a file
  varve config --json                          for programs: sizes in bytes, durations in milliseconds
  varve config --template > varve.toml         a file to begin with, in which every setting is explained
`;

export function configCommand(): Command {
  const command = new Command('config')
    .description('print the effective settings and where each value came from')
    .option('--json', 'one JSON document instead of text', false)
    .option('--template', 'a configuration file to begin with instead', false);
  return addSettings(command)
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .action(({ json, template }: { readonly json: boolean; readonly template: boolean }) => {
      const output = new LineOutput(process.stdout);
      const write = (lines: readonly string[]) => output.write(lines.join('\n'));
      if (template) return write(configurationTemplate());
      const configuration = configurationOf(command);
      write(
        json ? [JSON.stringify(configurationJson(configuration), null, 2)] : configurationText(configuration),
      );
    });
}

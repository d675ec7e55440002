/** Settings as options of a subcommand, and what the subcommand does with them: `--config` and the environment included. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Configuration, FILE_VARIABLE, resolveConfiguration } from './configuration.js';
import type { Kind } from './kinds.js';
import { EVERY_SETTING, type Setting, type SettingKey, settingOf } from './settings.js';

const NOTE = `
Settings such as --data may also stand in the environment (VARVE_DATA) and in a file (data = "/var/lib/varve").
An option counts before the environment, and that before the file. \`varve config\` shows what holds.`;

/** All settings, or those that the subcommand needs, with what each is to it. */
export function addSettings(
  command: Command,
  helps: Partial<Readonly<Record<SettingKey, string>>> | undefined = undefined,
): Command {
  for (const [key, setting] of EVERY_SETTING) {
    const help = helps === undefined ? setting.help : helps[key];
    if (help !== undefined) addSetting(command, { ...setting, help });
  }
  return command
    .addOption(new Option('-c, --config <file>', `settings in a TOML file (or ${FILE_VARIABLE})`))
    .addHelpText('after', NOTE);
}

function addSetting(command: Command, setting: Setting<unknown>): void {
  const { name, kind, short, hidden, formerly } = setting;
  const flags = kind.placeholder === undefined ? `--${name}` : `--${name} <${kind.placeholder}>`;
  const option = new Option(short === undefined ? flags : `-${short}, ${flags}`, helpOf(setting));
  command.addOption(parsedBy(option, kind).hideHelp(hidden === true));
  if (kind.negatable === true) command.addOption(new Option(`--no-${name}`).hideHelp());
  if (formerly !== undefined) {
    command.addOption(parsedBy(new Option(`--${formerly} <value>`), kind).hideHelp());
  }
}

function parsedBy(option: Option, kind: Kind<unknown>): Option {
  if (kind.placeholder === undefined) return option;
  return option.argParser((text: string, earlier: unknown) => {
    const value = kind.fromText(text, process.cwd());
    if (value === undefined) throw new InvalidArgumentError(`It must be ${kind.expected}.`);
    return option.variadic && Array.isArray(earlier) ? [...earlier, ...(value as unknown[])] : value;
  });
}

function helpOf({ help, kind, default: fallback, unset }: Setting<unknown>): string {
  const without = fallback ?? unset;
  return without === undefined || kind.placeholder === undefined ? help : `${help} (default: ${without})`;
}

/** What holds for a subcommand that has `addSettings`. @throws CommandError with exit code 2 */
export function configurationOf(command: Command): Configuration {
  const given = command.opts<Record<string, unknown>>();
  const options: Partial<Record<SettingKey, unknown>> = {};
  for (const [key] of EVERY_SETTING) {
    const { name, formerly = name } = settingOf(key);
    options[key] = given[attributeOf(name)] ?? given[attributeOf(formerly)];
  }
  return resolveConfiguration({
    options,
    file: given['config'] as string | undefined,
    environment: process.env,
    directory: process.cwd(),
  });
}

/** How commander calls the value of an option. */
function attributeOf(name: string): string {
  return new Option(`--${name} <value>`).attributeName();
}

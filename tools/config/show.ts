/** The effective settings for a person, for a program, and as a file to begin with. */
import type { Configuration, Origin } from './configuration.js';
import { EVERY_SETTING, type Setting, variableOf } from './settings.js';

/** A line for each setting: name, value, where it came from. */
export function configurationText({ settings, origins, file }: Configuration): string[] {
  const rows = EVERY_SETTING.map(([key, setting]) => [
    setting.name,
    valueText(setting, settings[key]),
    originText(origins[key]),
  ]);
  const [names, values] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `configuration file: ${file ?? 'none'}`,
    ...rows.map(([name = '', value = '', origin]) =>
      `${name.padEnd(names ?? 0)}  ${value.padEnd(values ?? 0)}  ${origin}`.trimEnd(),
    ),
  ];
}

/** Sizes in bytes, durations in milliseconds. */
export function configurationJson({ settings, origins, file }: Configuration): unknown {
  const entries = EVERY_SETTING.map(([key, { name, kind }]) => {
    const value = settings[key];
    return [name, { value: value === undefined ? null : kind.toJson(value), ...origins[key] }];
  });
  return { file: file ?? null, settings: Object.fromEntries(entries) };
}

/** A file in which every setting is explained and none is changed. */
export function configurationTemplate(): string[] {
  const lines = [
    '# Settings of varve. What is commented out is the default.',
    '# An option of the command counts before the environment, and that before this file.',
  ];
  for (const [, setting] of EVERY_SETTING) {
    const { name, help, unset, hidden, reloads } = setting;
    if (hidden === true) continue;
    const note = [
      unset === undefined ? '' : `default: ${unset}`,
      reloads === true ? 'SIGHUP re-reads it' : '',
    ]
      .filter((part) => part !== '')
      .join('; ');
    lines.push('', `# ${help}${note === '' ? '' : ` (${note})`}`, `# ${name} = ${templateValue(setting)}`);
  }
  return lines;
}

function templateValue({ kind, default: fallback, example }: Setting<unknown>): string {
  const written = fallback ?? example ?? '';
  const value = kind.fromText(written, '');
  // A relative path stays one.
  return typeof value === 'string' ? JSON.stringify(written) : kind.toToml(value);
}

/** The table of docs/configuration.md. */
export function settingsMarkdown(): string {
  const rows = EVERY_SETTING.filter(([, { hidden }]) => hidden !== true).map(([, setting]) => {
    const { name, kind, help, effect, unset, reloads } = setting;
    const fallback = setting.default === undefined ? (unset ?? '') : `\`${setting.default}\``;
    const what = [`${sentence(help)}`, effect ?? '', reloads === true ? 'SIGHUP re-reads it.' : '']
      .filter((part) => part !== '')
      .join(' ');
    const value = kind.placeholder === undefined ? '' : ` ${kind.placeholder.replaceAll('|', '\\|')}`;
    return `| \`--${name}\`${value} | \`${variableOf(setting)}\` | ${fallback} | ${what} |`;
  });
  return ['| option and value | environment | default | what it is |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

function valueText({ kind, unset }: Setting<unknown>, value: unknown): string {
  return value === undefined ? `(${unset})` : kind.toText(value);
}

function originText(origin: Origin): string {
  switch (origin.source) {
    case 'default':
      return 'default';
    case 'file':
      return origin.from;
    case 'option':
      return `option ${origin.from}`;
    case 'environment':
      return `environment ${origin.from}`;
  }
}

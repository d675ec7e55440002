/** The settings in a TOML file: `key = value`, all on one level, by the names that options have. */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { didYouMean, nearest } from '../../src/client/nearest.js';
import { errorCode } from '../../src/vfs/errors.js';
import { usageError } from './errors.js';

import { EVERY_SETTING, type SettingKey, settingOf } from './settings.js';

export interface SettingsFile {
  /** Absolute. */
  readonly path: string;
  readonly values: ReadonlyMap<SettingKey, FileValue>;
}

export interface FileValue {
  readonly value: unknown;
  readonly origin: { readonly source: 'file'; readonly from: string };
}

/** Relative paths in it are relative to where it is. @throws CommandError with exit code 2 */
export function readSettingsFile(name: string, directory: string): SettingsFile {
  const path = resolve(directory, name);
  const known = new Map(EVERY_SETTING.map(([key, setting]) => [setting.name, key]));
  const values = new Map<SettingKey, FileValue>();
  for (const [name, content] of Object.entries(parseFile(path))) {
    const key = known.get(name);
    if (key === undefined) {
      const meant = nearest(name.replaceAll('_', '-'), known.keys());
      throw usageError(`${path}: unknown key ${name}${didYouMean(meant)}`);
    }
    const { kind } = settingOf(key);
    const value = kind.fromFile(content, dirname(path));
    if (value === undefined) {
      throw usageError(`${path}: ${name} must be ${kind.expected}, not ${JSON.stringify(content)}`);
    }
    values.set(key, { value, origin: { source: 'file', from: path } });
  }
  return { path, values };
}

function parseFile(path: string): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw usageError(`there is no configuration file ${path}`, { cause });
    throw usageError(`cannot read the configuration file ${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    return parse(content);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [reason = ''] = cause.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw usageError(`${path}:${cause.line}:${cause.column}: ${reason}`, { cause });
  }
}

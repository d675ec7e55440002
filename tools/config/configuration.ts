/**
 * The effective settings, and where each value came from: option, else environment, else file, else default.
 *
 * Nothing is guessed: a variable or a key that no setting has, and a value that its setting does not take, are errors
 * that name where they stand.
 */
import { didYouMean, nearest } from '../../src/client/nearest.js';
import { usageError } from './errors.js';
import { readSettingsFile } from './file.js';

import { EVERY_SETTING, type SettingKey, type Settings, settingOf, variableOf } from './settings.js';

export type Origin =
  | { readonly source: 'option'; readonly from: string }
  | { readonly source: 'environment'; readonly from: string }
  | { readonly source: 'file'; readonly from: string }
  | { readonly source: 'default' };

export interface Configuration {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingKey, Origin>>;
  /** Absolute. */
  readonly file: string | undefined;
}

/** What the command line, parsed, the environment and the current directory say. */
export interface ConfigurationSources {
  /** Values by setting; those that are undefined were not given. */
  readonly options: Partial<Record<SettingKey, unknown>>;
  /** Of `--config`. */
  readonly file?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
}

/** Names the file; no setting, because a file does not name itself. */
export const FILE_VARIABLE = 'VARVE_CONFIG';

interface Found {
  readonly value: unknown;
  readonly origin: Origin;
}

type FoundValues = ReadonlyMap<SettingKey, Found>;

/** @throws CommandError with exit code 2 */
export function resolveConfiguration(sources: ConfigurationSources): Configuration {
  const { directory, environment } = sources;
  const fromEnvironment = readEnvironment(environment, directory);
  const named = sources.file ?? (environment[FILE_VARIABLE] || undefined);
  const file = named === undefined ? undefined : readSettingsFile(named, directory);
  const layers: FoundValues[] = [readOptions(sources.options), fromEnvironment];
  if (file !== undefined) layers.push(file.values);
  const settings: Partial<Record<SettingKey, unknown>> = {};
  const origins: Partial<Record<SettingKey, Origin>> = {};
  for (const [key, setting] of EVERY_SETTING) {
    const found = layers.find((layer) => layer.has(key))?.get(key);
    const fallback =
      setting.default === undefined ? undefined : setting.kind.fromText(setting.default, directory);
    settings[key] = found === undefined ? fallback : found.value;
    origins[key] = found?.origin ?? { source: 'default' };
  }
  const configuration = { settings, origins, file: file?.path } as Configuration;
  checkRelations(configuration);
  return configuration;
}

function readOptions(options: ConfigurationSources['options']): FoundValues {
  const values = new Map<SettingKey, Found>();
  for (const [key, { name }] of EVERY_SETTING) {
    const value = options[key];
    if (value !== undefined) values.set(key, { value, origin: { source: 'option', from: `--${name}` } });
  }
  return values;
}

function readEnvironment(environment: ConfigurationSources['environment'], directory: string): FoundValues {
  const known = new Map(EVERY_SETTING.map(([key, setting]) => [variableOf(setting), key]));
  const values = new Map<SettingKey, Found>();
  for (const [variable, content] of Object.entries(environment)) {
    if (!variable.startsWith('VARVE_') || content === undefined || isForeign(variable, content)) continue;
    const key = known.get(variable);
    if (key === undefined) {
      throw usageError(`unknown variable ${variable}${didYouMean(nearest(variable, known.keys()))}`);
    }
    const { kind } = settingOf(key);
    const value = kind.fromText(content, directory);
    if (value === undefined) throw usageError(`${variable} must be ${kind.expected}, not '${content}'`);
    values.set(key, { value, origin: { source: 'environment', from: variable } });
  }
  return values;
}

/**
 * Variables that are not meant for the daemon: those of the test suite and its clients, and those that Kubernetes sets in
 * every container beside a service that is called `varve` (`VARVE_PORT=tcp://10.0.0.1:8000`).
 */
function isForeign(variable: string, content: string): boolean {
  return (
    variable === FILE_VARIABLE ||
    /^VARVE_(TEST_|SERVICE_|ENDPOINT$|DYNAMODB_LOCAL$|PORT_\d+_)/.test(variable) ||
    (variable === 'VARVE_PORT' && /^(tcp|udp):\/\//.test(content))
  );
}

/** What no setting alone can know. */
function checkRelations({ settings, origins }: Configuration): void {
  const { inMemory, memtableBytes, memtablesBytes } = settings;
  if (inMemory && origins.data.source !== 'default' && origins.data.source === origins.inMemory.source) {
    throw usageError(`${placeOf('inMemory', origins)} cannot be used with ${placeOf('data', origins)}`);
  }
  if (memtablesBytes < memtableBytes) {
    const { kind } = settingOf('memtableBytes');
    throw usageError(
      `${placeOf('memtablesBytes', origins)} (${kind.toText(memtablesBytes)}) must be no less than ` +
        `${placeOf('memtableBytes', origins)} (${kind.toText(memtableBytes)})`,
    );
  }
}

function placeOf(key: SettingKey, origins: Configuration['origins']): string {
  const origin = origins[key];
  const { name } = settingOf(key);
  if (origin.source === 'default') return `the default of ${name}`;
  return origin.source === 'file' ? `${name} in ${origin.from}` : origin.from;
}

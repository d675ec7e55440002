/** What a setting's value may be: how it is written in an option, in the environment and in a file, and how it is shown. */
import { resolve } from 'node:path';

export interface Kind<Value> {
  /** Stands for the value in help, as in `--port <number>`. Undefined: the option takes none. */
  readonly placeholder: string | undefined;
  /** `--no-name` says `false`. */
  readonly negatable?: true;
  /** Completes `must be …`. */
  readonly expected: string;
  /** Options and environment. Undefined: it is no such value. `base`: what relative paths are relative to. */
  fromText(text: string, base: string): Value | undefined;
  /** A value of a TOML document. Undefined: it is no such value. */
  fromFile(value: unknown, base: string): Value | undefined;
  /** As `fromText` takes it. */
  toText(value: Value): string;
  /** As `fromFile` takes it. */
  toToml(value: Value): string;
  /** For programs: sizes in bytes, durations in milliseconds. */
  toJson(value: Value): unknown;
}

/** Written in quotes in a file, and nothing but text everywhere. */
function textual<Value>(kind: {
  readonly placeholder: string;
  readonly expected: string;
  fromText(text: string, base: string): Value | undefined;
  toText(value: Value): string;
}): Kind<Value> {
  return {
    ...kind,
    fromFile: (value, base) => (typeof value === 'string' ? kind.fromText(value, base) : undefined),
    toToml: (value) => JSON.stringify(kind.toText(value)),
    toJson: (value) => kind.toText(value),
  };
}

export function text(placeholder: string): Kind<string> {
  return textual({
    placeholder,
    expected: 'text that is not empty',
    fromText: (value) => (value.trim() === '' ? undefined : value),
    toText: (value) => value,
  });
}

export function path(placeholder: string): Kind<string> {
  return textual({
    placeholder,
    expected: 'a path; it must not be empty',
    fromText: (value, base) => (value.trim() === '' ? undefined : resolve(base, value)),
    toText: (value) => value,
  });
}

export function choice<const Choice extends string>(choices: readonly Choice[]): Kind<Choice> {
  return textual({
    placeholder: choices.join('|'),
    expected: `one of ${choices.join(', ')}`,
    fromText: (value) => choices.find((known) => known === value),
    toText: (value) => value,
  });
}

/** Permissions of a file. In a file they stand in quotes: TOML's own octal numbers begin with `0o`, and 600 is none. */
export const mode: Kind<number> = textual({
  placeholder: 'octal',
  expected: 'octal, such as 0660 (in quotes in a file)',
  fromText: (value) => (/^[0-7]{3,4}$/.test(value) ? Number.parseInt(value, 8) : undefined),
  toText: (value) => value.toString(8).padStart(4, '0'),
});

export const flag: Kind<boolean> = {
  placeholder: undefined,
  negatable: true,
  expected: 'true or false',
  fromText: (value) => ({ true: true, 1: true, false: false, 0: false })[value],
  fromFile: (value) => (typeof value === 'boolean' ? value : undefined),
  toText: String,
  toToml: String,
  toJson: (value) => value,
};

/** A path, or `false` for none. A file of that name is `./false`. */
export function optionalPath(placeholder: string): Kind<string | false> {
  const { fromText } = path(placeholder);
  return {
    placeholder,
    negatable: true,
    expected: 'a path that is not empty, or false',
    fromText: (value, base) => (value === 'false' ? false : fromText(value, base)),
    fromFile: (value, base) =>
      value === false || typeof value !== 'string' ? flagOff(value) : fromText(value, base),
    toText: String,
    toToml: (value) => (value === false ? 'false' : JSON.stringify(value)),
    toJson: (value) => value,
  };
}

function flagOff(value: unknown): false | undefined {
  return value === false ? false : undefined;
}

/** One or more, separated by commas or blanks; a list in a file. */
export function list(placeholder: string): Kind<readonly string[]> {
  const fromText = (value: string) => {
    const items = value.split(/[\s,]+/).filter((item) => item !== '');
    return items.length === 0 ? undefined : items;
  };
  return {
    placeholder: `${placeholder}...`,
    expected: 'one or more, separated by commas; a list of texts in a file',
    fromText,
    fromFile: (value) => {
      if (typeof value === 'string') return fromText(value);
      if (!Array.isArray(value) || value.length === 0) return undefined;
      return value.every((item) => typeof item === 'string' && item.trim() !== '') ? value : undefined;
    },
    toText: (value) => value.join(','),
    toToml: (value) => JSON.stringify(value),
    toJson: (value) => value,
  };
}

/** Both inclusive. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Whole numbers: plain in a file, or in quotes with a unit. */
function numeric(kind: {
  readonly placeholder: string;
  readonly expected: string;
  readonly bounds: Bounds;
  parse(text: string): number | undefined;
  toText(value: number): string;
}): Kind<number> {
  const { min, max } = kind.bounds;
  const fromText = (value: string) => {
    const number = kind.parse(value.trim());
    return number !== undefined && number >= min && number <= max ? number : undefined;
  };
  return {
    placeholder: kind.placeholder,
    expected: kind.expected,
    fromText,
    fromFile: (value) =>
      typeof value === 'string' || Number.isSafeInteger(value) ? fromText(String(value)) : undefined,
    toText: kind.toText,
    toToml: (value) => {
      const written = kind.toText(value);
      return /^\d+$/.test(written) ? written : JSON.stringify(written);
    },
    toJson: (value) => value,
  };
}

export function count(bounds: Bounds): Kind<number> {
  return numeric({
    placeholder: 'number',
    expected: `a number from ${bounds.min} to ${bounds.max}`,
    bounds,
    parse: (value) => (/^\d{1,15}$/.test(value) ? Number(value) : undefined),
    toText: String,
  });
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** In bytes. A bare number is bytes. */
export function size(bounds: Bounds): Kind<number> {
  const { min, max } = bounds;
  return numeric({
    placeholder: 'size',
    expected: `a number of bytes or a size such as 64MiB, from ${sizeText(min)} to ${sizeText(max)}`,
    bounds,
    parse: (value) => withUnit(value, SIZE_UNITS),
    toText: sizeText,
  });
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** In milliseconds. A bare number is milliseconds. */
export function duration(bounds: Bounds): Kind<number> {
  const { min, max } = bounds;
  return numeric({
    placeholder: 'duration',
    expected: `a number of milliseconds or a duration such as 500ms or 2s, from ${durationText(min)} to ${durationText(max)}`,
    bounds,
    parse: (value) => withUnit(value, DURATION_UNITS),
    toText: durationText,
  });
}

function withUnit(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)$/i.exec(value);
  const factor = units[match?.[2]?.toLowerCase() ?? '?'];
  const number = factor === undefined ? Number.NaN : Number(match?.[1]) * factor;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Exact: in the largest unit in which it is a whole number. */
function sizeText(bytes: number): string {
  const unit = (['TiB', 'GiB', 'MiB', 'KiB'] as const).find(
    (name) => bytes > 0 && bytes % (SIZE_UNITS[name.toLowerCase()] ?? 1) === 0,
  );
  return unit === undefined ? String(bytes) : `${bytes / (SIZE_UNITS[unit.toLowerCase()] ?? 1)}${unit}`;
}

function durationText(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((name) => ms > 0 && ms % (DURATION_UNITS[name] ?? 1) === 0);
  return unit === undefined ? `${ms}ms` : `${ms / (DURATION_UNITS[unit] ?? 1)}${unit}`;
}

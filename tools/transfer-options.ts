/** What `varve dump` and `varve restore` are told. */
import { InvalidArgumentError } from 'commander';
import type { KeyAttribute, KeySchema } from '../src/table/types.js';

/** The standard stream instead of a directory. */
export const STANDARD_STREAM = '-';

/** How long a daemon may take for its next word, in milliseconds: it holds a write for 30 s at most. */
export const TIMEOUT_MS = 120_000;

export interface DumpOptions {
  /** Absolute. */
  readonly data: string;
  readonly table?: readonly string[];
  readonly level: number;
  /** Directory of a table that was put aside, instead of the tables in `data`. */
  readonly lost?: string;
  /** Of the table in `lost`. */
  readonly as?: string;
  readonly key?: KeySchema;
  /** For each answer of a daemon, in milliseconds. */
  readonly timeout: number;
}

export interface RestoreOptions {
  /** Absolute. */
  readonly data: string;
  readonly table?: readonly string[];
  readonly as?: string;
  readonly key?: KeySchema;
  readonly overwrite: boolean;
  /** For each answer of a daemon, in milliseconds. */
  readonly timeout: number;
}

/** For options that may be given several times. */
export function addName(name: string, names: readonly string[] = []): readonly string[] {
  return [...names, name];
}

export function parseName(text: string): string {
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(text)) {
    throw new InvalidArgumentError('It must have 3 to 255 characters of a-z, A-Z, 0-9, _, - and dot.');
  }
  return text;
}

export function parseKey(text: string): KeySchema {
  const [partition, sort, ...others] = text.split(',').map(parseAttribute);
  if (partition === undefined || others.length > 0 || partition.name === sort?.name) {
    throw new InvalidArgumentError('It must be one attribute or two, such as pk:S,sk:N.');
  }
  return { partition, sort: sort ?? null };
}

function parseAttribute(text: string): KeyAttribute {
  const [, name, type] = /^(.{1,255}):([SNB])$/.exec(text) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError('An attribute must have a name and a type, S, N or B, such as pk:S.');
  }
  return { name, type: type as KeyAttribute['type'] };
}

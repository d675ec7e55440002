/** What `varve dump` and `varve restore` are told. */
import type { KeySchema } from '../src/table/types.js';

/** The standard stream instead of a directory. */
export const STANDARD_STREAM = '-';

/** How long a daemon may take for its next word, in milliseconds: it holds a write for 30 s at most. */
export const TIMEOUT_MS = 120_000;

export interface DumpOptions {
  /** Absolute. */
  readonly data: string;
  readonly table?: readonly string[];
  readonly level: number;
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

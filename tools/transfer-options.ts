/** What `varve dump` and `varve restore` are told. */
import type { KeySchema } from '../src/table/types.js';

/** The standard stream instead of a directory. */
export const STANDARD_STREAM = '-';

export interface DumpOptions {
  /** Absolute. */
  readonly data: string;
  readonly table?: readonly string[];
  readonly level: number;
}

export interface RestoreOptions {
  /** Absolute. */
  readonly data: string;
  readonly table?: readonly string[];
  readonly as?: string;
  readonly key?: KeySchema;
  readonly overwrite: boolean;
}

/** For options that may be given several times. */
export function addName(name: string, names: readonly string[] = []): readonly string[] {
  return [...names, name];
}

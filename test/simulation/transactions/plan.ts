/**
 * What a transaction is to do, and may do again with the same token: an action for each of some keys. A list tells the
 * order of everything that was appended to it; of a register each write saw the one before it; so the history that comes
 * of them can be checked for one order of all (`test/histories/checker.ts`).
 */
import type { Mutation } from '../../../src/partition/types.js';
import type { Operation } from '../../histories/history.js';
import type { Choices } from '../choices.js';

export interface Step {
  readonly kind: 'append' | 'replace' | 'remove' | 'check';
  /** Index of the partition. */
  readonly place: number;
  /** `l…`: a list. `r…`: a register. */
  readonly key: string;
  /** Refuses every fourth state of the key. Undefined: none. */
  readonly unlucky: number | undefined;
}

export type Plan = readonly Step[];

export function choosePlan(choices: Choices, places: number, keys: number): Plan {
  const steps = new Map<string, Step>();
  for (let left = 1 + choices.below(5); left > 0; left -= 1) {
    const place = choices.below(places);
    const index = choices.below(keys);
    const isList = choices.chance(0.5);
    const key = `${isList ? 'l' : 'r'}${index}`;
    const write = isList ? 'append' : choices.pick(['replace', 'replace', 'remove'] as const);
    const kind = choices.chance(0.3) ? 'check' : write;
    const unlucky = choices.chance(0.15) ? choices.below(4) : undefined;
    steps.set(`${place}/${key}`, { kind, place, key, unlucky });
  }
  return [...steps.values()];
}

/** What the step reads, and what it does then; no write when it refuses. */
export interface Performed {
  readonly found: Operation;
  readonly written: Operation | undefined;
  readonly mutation: Mutation | undefined;
  readonly isRefused: boolean;
}

/** @param value to write: unique */
export function perform(
  { kind, key, unlucky }: Step,
  name: string,
  current: Uint8Array | undefined,
  value: number,
): Performed {
  const found = readOf(name, key, current);
  const isRefused = unlucky !== undefined && stateOf(found) % 4 === unlucky;
  if (isRefused || kind === 'check') return { found, written: undefined, mutation: undefined, isRefused };
  const full = `${name}/${key}`;
  switch (kind) {
    case 'append': {
      const text = current === undefined ? `${value}` : `${Buffer.from(current)} ${value}`;
      const mutation = { key, value: Buffer.from(text) };
      return { found, written: { kind, key: full, value }, mutation, isRefused };
    }
    case 'replace':
    case 'remove': {
      const removes = kind === 'remove';
      const mutation = { key, value: removes ? null : Buffer.from(`${value}`) };
      return { found, written: { kind: 'write', key: full, value, removes }, mutation, isRefused };
    }
  }
}

export function readOf(name: string, key: string, current: Uint8Array | undefined): Operation {
  const text = current === undefined ? undefined : Buffer.from(current).toString();
  const full = `${name}/${key}`;
  return key.startsWith('l')
    ? { kind: 'list', key: full, values: text === undefined ? [] : text.split(' ').map(Number) }
    : { kind: 'read', key: full, value: text === undefined ? undefined : Number(text) };
}

function stateOf(found: Operation): number {
  if (found.kind === 'list') return found.values.length;
  return found.kind === 'read' ? (found.value ?? 0) : 0;
}

/** What a transaction with an idempotency token does, as a digest: the same for the same items in whatever notation. */
import { createHash } from 'node:crypto';
import { BinarySet, NumberSet, NumberValue, StringSet } from '../encoding/attribute-value.js';
import type { Token } from '../transaction/types.js';

/** @param items the validated list of actions; what else the request asks for may differ when it is repeated */
export function tokenOf(value: string, items: readonly unknown[]): Token {
  return { value, digest: createHash('sha256').update(canonicalText(items)).digest('hex') };
}

/** One text for one meaning: members of structures, maps and sets are in order, absent members are not there. */
function canonicalText(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof NumberValue) return `N${value.text}`;
  if (value instanceof Uint8Array) return `B${Buffer.from(value).toString('base64')}`;
  if (value instanceof StringSet || value instanceof NumberSet || value instanceof BinarySet) {
    return `${value.constructor.name}(${value.members.map(canonicalText).sort().join()})`;
  }
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const parts = entries
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalText(member)}`);
  return `{${parts.sort().join()}}`;
}

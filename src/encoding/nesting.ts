/** How deep values are nested. */
import type { AttributeValue } from './attribute-value.js';
import { NESTING_LEVELS_MAX } from './limits.js';

/** Counts the value and the lists and maps in it, one in the other. */
export function levelsOf(value: AttributeValue): number {
  if (!(value instanceof Map || Array.isArray(value))) return 1;
  let inside = 0;
  for (const element of value.values() as Iterable<AttributeValue>)
    inside = Math.max(inside, levelsOf(element));
  return 1 + inside;
}

/** @param around lists and maps around the value */
export function isTooDeep(value: AttributeValue, around = 0): boolean {
  return around + levelsOf(value) > NESTING_LEVELS_MAX;
}

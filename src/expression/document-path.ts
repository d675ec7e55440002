/** Document paths: how messages print them, what they find, and which of them exclude each other. */
import type { AttributeValue, Item } from '../encoding/attribute-value.js';
import { ExpressionError } from './errors.js';
import type { DocumentPath } from './types.js';

/** As messages print a path: `[a, b, [3]]`. */
export function printPath(path: DocumentPath): string {
  const elements = path.map((element) => (typeof element === 'number' ? `[${element}]` : element));
  return `[${elements.join(', ')}]`;
}

/** The value at `path`; undefined when there is none. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  let value: AttributeValue | undefined = item;
  for (const element of path) {
    if (typeof element === 'string') value = value instanceof Map ? value.get(element) : undefined;
    else value = Array.isArray(value) ? value[element] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

export function pathsEqual(left: DocumentPath, right: DocumentPath): boolean {
  return left.length === right.length && left.every((element, index) => element === right[index]);
}

/**
 * Refuses paths of which one contains another, and paths that take the same value for a list and for a map. Overlaps
 * anywhere are reported before conflicts.
 */
export function checkDisjoint(paths: readonly DocumentPath[]): void {
  let conflict: string | undefined;
  for (const [index, second] of paths.entries()) {
    for (const first of paths.slice(0, index)) {
      const relation = relate(first, second);
      if (relation === 'disjoint') continue;
      const message =
        `Two document paths ${relation} with each other; must remove or rewrite one of these paths; ` +
        `path one: ${printPath(first)}, path two: ${printPath(second)}`;
      if (relation === 'overlap') throw new ExpressionError(message);
      conflict ??= message;
    }
  }
  if (conflict !== undefined) throw new ExpressionError(conflict);
}

function relate(first: DocumentPath, second: DocumentPath): 'overlap' | 'conflict' | 'disjoint' {
  const length = Math.min(first.length, second.length);
  for (let index = 0; index < length; index += 1) {
    if (typeof first[index] !== typeof second[index]) return 'conflict';
    if (first[index] !== second[index]) return 'disjoint';
  }
  return 'overlap';
}

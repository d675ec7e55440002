/** What a projection keeps of an item: the values at its paths, with the maps and lists around them. */
import type { AttributeMap, AttributeValue, Item } from '../encoding/attribute-value.js';
import type { DocumentPath, Projection } from './types.js';

/** What is asked of one value: all of it, or some of its entries or elements. */
type Wanted = 'all' | Map<string | number, Wanted>;

/**
 * Attributes come in the order of the item. Elements of lists keep their order and close up: of `l[3]` and `l[1]` the
 * result is a list of two.
 */
export function projectItem(projection: Projection, item: Item): Item {
  const [first] = projection;
  if (projection.length === 1 && first?.length === 1) return projectAttribute(String(first[0]), item);
  return (pick(item, wantedOf(projection)) as AttributeMap | undefined) ?? new Map();
}

function projectAttribute(name: string, item: Item): Item {
  const value = item.get(name);
  return value === undefined ? new Map() : new Map([[name, value]]);
}

function wantedOf(paths: readonly DocumentPath[]): Map<string | number, Wanted> {
  const root = new Map<string | number, Wanted>();
  for (const path of paths) {
    let node = root;
    for (const [index, element] of path.entries()) {
      if (index === path.length - 1) {
        node.set(element, 'all');
        break;
      }
      const existing = node.get(element);
      const next: Map<string | number, Wanted> = existing instanceof Map ? existing : new Map();
      node.set(element, next);
      node = next;
    }
  }
  return root;
}

/** Undefined when nothing of `value` is wanted. */
function pick(value: AttributeValue, wanted: Wanted): AttributeValue | undefined {
  if (wanted === 'all') return value;
  if (value instanceof Map) return pickEntries(value, wanted);
  if (Array.isArray(value)) return pickElements(value as readonly AttributeValue[], wanted);
  return undefined;
}

function pickEntries(
  map: AttributeMap,
  wanted: ReadonlyMap<string | number, Wanted>,
): AttributeMap | undefined {
  const picked = new Map<string, AttributeValue>();
  for (const [name, value] of map) {
    const inner = wanted.get(name);
    const part = inner === undefined ? undefined : pick(value, inner);
    if (part !== undefined) picked.set(name, part);
  }
  return picked.size === 0 ? undefined : picked;
}

function pickElements(
  list: readonly AttributeValue[],
  wanted: ReadonlyMap<string | number, Wanted>,
): readonly AttributeValue[] | undefined {
  const picked: AttributeValue[] = [];
  for (const [index, value] of list.entries()) {
    const inner = wanted.get(index);
    const part = inner === undefined ? undefined : pick(value, inner);
    if (part !== undefined) picked.push(part);
  }
  return picked.length === 0 ? undefined : picked;
}

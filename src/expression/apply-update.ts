/**
 * Applies an update to an item. Every right-hand side is evaluated against the item as it was, and every path means a
 * place in the item as it was, so the order of the actions does not matter. They form a tree along their paths (no two
 * overlap), and one walk over item and tree makes the new item, sharing what did not change.
 */
import { NESTING_FAULT } from '../encoding/attribute-json.js';
import type { AttributeMap, AttributeValue, Item } from '../encoding/attribute-value.js';
import { isTooDeep } from '../encoding/nesting.js';
import { ExpressionError } from './errors.js';
import type { Update, UpdateAction } from './types.js';
import { actionResult } from './update-value.js';

interface Branch {
  readonly children: Map<string | number, Branch | UpdateAction>;
}

function invalidPath(): ExpressionError {
  return new ExpressionError('The document path provided in the update expression is invalid for update');
}

/** The item as the update leaves it. Throws an `ExpressionError` when the item does not have what the update needs. */
export function applyUpdate(update: Update, item: Item): Item {
  return changeMap(item, treeOf(update), item);
}

function treeOf(update: Update): Branch {
  const root: Branch = { children: new Map() };
  for (const action of update) {
    let branch = root;
    for (const [index, element] of action.path.entries()) {
      if (index === action.path.length - 1) {
        branch.children.set(element, action);
        break;
      }
      const existing = branch.children.get(element);
      const next: Branch =
        existing !== undefined && 'children' in existing ? existing : { children: new Map() };
      branch.children.set(element, next);
      branch = next;
    }
  }
  return root;
}

/** A value after the update. Undefined: not there. */
function change(
  value: AttributeValue | undefined,
  node: Branch | UpdateAction,
  item: Item,
): AttributeValue | undefined {
  if ('children' in node) {
    if (value instanceof Map) return changeMap(value, node, item);
    if (Array.isArray(value)) return changeList(value as readonly AttributeValue[], node, item);
    throw invalidPath();
  }
  const result = actionResult(node, value, item);
  // At the top of an item a value has no more levels than where it comes from.
  if (node.path.length > 1 && result !== undefined && isTooDeep(result, node.path.length - 1)) {
    throw new ExpressionError(NESTING_FAULT);
  }
  return result;
}

function changeMap(map: AttributeMap, branch: Branch, item: Item): AttributeMap {
  const result = new Map(map);
  for (const [name, node] of branch.children) {
    if (typeof name !== 'string') throw invalidPath();
    const value = change(map.get(name), node, item);
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return result;
}

/** Elements set beyond the end are appended, in the order of their indexes; removed ones leave no hole. */
function changeList(list: readonly AttributeValue[], branch: Branch, item: Item): readonly AttributeValue[] {
  const result: (AttributeValue | undefined)[] = [...list];
  const nodes = [...branch.children].sort(([a], [b]) => Number(a) - Number(b));
  for (const [index, node] of nodes) {
    if (typeof index !== 'number') throw invalidPath();
    const value = change(list[index], node, item);
    if (index < list.length) result[index] = value;
    else if (value !== undefined) result.push(value);
  }
  return result.filter((element) => element !== undefined);
}

/** Whether a condition holds for an item. An operand that is missing makes every comparison false. */
import {
  type AttributeValue,
  BinarySet,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
  typeOf,
} from '../encoding/attribute-value.js';
import { bytesKey, compareValues, valuesEqual } from './compare.js';
import { valueAt } from './document-path.js';
import type { Comparator, Condition, Operand } from './types.js';

const NO_ITEM: Item = new Map();

/** @param item absent: there is none, so no attribute exists */
export function evaluateCondition(condition: Condition, item: Item | undefined): boolean {
  return holds(condition, item ?? NO_ITEM);
}

function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.operands.every((operand) => holds(operand, item));
    case 'or':
      return condition.operands.some((operand) => holds(operand, item));
    case 'not':
      return !holds(condition.operand, item);
    case 'compare': {
      const left = evaluate(condition.left, item);
      const right = evaluate(condition.right, item);
      return compares(condition.operator, left, right);
    }
    case 'between': {
      const value = evaluate(condition.operand, item);
      return (
        compares('>=', value, evaluate(condition.lower, item)) &&
        compares('<=', value, evaluate(condition.upper, item))
      );
    }
    case 'in': {
      const value = evaluate(condition.operand, item);
      return condition.candidates.some((candidate) => compares('=', value, evaluate(candidate, item)));
    }
    case 'attribute_exists':
      return valueAt(item, condition.path) !== undefined;
    case 'attribute_not_exists':
      return valueAt(item, condition.path) === undefined;
    case 'attribute_type': {
      const value = evaluate(condition.operand, item);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case 'begins_with':
      return beginsWith(evaluate(condition.operand, item), evaluate(condition.prefix, item));
    case 'contains':
      return contains(evaluate(condition.operand, item), evaluate(condition.member, item));
  }
}

function evaluate(operand: Operand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return valueAt(item, operand.path);
    case 'value':
      return operand.value;
    case 'size': {
      const value = evaluate(operand.operand, item);
      const size = value === undefined ? undefined : sizeOf(value);
      return size === undefined ? undefined : new NumberValue(String(size));
    }
  }
}

/** Strings count in UTF-16 units, binaries in bytes, the others in members. Numbers, BOOL and NULL have no size. */
function sizeOf(value: AttributeValue): number | undefined {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (value instanceof Map) return value.size;
  if (Array.isArray(value)) return value.length;
  return members(value)?.length;
}

function members(value: AttributeValue): readonly (string | Uint8Array)[] | undefined {
  const isSet = value instanceof StringSet || value instanceof NumberSet || value instanceof BinarySet;
  return isSet ? value.members : undefined;
}

function compares(
  operator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  // A missing attribute differs from everything, another missing one included, as the service sees it.
  if (left === undefined || right === undefined) return operator === '<>';
  if (operator === '=') return valuesEqual(left, right);
  if (operator === '<>') return !valuesEqual(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
  if (typeof value === 'string') return typeof prefix === 'string' && value.startsWith(prefix);
  if (!(value instanceof Uint8Array && prefix instanceof Uint8Array)) return false;
  return bytesKey(value).startsWith(bytesKey(prefix));
}

/** A substring, a part of a binary, a member of a set or an element of a list. */
function contains(value: AttributeValue | undefined, member: AttributeValue | undefined): boolean {
  if (value === undefined || member === undefined) return false;
  if (typeof value === 'string') return typeof member === 'string' && value.includes(member);
  if (value instanceof Uint8Array) {
    return member instanceof Uint8Array && bytesKey(value).includes(bytesKey(member));
  }
  if (value instanceof StringSet) return typeof member === 'string' && value.members.includes(member);
  if (value instanceof NumberSet) return member instanceof NumberValue && value.members.includes(member.text);
  if (value instanceof BinarySet) {
    return value.members.some((candidate) => valuesEqual(candidate, member));
  }
  if (!Array.isArray(value)) return false;
  return (value as readonly AttributeValue[]).some((element) => valuesEqual(element, member));
}

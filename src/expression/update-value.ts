/** What one action of an update makes of one value. */
import {
  type AttributeValue,
  BinarySet,
  type Item,
  NumberSet,
  NumberValue,
  StringSet,
  typeOf,
} from '../encoding/attribute-value.js';
import { EncodingError } from '../encoding/errors.js';
import { addNumbers, subtractNumbers } from '../encoding/number.js';
import { bytesKey } from './compare.js';
import { valueAt } from './document-path.js';
import { ExpressionError } from './errors.js';
import type { UpdateAction, UpdateValue } from './types.js';

function wrongType(): ExpressionError {
  return new ExpressionError('An operand in the update expression has an incorrect data type');
}

function legacyMismatch(): ExpressionError {
  return new ExpressionError('Type mismatch for attribute to update');
}

/** Undefined: the value is not there (before) or goes away (after). */
export function actionResult(
  action: UpdateAction,
  current: AttributeValue | undefined,
  item: Item,
): AttributeValue | undefined {
  switch (action.kind) {
    case 'set':
      return evaluate(action.value, item);
    case 'remove':
      return undefined;
    case 'add':
    case 'delete': {
      if (current === undefined) return action.kind === 'add' ? action.value : undefined;
      if (typeOf(current) !== typeOf(action.value)) throw action.legacy ? legacyMismatch() : wrongType();
      return (action.kind === 'add' ? add : subtractSet)(current, action.value);
    }
  }
}

function evaluate(value: UpdateValue, item: Item): AttributeValue {
  switch (value.kind) {
    case 'value':
      return value.value;
    case 'path': {
      const found = valueAt(item, value.path);
      if (found !== undefined) return found;
      throw new ExpressionError(
        'The provided expression refers to an attribute that does not exist in the item',
      );
    }
    case 'if_not_exists':
      return orElse(valueAt(item, value.path), () => evaluate(value.otherwise, item));
    case 'list_append': {
      const left = evaluate(value.left, item);
      const right = evaluate(value.right, item);
      if (!Array.isArray(left) || !Array.isArray(right)) throw wrongType();
      return [...(left as readonly AttributeValue[]), ...(right as readonly AttributeValue[])];
    }
    case 'plus':
    case 'minus': {
      const left = evaluate(value.left, item);
      const right = evaluate(value.right, item);
      if (!(left instanceof NumberValue && right instanceof NumberValue)) throw wrongType();
      return calculate(value.kind === 'plus' ? addNumbers : subtractNumbers, left, right);
    }
  }
}

/** Not `??`: null is a value here, the attribute type NULL. */
function orElse(value: AttributeValue | undefined, fallback: () => AttributeValue): AttributeValue {
  return value === undefined ? fallback() : value;
}

function calculate(
  operation: (left: string, right: string) => string,
  left: NumberValue,
  right: NumberValue,
): NumberValue {
  try {
    return new NumberValue(operation(left.text, right.text));
  } catch (error) {
    if (!(error instanceof EncodingError)) throw error;
    throw new ExpressionError(error.message, { cause: error });
  }
}

/** Of two values of the same type. A list grows at its end, a form that update expressions do not have. */
function add(current: AttributeValue, operand: AttributeValue): AttributeValue {
  if (current instanceof NumberValue && operand instanceof NumberValue) {
    return calculate(addNumbers, current, operand);
  }
  if (current instanceof StringSet && operand instanceof StringSet) {
    return new StringSet([...new Set([...current.members, ...operand.members])]);
  }
  if (current instanceof NumberSet && operand instanceof NumberSet) {
    return new NumberSet([...new Set([...current.members, ...operand.members])]);
  }
  if (current instanceof BinarySet && operand instanceof BinarySet) {
    const members = new Map(
      [...current.members, ...operand.members].map((bytes) => [bytesKey(bytes), bytes]),
    );
    return new BinarySet([...members.values()]);
  }
  if (Array.isArray(current) && Array.isArray(operand)) {
    return [...(current as readonly AttributeValue[]), ...(operand as readonly AttributeValue[])];
  }
  throw wrongType();
}

/** A set without members is none. */
function subtractSet(current: AttributeValue, operand: AttributeValue): AttributeValue | undefined {
  if (current instanceof StringSet && operand instanceof StringSet) {
    const members = without(current.members, operand.members);
    return members.length > 0 ? new StringSet(members) : undefined;
  }
  if (current instanceof NumberSet && operand instanceof NumberSet) {
    const members = without(current.members, operand.members);
    return members.length > 0 ? new NumberSet(members) : undefined;
  }
  if (current instanceof BinarySet && operand instanceof BinarySet) {
    const removed = new Set(operand.members.map(bytesKey));
    const members = current.members.filter((bytes) => !removed.has(bytesKey(bytes)));
    return members.length > 0 ? new BinarySet(members) : undefined;
  }
  throw wrongType();
}

function without(members: readonly string[], removed: readonly string[]): string[] {
  const gone = new Set(removed);
  return members.filter((member) => !gone.has(member));
}

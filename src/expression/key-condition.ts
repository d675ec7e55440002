/**
 * What a query asks of its keys: one value of the partition key, and at most one range of the sort key. The service first
 * looks at the shape of the expression, then holds it against the key schema.
 */
import { type AttributeValue, typeOf } from '../encoding/attribute-value.js';
import { ExpressionError } from './errors.js';
import type {
  Comparator,
  Condition,
  DocumentPath,
  KeyCondition,
  Operand,
  QueryKeySchema,
  SortKeyCondition,
} from './types.js';

type Operator = SortKeyCondition['operator'];

/** A condition on one attribute, its path on the left. */
export interface AttributeCondition {
  readonly operator: Operator;
  readonly values: readonly AttributeValue[];
}

const MIRRORED: { readonly [C in Exclude<Comparator, '<>'>]: Exclude<Comparator, '<>'> } = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** What is asked of each attribute, before it is known which of them are keys. */
export type AttributeConditions = ReadonlyMap<string, AttributeCondition>;

const CONDITIONS_MAX = 2;

/** Throws an `ExpressionError` when the condition has a shape that no key schema could fit. */
export function conditionsByAttribute(condition: Condition): AttributeConditions {
  const conditions = new Map<string, AttributeCondition>();
  collect(condition, conditions);
  checkCount(conditions.size);
  return conditions;
}

export function checkCount(conditions: number): void {
  if (conditions >= 1 && conditions <= CONDITIONS_MAX) return;
  throw new ExpressionError('Conditions can be of length 1 or 2 only');
}

function collect(condition: Condition, conditions: Map<string, AttributeCondition>): void {
  switch (condition.kind) {
    case 'and':
      for (const operand of condition.operands) collect(operand, conditions);
      return;
    case 'or':
    case 'not':
    case 'in':
      throw unsupported(condition.kind.toUpperCase());
    case 'attribute_exists':
    case 'attribute_not_exists':
    case 'attribute_type':
    case 'contains':
      throw unsupported(condition.kind);
    case 'compare':
      collectComparison(condition, conditions);
      return;
    case 'between':
      requireFirst('BETWEEN', condition.operand);
      add('BETWEEN', [condition.operand, condition.lower, condition.upper], conditions);
      return;
    case 'begins_with':
      requireFirst('begins_with', condition.operand);
      add('begins_with', [condition.operand, condition.prefix], conditions);
  }
}

function unsupported(operator: string): ExpressionError {
  return new ExpressionError(`Invalid operator used in KeyConditionExpression: ${operator}`);
}

function requireFirst(operator: string, operand: Operand): void {
  if (operand.kind === 'path') return;
  if (operand.kind === 'size') throw nested();
  throw invalidCondition(`${operator} operator must have the key attribute as its first operand`);
}

function nested(): ExpressionError {
  return new ExpressionError('KeyConditionExpressions cannot contain nested operations');
}

function invalidCondition(problem: string): ExpressionError {
  return new ExpressionError(`Invalid condition in KeyConditionExpression: ${problem}`);
}

/** `:value < key` is `key > :value`. */
function collectComparison(
  { operator, left, right }: Extract<Condition, { kind: 'compare' }>,
  conditions: Map<string, AttributeCondition>,
): void {
  if (operator === '<>') throw unsupported('<>');
  if (left.kind === 'value' && right.kind === 'path') add(MIRRORED[operator], [right, left], conditions);
  else add(operator, [left, right], conditions);
}

function add(
  operator: Operator,
  operands: readonly Operand[],
  conditions: Map<string, AttributeCondition>,
): void {
  const paths: DocumentPath[] = [];
  const values: AttributeValue[] = [];
  for (const operand of operands) {
    if (operand.kind === 'size') throw nested();
    if (operand.kind === 'value') values.push(operand.value);
    else paths.push(operand.path);
  }
  const [path, ...others] = paths;
  if (path === undefined) throw invalidCondition('No key attribute specified');
  if (others.length > 0) throw invalidCondition('Multiple attribute names used in one condition');
  if (path.length > 1) {
    throw new ExpressionError('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  const name = String(path[0]);
  if (conditions.has(name)) {
    throw new ExpressionError('KeyConditionExpressions must only contain one condition per key');
  }
  conditions.set(name, { operator, values });
}

/** Throws an `ExpressionError` when the conditions do not fit the keys. */
export function matchKeySchema(
  conditions: AttributeConditions,
  { partitionKey, sortKey }: QueryKeySchema,
): KeyCondition {
  const onPartition = conditions.get(partitionKey.name);
  if (onPartition === undefined) throw missed(partitionKey.name);
  const onSort = sortKey === undefined ? undefined : conditions.get(sortKey.name);
  if (conditions.size > 1 && onSort === undefined) {
    if (sortKey === undefined) throw new ExpressionError('Query key condition not supported');
    throw missed(sortKey.name);
  }
  const [partitionValue] = onPartition.values;
  if (onPartition.operator !== '=' || partitionValue === undefined) {
    throw new ExpressionError('Query key condition not supported');
  }
  checkTypes(onPartition, partitionKey.type);
  if (onSort === undefined || sortKey === undefined) return { partitionKey: partitionValue };
  checkTypes(onSort, sortKey.type);
  return { partitionKey: partitionValue, sortKey: onSort as SortKeyCondition };
}

function missed(name: string): ExpressionError {
  return new ExpressionError(`Query condition missed key schema element: ${name}`);
}

function checkTypes({ values }: AttributeCondition, type: string): void {
  for (const value of values) {
    if (typeOf(value) === type) continue;
    throw new ExpressionError(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  }
}

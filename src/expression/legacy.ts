/**
 * The parameters from before expressions, as the same plain data. Their own rules (numbers and types of operands, members
 * that exclude each other) are the api's, which checks them before it comes here.
 *
 * Source: "Legacy conditional parameters" in the developer guide.
 */
import type { AttributeValue } from '../encoding/attribute-value.js';
import { ExpressionError } from './errors.js';
import { type AttributeCondition, type AttributeConditions, checkCount } from './key-condition.js';
import type { Comparator, Condition, Operand, Projection, Update, UpdateAction } from './types.js';

export type LegacyOperator =
  | 'EQ'
  | 'NE'
  | 'LE'
  | 'LT'
  | 'GE'
  | 'GT'
  | 'NOT_NULL'
  | 'NULL'
  | 'CONTAINS'
  | 'NOT_CONTAINS'
  | 'BEGINS_WITH'
  | 'IN'
  | 'BETWEEN';

export type ConditionalOperator = 'AND' | 'OR';

/** An entry of KeyConditions, QueryFilter or ScanFilter. */
export interface LegacyCondition {
  readonly ComparisonOperator: LegacyOperator;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
}

/** An entry of Expected. */
export interface LegacyExpectation {
  readonly ComparisonOperator?: LegacyOperator | undefined;
  readonly AttributeValueList?: readonly AttributeValue[] | undefined;
  readonly Value?: AttributeValue | undefined;
  readonly Exists?: boolean | undefined;
}

/** An entry of AttributeUpdates. */
export interface LegacyUpdate {
  readonly Action?: 'ADD' | 'PUT' | 'DELETE' | undefined;
  readonly Value?: AttributeValue | undefined;
}

const COMPARATORS: { readonly [O in LegacyOperator]?: Comparator } = {
  EQ: '=',
  NE: '<>',
  LE: '<=',
  LT: '<',
  GE: '>=',
  GT: '>',
};

/** @param operator how several conditions are joined; AND when absent */
export function conditionFromFilter(
  filter: ReadonlyMap<string, LegacyCondition>,
  operator?: ConditionalOperator,
): Condition {
  const conditions = [...filter].map(([name, condition]) =>
    comparison(name, condition.ComparisonOperator, condition.AttributeValueList ?? []),
  );
  return join(conditions, operator);
}

/** @param operator how several expectations are joined; AND when absent */
export function conditionFromExpected(
  expected: ReadonlyMap<string, LegacyExpectation>,
  operator?: ConditionalOperator,
): Condition {
  const conditions = [...expected].map(([name, expectation]) => {
    const { ComparisonOperator, AttributeValueList, Value, Exists } = expectation;
    const given = Value === undefined ? [] : [Value];
    if (ComparisonOperator !== undefined) {
      return comparison(name, ComparisonOperator, AttributeValueList ?? given);
    }
    return comparison(name, Exists === false ? 'NULL' : 'EQ', given);
  });
  return join(conditions, operator);
}

function join(conditions: readonly Condition[], operator: ConditionalOperator | undefined): Condition {
  const [only] = conditions;
  if (conditions.length === 1 && only !== undefined) return only;
  return { kind: operator === 'OR' ? 'or' : 'and', operands: conditions };
}

function comparison(name: string, operator: LegacyOperator, values: readonly AttributeValue[]): Condition {
  const path = [name];
  const operand: Operand = { kind: 'path', path };
  const operands = values.map((value): Operand => ({ kind: 'value', value }));
  const [first, second] = operands;
  if (operator === 'NULL') return { kind: 'attribute_not_exists', path };
  if (operator === 'NOT_NULL') return { kind: 'attribute_exists', path };
  if (operator === 'IN') return { kind: 'in', operand, candidates: operands };
  if (first === undefined) throw wrongCount(operator);
  const comparator = COMPARATORS[operator];
  if (comparator !== undefined) {
    return { kind: 'compare', operator: comparator, left: operand, right: first };
  }
  switch (operator) {
    case 'CONTAINS':
      return { kind: 'contains', operand, member: first };
    case 'NOT_CONTAINS':
      return notContains(operand, first);
    case 'BEGINS_WITH':
      return { kind: 'begins_with', operand, prefix: first };
    default:
      if (second === undefined) throw wrongCount(operator);
      return { kind: 'between', operand, lower: first, upper: second };
  }
}

/** A missing attribute does not match, unlike with `NOT contains(…)`. */
function notContains(operand: Operand & { kind: 'path' }, member: Operand): Condition {
  return {
    kind: 'and',
    operands: [
      { kind: 'attribute_exists', path: operand.path },
      { kind: 'not', operand: { kind: 'contains', operand, member } },
    ],
  };
}

function wrongCount(operator: LegacyOperator): ExpressionError {
  return new ExpressionError(
    `One or more parameter values were invalid: Invalid number of argument(s) for the ${operator} ComparisonOperator`,
  );
}

const KEY_OPERATORS: { readonly [O in LegacyOperator]?: AttributeCondition['operator'] } = {
  EQ: '=',
  LE: '<=',
  LT: '<',
  GE: '>=',
  GT: '>',
  BEGINS_WITH: 'begins_with',
  BETWEEN: 'BETWEEN',
};

/** Of KeyConditions. Throws an `ExpressionError` for what no key schema could fit. */
export function conditionsFromLegacy(conditions: ReadonlyMap<string, LegacyCondition>): AttributeConditions {
  checkCount(conditions.size);
  const byName = new Map<string, AttributeCondition>();
  for (const [name, { ComparisonOperator, AttributeValueList = [] }] of conditions) {
    const operator = KEY_OPERATORS[ComparisonOperator];
    if (operator === undefined) {
      throw new ExpressionError('Attempted conditional constraint is not an indexable operation');
    }
    byName.set(name, { operator, values: AttributeValueList });
  }
  return byName;
}

export function updateFromAttributeUpdates(updates: ReadonlyMap<string, LegacyUpdate>): Update {
  return [...updates].map(([name, { Action = 'PUT', Value }]) => updateAction(name, Action, Value));
}

function updateAction(name: string, action: string, value: AttributeValue | undefined): UpdateAction {
  const path = [name];
  if (value === undefined) return { kind: 'remove', path };
  if (action === 'PUT') return { kind: 'set', path, value: { kind: 'value', value } };
  return { kind: action === 'DELETE' ? 'delete' : 'add', path, value, legacy: true };
}

export function projectionFromAttributesToGet(names: readonly string[]): Projection {
  return names.map((name) => [name]);
}

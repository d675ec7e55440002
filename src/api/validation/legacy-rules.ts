/** Rules of the parameters that expressions replaced: Expected, AttributeUpdates, KeyConditions and the filters. */
import { type AttributeType, type AttributeValue, typeOf } from '../../encoding/attribute-value.js';
import { compareValues } from '../../expression/index.js';
import { invalidParameter, validationError } from '../service-error.js';
import type {
  AttributeUpdates,
  ComparisonOperator,
  ConditionalOperator,
  Conditions,
  Expected,
  ExpectedAttributeValue,
} from './input-types.js';
import { checkAttributeNames } from './rules.js';

/** How many operands an operator takes; IN takes one or more. */
const OPERAND_COUNTS: Readonly<Record<ComparisonOperator, number>> = {
  NULL: 0,
  NOT_NULL: 0,
  EQ: 1,
  NE: 1,
  LE: 1,
  LT: 1,
  GE: 1,
  GT: 1,
  CONTAINS: 1,
  NOT_CONTAINS: 1,
  BEGINS_WITH: 1,
  BETWEEN: 2,
  IN: Number.POSITIVE_INFINITY,
};

const SCALARS: readonly AttributeType[] = ['S', 'N', 'B'];
/** Types of operand that an operator takes; those that are missing here take every type. */
const OPERAND_TYPES: { readonly [O in ComparisonOperator]?: readonly AttributeType[] } = {
  IN: SCALARS,
  BETWEEN: SCALARS,
  LT: SCALARS,
  LE: SCALARS,
  GT: SCALARS,
  GE: SCALARS,
  CONTAINS: SCALARS,
  NOT_CONTAINS: SCALARS,
  BEGINS_WITH: ['S', 'B'],
};

function checkOperands(operator: ComparisonOperator, operands: readonly AttributeValue[]): void {
  const expected = OPERAND_COUNTS[operator];
  const countFits = operator === 'IN' ? operands.length > 0 : operands.length === expected;
  if (!countFits) {
    throw invalidParameter(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
  const [first, second] = operands;
  if (first === undefined) return;
  const type = typeOf(first);
  if (operands.some((operand) => typeOf(operand) !== type)) {
    throw invalidParameter('AttributeValues inside AttributeValueList must be of same type');
  }
  if (OPERAND_TYPES[operator]?.includes(type) === false) {
    throw invalidParameter(`ComparisonOperator ${operator} is not valid for ${type} AttributeValue type`);
  }
  if (operator === 'BETWEEN' && second !== undefined && (compareValues(first, second) ?? 0) > 0) {
    throw validationError(
      'The BETWEEN condition was provided a range where the lower bound is greater than the upper bound',
    );
  }
}

/** Joins the conditions of Expected or of a filter, of which there must then be several. */
export function checkConditionalOperator(
  operator: string | undefined,
  conditions: ReadonlyMap<string, unknown> | undefined,
): void {
  if (operator === undefined) return;
  if (conditions === undefined || conditions.size === 0) {
    throw validationError('ConditionalOperator cannot be used without Filter or Expected');
  }
  if (conditions.size === 1) {
    throw validationError(
      'ConditionalOperator can only be used when Filter or Expected has two or more elements',
    );
  }
}

/** Of KeyConditions, QueryFilter or ScanFilter. */
export function checkConditions(conditions: Conditions | undefined): void {
  if (conditions === undefined) return;
  checkAttributeNames(conditions.keys());
  for (const { ComparisonOperator, AttributeValueList = [] } of conditions.values()) {
    checkOperands(ComparisonOperator, AttributeValueList);
  }
}

export function checkExpected(
  expected: Expected | undefined,
  conditionalOperator: ConditionalOperator | undefined,
): void {
  if (expected !== undefined) {
    checkAttributeNames(expected.keys());
    for (const [name, condition] of expected) checkExpectation(name, condition);
  }
  checkConditionalOperator(conditionalOperator, expected);
}

function checkExpectation(name: string, condition: ExpectedAttributeValue): void {
  const { ComparisonOperator: operator, AttributeValueList: operands, Exists, Value } = condition;
  if (operands !== undefined && Value !== undefined) {
    throw invalidParameter(`Value and AttributeValueList cannot be used together for Attribute: ${name}`);
  }
  if (operator !== undefined) {
    if (Exists !== undefined) {
      throw invalidParameter(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`);
    }
    if (OPERAND_COUNTS[operator] > 0 && operands === undefined && Value === undefined) {
      throw invalidParameter(
        `Value or AttributeValueList must be used with ComparisonOperator: ${operator} for Attribute: ${name}`,
      );
    }
    checkOperands(operator, operands ?? (Value === undefined ? [] : [Value]));
    return;
  }
  if (operands !== undefined) {
    throw invalidParameter(
      `AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`,
    );
  }
  if (Exists !== false && Value === undefined) {
    throw invalidParameter(
      `Value must be provided when Exists is ${Exists === undefined ? 'null' : 'true'} for Attribute: ${name}`,
    );
  }
  if (Exists === false && Value !== undefined) {
    throw invalidParameter(`Value cannot be used when Exists is false for Attribute: ${name}`);
  }
}

const ADDABLE: readonly AttributeType[] = ['N', 'SS', 'NS', 'BS', 'L'];
const DELETABLE: readonly AttributeType[] = ['SS', 'NS', 'BS'];

export function checkAttributeUpdates(updates: AttributeUpdates | undefined): void {
  if (updates === undefined) return;
  for (const { Action = 'PUT', Value } of updates.values()) {
    if (Value === undefined) {
      if (Action === 'DELETE') continue;
      throw invalidParameter('Only DELETE action is allowed when no attribute value is specified');
    }
    const type = typeOf(Value);
    if (Action === 'DELETE' && !DELETABLE.includes(type)) {
      throw invalidParameter(`DELETE action with value is not supported for the type ${type}`);
    }
    if (Action === 'ADD' && !ADDABLE.includes(type)) {
      throw invalidParameter(`ADD action is not supported for the type ${type}`);
    }
  }
}

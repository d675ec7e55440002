/**
 * From the syntax of a condition to its meaning: names and values in place, operands checked. Conditions are checked from
 * left to right; within one, the service looks for undefined names and values first, then at the number of operands, then
 * for equal operands, then at types.
 */
import { type AttributeType, type AttributeValue, typeOf } from '../encoding/attribute-value.js';
import { compareValues } from './compare.js';
import { pathsEqual, printPath } from './document-path.js';
import { BoundsError, ExpressionError } from './errors.js';
import { IN_OPERANDS_MAX } from './limits.js';
import {
  checkOperandType,
  pathRequired,
  printScalar,
  wrongOperandCount,
  wrongOperandType,
} from './operand-checks.js';
import type { Placeholders } from './placeholders.js';
import type { ConditionSyntax, FunctionSyntax, OperandSyntax } from './syntax.js';
import type { Condition, Operand } from './types.js';

const OPERAND_COUNTS: ReadonlyMap<string, number> = new Map([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
  ['size', 1],
]);

const ORDERED: ReadonlySet<AttributeType> = new Set(['S', 'N', 'B']);
const PREFIXED: ReadonlySet<AttributeType> = new Set(['S', 'B']);
const SIZED: ReadonlySet<AttributeType> = new Set(['S', 'B', 'SS', 'NS', 'BS', 'L', 'M']);
const TYPE_NAMES: ReadonlySet<string> = new Set<AttributeType>([
  'S',
  'N',
  'B',
  'BOOL',
  'NULL',
  'L',
  'M',
  'SS',
  'NS',
  'BS',
]);

export function resolveCondition(syntax: ConditionSyntax, placeholders: Placeholders): Condition {
  switch (syntax.kind) {
    case 'and':
    case 'or':
      return { kind: syntax.kind, operands: resolveOperands(syntax.kind, syntax, placeholders) };
    case 'not':
      return { kind: 'not', operand: resolveCondition(syntax.operand, placeholders) };
    case 'function':
      placeholders.checkDefined(syntax);
      checkOperandCounts([syntax]);
      return resolveFunction(syntax, placeholders);
    default:
      for (const operand of syntax.operands) placeholders.checkDefined(operand);
      checkOperandCounts(syntax.operands);
      return resolveOperator(syntax, placeholders);
  }
}

/** `a AND b AND c` is one conjunction of three. */
function resolveOperands(
  kind: 'and' | 'or',
  syntax: ConditionSyntax,
  placeholders: Placeholders,
): Condition[] {
  if (syntax.kind !== kind) return [resolveCondition(syntax, placeholders)];
  const { left, right } = syntax as Extract<ConditionSyntax, { kind: 'and' | 'or' }>;
  return [...resolveOperands(kind, left, placeholders), ...resolveOperands(kind, right, placeholders)];
}

function checkOperandCounts(operands: readonly OperandSyntax[]): void {
  for (const operand of operands) {
    if (operand.kind !== 'function') continue;
    checkOperandCounts(operand.operands);
    if (operand.operands.length !== OPERAND_COUNTS.get(operand.name)) {
      throw wrongOperandCount(operand.name, operand.operands.length);
    }
  }
}

function resolveOperator(
  syntax: Extract<ConditionSyntax, { kind: 'compare' | 'between' | 'in' }>,
  placeholders: Placeholders,
): Condition {
  const [first, ...rest] = syntax.operands;
  if (syntax.kind === 'in' && rest.length > IN_OPERANDS_MAX) {
    throw new ExpressionError(
      `The IN operator is provided with too many operands; number of operands: ${rest.length}`,
    );
  }
  const operand = resolveOperand(first, placeholders);
  const others = rest.map((other) => resolveOperand(other, placeholders));
  const [second, third] = others;
  if (syntax.kind === 'compare' && second !== undefined) {
    const { operator } = syntax;
    checkDistinct(operator, operand, second);
    if (operator !== '=' && operator !== '<>') checkOrdered(operator, [operand, second]);
    return { kind: 'compare', operator, left: operand, right: second };
  }
  if (syntax.kind === 'between' && second !== undefined && third !== undefined) {
    checkOrdered('BETWEEN', [operand, second, third]);
    checkBounds(second, third);
    return { kind: 'between', operand, lower: second, upper: third };
  }
  return { kind: 'in', operand, candidates: others };
}

function resolveOperand(syntax: OperandSyntax, placeholders: Placeholders): Operand {
  if (syntax.kind === 'path') return { kind: 'path', path: placeholders.path(syntax) };
  if (syntax.kind === 'value') return { kind: 'value', value: placeholders.value(syntax.name) };
  // The only function that is an operand is size(); see static-checks.ts.
  const [first] = syntax.operands;
  const operand = first === undefined ? undefined : resolveOperand(first, placeholders);
  if (operand === undefined || operand.kind === 'size') throw wrongOperandType('size', 'N');
  if (operand.kind === 'value') checkOperandType('size', operand.value, SIZED);
  return { kind: 'size', operand };
}

function resolveFunction({ name, operands }: FunctionSyntax, placeholders: Placeholders): Condition {
  const resolved = operands.map((operand) => resolveOperand(operand, placeholders));
  const [first, second] = resolved;
  if (first === undefined) throw wrongOperandCount(name, 0);
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    if (first.kind !== 'path') throw pathRequired(name);
    return { kind: name, path: first.path };
  }
  if (second === undefined) throw wrongOperandCount(name, 1);
  checkDistinct(name, first, second);
  if (name === 'attribute_type') {
    return { kind: 'attribute_type', operand: first, type: typeName(second) };
  }
  if (name === 'contains') return { kind: 'contains', operand: first, member: second };
  for (const operand of resolved) {
    const value = literal(operand);
    if (value !== undefined) checkOperandType(name, value, PREFIXED);
    else if (operand.kind === 'size') throw wrongOperandType(name, 'N');
  }
  return { kind: 'begins_with', operand: first, prefix: second };
}

function typeName(operand: Operand): AttributeType {
  const value = literal(operand);
  if (typeof value !== 'string') {
    const type = value === undefined ? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}' : typeOf(value);
    throw wrongOperandType('attribute_type', type);
  }
  if (!TYPE_NAMES.has(value)) {
    throw new ExpressionError(
      `Invalid attribute type name found; type: ${value}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
    );
  }
  return value as AttributeType;
}

function literal(operand: Operand): AttributeValue | undefined {
  return operand.kind === 'value' ? operand.value : undefined;
}

function checkDistinct(name: string, first: Operand, second: Operand): void {
  if (first.kind !== 'path' || second.kind !== 'path' || !pathsEqual(first.path, second.path)) return;
  throw new ExpressionError(
    'The first operand must be distinct from the remaining operands for this operator or function; ' +
      `operator: ${name}, first operand: ${printPath(first.path)}`,
  );
}

function checkOrdered(name: string, operands: readonly Operand[]): void {
  for (const operand of operands) {
    const value = literal(operand);
    if (value !== undefined) checkOperandType(name, value, ORDERED);
  }
}

function checkBounds(lower: Operand, upper: Operand): void {
  const from = literal(lower);
  const to = literal(upper);
  if (from === undefined || to === undefined) return;
  const order = compareValues(from, to);
  if (order !== undefined && order <= 0) return;
  const requirement =
    order === undefined
      ? 'same data type for lower and upper bounds'
      : 'upper bound to be greater than or equal to lower bound';
  throw new BoundsError(
    `The BETWEEN operator requires ${requirement}; ` +
      `lower bound operand: AttributeValue: ${printScalar(from)}, ` +
      `upper bound operand: AttributeValue: ${printScalar(to)}`,
  );
}

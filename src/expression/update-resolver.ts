/**
 * From the syntax of an update to its meaning. In the service's order: undefined names, undefined values, overlapping
 * paths, conflicting paths, operands of ADD and DELETE, operands of functions.
 */
import { type AttributeType, type AttributeValue, typeOf } from '../encoding/attribute-value.js';
import { checkDisjoint } from './document-path.js';
import { ExpressionError } from './errors.js';
import { checkOperandType, pathRequired, wrongOperandCount } from './operand-checks.js';
import type { Placeholders } from './placeholders.js';
import { operandsOfSum } from './static-checks.js';
import type { ArithmeticSyntax, FunctionSyntax, OperandSyntax, UpdateActionSyntax } from './syntax.js';
import type { Update, UpdateAction, UpdateValue } from './types.js';

const NUMBERS: ReadonlySet<AttributeType> = new Set(['N']);
const LISTS: ReadonlySet<AttributeType> = new Set(['L']);

const ACTION_TYPES: { readonly [A in 'add' | 'delete']: ReadonlySet<AttributeType> } = {
  add: new Set(['N', 'SS', 'NS', 'BS']),
  delete: new Set(['SS', 'NS', 'BS']),
};

/** Only messages about ADD and DELETE spell types out. */
const TYPE_WORDS: Readonly<Record<AttributeType, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  BOOL: 'BOOLEAN',
  NULL: 'NULL',
  L: 'LIST',
  M: 'MAP',
  SS: 'STRING_SET',
  NS: 'NUMBER_SET',
  BS: 'BINARY_SET',
};

export function resolveUpdate(actions: readonly UpdateActionSyntax[], placeholders: Placeholders): Update {
  for (const action of actions) {
    placeholders.path(action.path);
    for (const operand of setOperands(action)) checkNames(operand, placeholders);
  }
  for (const action of actions) {
    if (action.kind === 'add' || action.kind === 'delete') placeholders.value(action.value.name);
    for (const operand of setOperands(action)) placeholders.checkDefined(operand);
  }
  checkDisjoint(actions.map((action) => placeholders.path(action.path)));
  for (const action of actions) {
    if (action.kind === 'add' || action.kind === 'delete') {
      checkActionType(action.kind, placeholders.value(action.value.name));
    }
  }
  return actions.map((action) => resolveAction(action, placeholders));
}

function setOperands(action: UpdateActionSyntax): readonly OperandSyntax[] {
  return action.kind === 'set' ? operandsOfSum(action.value) : [];
}

function checkNames(operand: OperandSyntax, placeholders: Placeholders): void {
  if (operand.kind === 'path') placeholders.path(operand);
  else if (operand.kind === 'function') {
    for (const inner of operand.operands) checkNames(inner, placeholders);
  }
}

function checkActionType(kind: 'add' | 'delete', value: AttributeValue): void {
  const type = typeOf(value);
  if (ACTION_TYPES[kind].has(type)) return;
  const operator = kind.toUpperCase();
  throw new ExpressionError(
    'Incorrect operand type for operator or function; ' +
      `operator: ${operator}, operand type: ${TYPE_WORDS[type]}, typeSet: ALLOWED_FOR_${operator}_OPERAND`,
  );
}

function resolveAction(action: UpdateActionSyntax, placeholders: Placeholders): UpdateAction {
  const path = placeholders.path(action.path);
  switch (action.kind) {
    case 'set':
      return { kind: 'set', path, value: resolveValue(action.value, placeholders) };
    case 'remove':
      return { kind: 'remove', path };
    default:
      return { kind: action.kind, path, value: placeholders.value(action.value.name) };
  }
}

function resolveValue(syntax: OperandSyntax | ArithmeticSyntax, placeholders: Placeholders): UpdateValue {
  switch (syntax.kind) {
    case 'path':
      return { kind: 'path', path: placeholders.path(syntax) };
    case 'value':
      return { kind: 'value', value: placeholders.value(syntax.name) };
    case 'function':
      return resolveFunction(syntax, placeholders);
    default: {
      const left = resolveValue(syntax.left, placeholders);
      const right = resolveValue(syntax.right, placeholders);
      checkLiterals(syntax.kind === 'plus' ? '+' : '-', [left, right], NUMBERS);
      return { kind: syntax.kind, left, right };
    }
  }
}

function resolveFunction({ name, operands }: FunctionSyntax, placeholders: Placeholders): UpdateValue {
  const resolved = operands.map((operand) => resolveValue(operand, placeholders));
  const [first, second] = resolved;
  if (first === undefined || second === undefined || resolved.length !== 2) {
    throw wrongOperandCount(name, resolved.length);
  }
  if (name === 'if_not_exists') {
    if (first.kind !== 'path') throw pathRequired(name);
    return { kind: 'if_not_exists', path: first.path, otherwise: second };
  }
  checkLiterals(name, resolved, LISTS);
  return { kind: 'list_append', left: first, right: second };
}

function checkLiterals(
  name: string,
  operands: readonly UpdateValue[],
  allowed: ReadonlySet<AttributeType>,
): void {
  for (const operand of operands) {
    if (operand.kind === 'value') checkOperandType(name, operand.value, allowed);
  }
}

/**
 * What can be said of an expression without its names and values, in the service's order. The outcome is kept with the
 * parsed text: a message, or undefined when all is well.
 */
import { OPERATORS_MAX } from './limits.js';
import { isReservedWord } from './reserved-words.js';
import type {
  ArithmeticSyntax,
  ConditionSyntax,
  ConditionText,
  FunctionSyntax,
  OperandSyntax,
  PathSyntax,
  ProjectionText,
  UpdateText,
} from './syntax.js';

const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
]);
const UPDATE_FUNCTIONS: ReadonlySet<string> = new Set(['if_not_exists', 'list_append']);

export function conditionFault({ root, operators }: ConditionText): string | undefined {
  const operands = operandsOfCondition(root);
  return (
    tooManyOperators(operators) ??
    unknownFunction(operands, 'a condition', CONDITION_FUNCTIONS, UPDATE_FUNCTIONS) ??
    misusedFunction(root) ??
    reservedWord(operands)
  );
}

export function updateFault({ actions, repeatedSection, operators }: UpdateText): string | undefined {
  const operands = actions.flatMap((action) =>
    action.kind === 'set' ? [action.path, ...operandsOfSum(action.value)] : [action.path],
  );
  return (
    tooManyOperators(operators) ??
    reservedWord(operands) ??
    unknownFunction(operands, 'an update', UPDATE_FUNCTIONS, CONDITION_FUNCTIONS) ??
    (repeatedSection === undefined
      ? undefined
      : `The "${repeatedSection}" section can only be used once in an update expression;`)
  );
}

export function projectionFault(paths: ProjectionText): string | undefined {
  return reservedWord(paths);
}

function tooManyOperators(count: number): string | undefined {
  // The service stops to count at the first one too many.
  if (count <= OPERATORS_MAX) return undefined;
  return `The expression contains too many operators; operator count: ${OPERATORS_MAX + 1}`;
}

export function operandsOfSum(value: OperandSyntax | ArithmeticSyntax): readonly OperandSyntax[] {
  return 'left' in value ? [value.left, value.right] : [value];
}

/** The operands of its comparisons and functions, in the order of the text; a function stands for its own operands. */
function operandsOfCondition(condition: ConditionSyntax): readonly OperandSyntax[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...operandsOfCondition(condition.left), ...operandsOfCondition(condition.right)];
    case 'not':
      return operandsOfCondition(condition.operand);
    case 'function':
      return [condition];
    default:
      return condition.operands;
  }
}

/** @param elsewhere functions of the other kind of expression */
function unknownFunction(
  operands: readonly OperandSyntax[],
  kind: 'a condition' | 'an update',
  known: ReadonlySet<string>,
  elsewhere: ReadonlySet<string>,
): string | undefined {
  for (const operand of operands) {
    if (operand.kind !== 'function') continue;
    const { name } = operand;
    const inner = unknownFunction(operand.operands, kind, known, elsewhere);
    if (inner !== undefined) return inner;
    if (elsewhere.has(name)) return `The function is not allowed in ${kind} expression; function: ${name}`;
    if (!known.has(name)) return `Invalid function name; function: ${name}`;
  }
  return undefined;
}

/** Only size() has a value; all the others are conditions. */
function misusedFunction(condition: ConditionSyntax): string | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return misusedFunction(condition.left) ?? misusedFunction(condition.right);
    case 'not':
      return misusedFunction(condition.operand);
    case 'function':
      return (
        misusedOperand(condition.operands) ?? (condition.name === 'size' ? misuse(condition) : undefined)
      );
    default:
      return misusedOperand(condition.operands);
  }
}

function misusedOperand(operands: readonly OperandSyntax[]): string | undefined {
  for (const operand of operands) {
    if (operand.kind !== 'function') continue;
    const inner = misusedOperand(operand.operands);
    if (inner !== undefined) return inner;
    if (operand.name !== 'size') return misuse(operand);
  }
  return undefined;
}

function misuse({ name }: FunctionSyntax): string {
  return `The function is not allowed to be used this way in an expression; function: ${name}`;
}

function reservedWord(operands: readonly (OperandSyntax | PathSyntax)[]): string | undefined {
  for (const operand of operands) {
    if (operand.kind === 'value') continue;
    const found =
      operand.kind === 'function' ? reservedWord(operand.operands) : reservedElement(operand.elements);
    if (found !== undefined) return found;
  }
  return undefined;
}

function reservedElement(elements: PathSyntax['elements']): string | undefined {
  const word = elements.find((element) => typeof element === 'string' && isReservedWord(element));
  return word === undefined ? undefined : `Attribute name is a reserved keyword; reserved keyword: ${word}`;
}

/**
 * The grammars (function names are case-sensitive, keywords are not; every keyword is one in all of them):
 *
 *   condition   = and { OR and }
 *   and         = not { AND not }
 *   not         = NOT not | comparison
 *   comparison  = operand comparator operand
 *               | operand BETWEEN operand AND operand
 *               | operand IN ( operand { , operand } )
 *               | function
 *               | ( condition )
 *   operand     = path | :value | function | ( operand )
 *   function    = identifier ( operand { , operand } )
 *   path        = name { . name | [ digits ] }
 *   name        = identifier | #name
 *
 *   update      = section { section }
 *   section     = SET path = sum { , path = sum } | REMOVE path { , path }
 *               | ADD path :value { , path :value } | DELETE path :value { , path :value }
 *   sum         = operand [ ( + | - ) operand ] | ( sum )
 *
 *   projection  = path { , path }
 *
 * Source: "Condition and filter expressions, operators, and functions" and "Update expressions" in the developer guide;
 * Amazon's grammar of its client for DynamoDB Accelerator.
 */
import type {
  ArithmeticSyntax,
  ConditionSyntax,
  ConditionText,
  OperandSyntax,
  ProjectionText,
  UpdateActionSyntax,
  UpdateText,
} from './syntax.js';
import { TokenStream } from './token-stream.js';
import type { Comparator } from './types.js';

const SECTIONS: ReadonlySet<string> = new Set(['SET', 'REMOVE', 'ADD', 'DELETE']);
const COMPARATORS: ReadonlySet<string> = new Set<Comparator>(['=', '<>', '<', '<=', '>', '>=']);

export function parseCondition(text: string): ConditionText {
  const stream = new TokenStream(text);
  const root = readCondition(stream);
  stream.expectEnd();
  return { root, operators: stream.operators };
}

/** A condition where one must stand: an operand alone is none. */
function readCondition(stream: TokenStream): ConditionSyntax {
  return asCondition(stream, readOr(stream, false));
}

/** Right after `(`, an operand alone may stand too: `(a) = :x`. Nothing else than `)` follows it then. */
function readOr(stream: TokenStream, operandAllowed: boolean): ConditionSyntax | OperandSyntax {
  let left = readAnd(stream, operandAllowed);
  while (stream.takeKeyword('OR')) {
    stream.operators += 1;
    const right = asCondition(stream, readAnd(stream, false));
    left = { kind: 'or', left: asCondition(stream, left), right };
  }
  return left;
}

function readAnd(stream: TokenStream, operandAllowed: boolean): ConditionSyntax | OperandSyntax {
  let left = readNot(stream, operandAllowed);
  while (stream.takeKeyword('AND')) {
    stream.operators += 1;
    const right = asCondition(stream, readNot(stream, false));
    left = { kind: 'and', left: asCondition(stream, left), right };
  }
  return left;
}

function readNot(stream: TokenStream, operandAllowed: boolean): ConditionSyntax | OperandSyntax {
  let negations = 0;
  while (stream.takeKeyword('NOT')) negations += 1;
  if (negations === 0) return readComparison(stream, operandAllowed);
  stream.operators += negations;
  let condition = asCondition(stream, readComparison(stream, false));
  for (; negations > 0; negations -= 1) condition = { kind: 'not', operand: condition };
  return condition;
}

function readComparison(stream: TokenStream, operandAllowed: boolean): ConditionSyntax | OperandSyntax {
  let first: ConditionSyntax | OperandSyntax;
  if (stream.takeSymbol('(')) {
    first = stream.afterParentheses(stream.inParentheses(() => readOr(stream, true)));
    if (!isOperand(first)) return first;
  } else {
    first = stream.operand();
  }
  const { current } = stream;
  if (current.kind === 'symbol' && COMPARATORS.has(current.text)) {
    stream.advance();
    stream.operators += 1;
    return { kind: 'compare', operator: current.text as Comparator, operands: [first, stream.operand()] };
  }
  if (stream.takeKeyword('BETWEEN')) return readBetween(stream, first);
  if (stream.takeKeyword('IN')) {
    stream.operators += 1;
    stream.expectSymbol('(');
    const candidates = stream.operandList();
    stream.expectSymbol(')');
    return { kind: 'in', operands: [first, ...candidates] };
  }
  if (first.kind !== 'function' && !(operandAllowed && stream.isSymbol(')'))) throw stream.syntaxError();
  return first;
}

function readBetween(stream: TokenStream, operand: OperandSyntax): ConditionSyntax {
  stream.operators += 1;
  const lower = stream.operand();
  stream.expectKeyword('AND');
  return { kind: 'between', operands: [operand, lower, stream.operand()] };
}

function isOperand(node: ConditionSyntax | OperandSyntax): node is OperandSyntax {
  return node.kind === 'path' || node.kind === 'value' || node.kind === 'function';
}

function asCondition(stream: TokenStream, node: ConditionSyntax | OperandSyntax): ConditionSyntax {
  if (node.kind === 'path' || node.kind === 'value') throw stream.syntaxError();
  return node;
}

export function parseUpdate(text: string): UpdateText {
  const stream = new TokenStream(text);
  const actions: UpdateActionSyntax[] = [];
  const seen = new Set<string>();
  let repeatedSection: string | undefined;
  do {
    const section = stream.keyword();
    if (section === undefined || !SECTIONS.has(section)) throw stream.syntaxError();
    stream.advance();
    if (seen.has(section)) repeatedSection ??= section;
    seen.add(section);
    do actions.push(readAction(stream, section));
    while (stream.takeSymbol(','));
  } while (stream.current.kind !== 'end');
  stream.expectEnd();
  return { actions, repeatedSection, operators: stream.operators };
}

function readAction(stream: TokenStream, section: string): UpdateActionSyntax {
  const path = stream.path();
  switch (section) {
    case 'SET':
      stream.expectSymbol('=');
      return { kind: 'set', path, value: readSum(stream) };
    case 'REMOVE':
      return { kind: 'remove', path };
    case 'ADD':
      return { kind: 'add', path, value: stream.value() };
    default:
      return { kind: 'delete', path, value: stream.value() };
  }
}

/** `(a + b)` is a sum and `(a) + b` too: what stands in parentheses tells. */
function readSum(stream: TokenStream): OperandSyntax | ArithmeticSyntax {
  const left = stream.takeSymbol('(')
    ? stream.afterParentheses(stream.inParentheses(() => readSum(stream)))
    : stream.operand();
  if ('left' in left) return left;
  const kind = stream.isSymbol('+') ? 'plus' : stream.isSymbol('-') ? 'minus' : undefined;
  if (kind === undefined) return left;
  stream.advance();
  stream.operators += 1;
  return { kind, left, right: stream.operand() };
}

export function parseProjection(text: string): ProjectionText {
  const stream = new TokenStream(text);
  const paths = [stream.path()];
  while (stream.takeSymbol(',')) paths.push(stream.path());
  stream.expectEnd();
  return paths;
}

/** Random conditions: what they mean, read naively, and how they are written. */
import fc from 'fast-check';
import { binary, number, pathTo, string, value } from './arbitraries.js';
import { find, type Path, pathsIn, type Writer } from './paths.js';
import { bytesOf, equal, order, sizeOf, typeOf, type Wire, type WireItem } from './values.js';

type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'size'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Wire };

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly operand: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: 'in'; readonly operand: Operand; readonly candidates: readonly Operand[] }
  | { readonly kind: 'attribute_exists' | 'attribute_not_exists'; readonly path: Path }
  | { readonly kind: 'attribute_type'; readonly path: Path; readonly type: string }
  | { readonly kind: 'begins_with' | 'contains'; readonly operand: Operand; readonly part: Operand };

function evaluate(operand: Operand, item: WireItem): Wire | undefined {
  if (operand.kind === 'value') return operand.value;
  const found = find(item, operand.path);
  if (operand.kind === 'path' || found === undefined) return found;
  const size = sizeOf(found);
  return size === undefined ? undefined : { N: String(size) };
}

export function holds(condition: Condition, item: WireItem): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item);
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item);
    case 'not':
      return !holds(condition.operand, item);
    case 'compare':
      return compares(condition.operator, evaluate(condition.left, item), evaluate(condition.right, item));
    case 'between': {
      const value = evaluate(condition.operand, item);
      const from = evaluate(condition.from, item);
      return compares('>=', value, from) && compares('<=', value, evaluate(condition.to, item));
    }
    case 'in': {
      const value = evaluate(condition.operand, item);
      return condition.candidates.some((candidate) => compares('=', value, evaluate(candidate, item)));
    }
    case 'attribute_exists':
      return find(item, condition.path) !== undefined;
    case 'attribute_not_exists':
      return find(item, condition.path) === undefined;
    case 'attribute_type': {
      const found = find(item, condition.path);
      return found !== undefined && typeOf(found) === condition.type;
    }
    case 'begins_with':
      return beginsWith(evaluate(condition.operand, item), evaluate(condition.part, item));
    case 'contains':
      return contains(evaluate(condition.operand, item), evaluate(condition.part, item));
  }
}

/** What is missing differs from everything that is there, and has no order. */
function compares(operator: string, left: Wire | undefined, right: Wire | undefined): boolean {
  if (left === undefined || right === undefined) return operator === '<>';
  if (operator === '=') return equal(left, right);
  if (operator === '<>') return !equal(left, right);
  const difference = order(left, right);
  if (difference === undefined) return false;
  if (difference === 0) return operator === '<=' || operator === '>=';
  return operator.startsWith(difference < 0 ? '<' : '>');
}

function beginsWith(value: Wire | undefined, part: Wire | undefined): boolean {
  if (value === undefined || part === undefined) return false;
  if ('S' in value && 'S' in part) return value.S.startsWith(part.S);
  if (!('B' in value && 'B' in part)) return false;
  const prefix = bytesOf(part.B);
  return bytesOf(value.B).subarray(0, prefix.length).equals(prefix);
}

function contains(value: Wire | undefined, part: Wire | undefined): boolean {
  if (value === undefined || part === undefined) return false;
  if ('L' in value) return value.L.some((element) => equal(element, part));
  if ('S' in value) return 'S' in part && value.S.includes(part.S);
  if ('B' in value) return 'B' in part && bytesOf(value.B).includes(bytesOf(part.B));
  if ('SS' in value) return value.SS.some((S) => equal({ S }, part));
  if ('NS' in value) return value.NS.some((N) => equal({ N }, part));
  return 'BS' in value && value.BS.some((B) => equal({ B }, part));
}

const PRECEDENCE: Readonly<Record<string, number>> = { or: 1, and: 2, not: 3 };

/** With no parentheses but those that the meaning needs. */
export function write(condition: Condition, writer: Writer): string {
  const precedence = (inner: Condition) => PRECEDENCE[inner.kind] ?? 4;
  const writeInner = (inner: Condition, needed: number) => {
    const text = write(inner, writer);
    return precedence(inner) < needed ? `(${text})` : text;
  };
  const operand = (operand: Operand) => {
    if (operand.kind === 'value') return writer.value(operand.value);
    return operand.kind === 'size' ? `size(${writer.path(operand.path)})` : writer.path(operand.path);
  };
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const needed = precedence(condition);
      const keyword = condition.kind.toUpperCase();
      return `${writeInner(condition.left, needed)} ${keyword} ${writeInner(condition.right, needed + 1)}`;
    }
    case 'not':
      return `NOT ${writeInner(condition.operand, precedence(condition))}`;
    case 'compare':
      return `${operand(condition.left)} ${condition.operator} ${operand(condition.right)}`;
    case 'between':
      return `${operand(condition.operand)} between ${operand(condition.from)} and ${operand(condition.to)}`;
    case 'in':
      return `${operand(condition.operand)} IN (${condition.candidates.map(operand).join(',')})`;
    case 'attribute_exists':
    case 'attribute_not_exists':
      return `${condition.kind}(${writer.path(condition.path)})`;
    case 'attribute_type':
      return `attribute_type(${writer.path(condition.path)}, ${writer.value({ S: condition.type })})`;
    case 'begins_with':
    case 'contains':
      return `${condition.kind} ( ${operand(condition.operand)},${operand(condition.part)} )`;
  }
}

const TYPES = ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M'];

/** Conditions on what is in `items`, none of which is refused for what it is: operands differ, types are allowed. */
export function conditionOn(...items: readonly WireItem[]): fc.Arbitrary<Condition> {
  const path = pathTo(...items);
  const found = items.flatMap((item) => pathsIn(item).map((path) => find(item, path) as Wire));
  const known = (allowed: (value: Wire) => boolean, other: fc.Arbitrary<Wire>) => {
    const fitting = found.filter(allowed);
    return fitting.length === 0 ? other : fc.oneof(other, fc.constantFrom(...fitting));
  };
  const literal = (value: fc.Arbitrary<Wire>): fc.Arbitrary<Operand> =>
    value.map((value) => ({ kind: 'value', value }));
  const pathOperand: fc.Arbitrary<Operand> = path.map((path) => ({ kind: 'path', path }));
  const left: fc.Arbitrary<Operand> = fc.oneof(
    { weight: 5, arbitrary: pathOperand },
    { weight: 1, arbitrary: path.map((path): Operand => ({ kind: 'size', path })) },
  );
  const isOrdered = (value: Wire) => 'S' in value || 'N' in value || 'B' in value;
  const anything = fc.oneof(left, literal(known(() => true, value)));
  const ordered = fc.oneof(left, literal(known(isOrdered, fc.oneof(string, number, binary))));
  const text = fc.oneof(
    pathOperand,
    literal(known((value) => 'S' in value || 'B' in value, fc.oneof(string, binary))),
  );
  const differ = (first: Operand, second: Operand) => JSON.stringify(first) !== JSON.stringify(second);
  const leaf: fc.Arbitrary<Condition> = fc.oneof(
    fc
      .record({ left, operator: fc.constantFrom('=', '<>'), right: anything })
      .map((parts) => ({ kind: 'compare' as const, ...parts })),
    fc
      .record({ left, operator: fc.constantFrom('<', '<=', '>', '>='), right: ordered })
      .map((parts) => ({ kind: 'compare' as const, ...parts })),
    fc
      .record({ operand: left, from: ordered, to: ordered })
      .map((parts) => ({ kind: 'between' as const, ...parts })),
    fc
      .record({ operand: left, candidates: fc.array(anything, { minLength: 1, maxLength: 3 }) })
      .map((parts) => ({ kind: 'in' as const, ...parts })),
    fc.record({ kind: fc.constantFrom('attribute_exists' as const, 'attribute_not_exists' as const), path }),
    fc.record({ kind: fc.constant('attribute_type' as const), path, type: fc.constantFrom(...TYPES) }),
    fc.record({ kind: fc.constant('begins_with' as const), operand: pathOperand, part: text }),
    fc.record({ kind: fc.constant('contains' as const), operand: pathOperand, part: anything }),
  );
  const allowed = leaf.filter((condition) => {
    switch (condition.kind) {
      case 'compare':
        return differ(condition.left, condition.right);
      case 'begins_with':
      case 'contains':
        return differ(condition.operand, condition.part);
      case 'between':
        return areBounds(condition.from, condition.to);
      default:
        return true;
    }
  });
  const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 3, arbitrary: allowed },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('and' as const),
          left: tie('condition'),
          right: tie('condition'),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('or' as const),
          left: tie('condition'),
          right: tie('condition'),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('not' as const), operand: tie('condition') }) },
    ),
  }));
  return condition;
}

/** Two literals must be of one type and in order. */
function areBounds(from: Operand, to: Operand): boolean {
  if (from.kind !== 'value' || to.kind !== 'value') return true;
  return (order(from.value, to.value) ?? 1) <= 0;
}

/** Random update expressions: what they make of an item, read naively, and how they are written. */
import fc from 'fast-check';
import { list, number, pathTo, set, value } from './arbitraries.js';
import { disjoint, find, type Path, type Writer } from './paths.js';
import { identity, scaled, unscaled, type Wire, type WireItem } from './values.js';

type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Wire }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Operand }
  | { readonly kind: 'list_append'; readonly left: Operand; readonly right: Operand };
type Sum = Operand | { readonly kind: '+' | '-'; readonly left: Operand; readonly right: Operand };

export type Action =
  | { readonly kind: 'SET'; readonly path: Path; readonly value: Sum }
  | { readonly kind: 'REMOVE'; readonly path: Path }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: Path; readonly value: Wire };

/** The item does not allow the update. */
export class Refused extends Error {}

function evaluate(sum: Sum, item: WireItem): Wire {
  switch (sum.kind) {
    case 'value':
      return sum.value;
    case 'path':
      return find(item, sum.path) ?? refuse(`nothing at ${sum.path}`);
    case 'if_not_exists':
      return find(item, sum.path) ?? evaluate(sum.otherwise, item);
    case 'list_append': {
      const left = evaluate(sum.left, item);
      const right = evaluate(sum.right, item);
      return 'L' in left && 'L' in right ? { L: [...left.L, ...right.L] } : refuse('no lists');
    }
    default: {
      const left = evaluate(sum.left, item);
      const right = evaluate(sum.right, item);
      return 'N' in left && 'N' in right ? calculate(sum.kind, left.N, right.N) : refuse('no numbers');
    }
  }
}

function refuse(why: string): never {
  throw new Refused(why);
}

function calculate(kind: '+' | '-', left: string, right: string): Wire {
  const integer = kind === '+' ? scaled(left) + scaled(right) : scaled(left) - scaled(right);
  return unscaled(integer) ?? refuse('no such number');
}

function added(current: Wire | undefined, operand: Wire): Wire {
  if (current === undefined) return operand;
  if ('N' in current && 'N' in operand) return calculate('+', current.N, operand.N);
  return combine(current, operand, (held, given) => [
    ...held,
    ...given.filter((member) => !has(held, member)),
  ]);
}

/** Undefined when no member is left. */
function deleted(current: Wire | undefined, operand: Wire): Wire | undefined {
  if (current === undefined) return undefined;
  const rest = combine(current, operand, (held, given) => held.filter((member) => !has(given, member)));
  return Object.values(rest)[0].length === 0 ? undefined : rest;
}

const has = (members: readonly Wire[], member: Wire) =>
  members.some((other) => identity(other) === identity(member));

/** Two sets of the same type, member by member. */
function combine(
  left: Wire,
  right: Wire,
  join: (left: readonly Wire[], right: readonly Wire[]) => readonly Wire[],
): Wire {
  const membersOf = (value: Wire, type: string) =>
    ((value as Record<string, unknown>)[type] as string[]).map(
      (member) => ({ [type.charAt(0)]: member }) as unknown as Wire,
    );
  for (const type of ['SS', 'NS', 'BS']) {
    if (!(type in left && type in right)) continue;
    const joined = join(membersOf(left, type), membersOf(right, type));
    return { [type]: joined.map((member) => Object.values(member)[0]) } as unknown as Wire;
  }
  return refuse('no sets of one type');
}

/** Lists and maps that can be written to; `undefined` in a list is an element that was removed. */
type Mutable = { L: (Mutable | undefined)[] } | { M: Record<string, Mutable> };

/**
 * All values are of the item as it was, and so are all places. What is set beyond a list's end is appended, in the order
 * of the indexes.
 */
export function updated(item: WireItem, actions: readonly Action[]): WireItem {
  const results = actions.map((action) => ({ action, result: resultOf(action, item) }));
  const root = structuredClone({ M: item }) as unknown as Mutable;
  const appended: { list: (Mutable | undefined)[]; index: number; value: Mutable }[] = [];
  for (const { action, result } of results) {
    const place = action.path.slice(0, -1).reduce<Mutable | undefined>(entryOf, root);
    const step = action.path.at(-1) as string | number;
    if (place !== undefined && 'M' in place && typeof step === 'string') setEntry(place.M, step, result);
    else if (place !== undefined && 'L' in place && typeof step === 'number') {
      if (step < place.L.length) place.L[step] = result;
      else if (result !== undefined) appended.push({ list: place.L, index: step, value: result });
    } else refuse('no such place');
  }
  for (const { list, value } of appended.sort((left, right) => left.index - right.index)) list.push(value);
  return (closedUp(root) as { M: WireItem }).M;
}

/** Undefined: nothing is there any more. */
function resultOf(action: Action, item: WireItem): Mutable | undefined {
  const current = find(item, action.path);
  const result = {
    SET: () => evaluate((action as { value: Sum }).value, item),
    REMOVE: () => undefined,
    ADD: () => added(current, (action as { value: Wire }).value),
    DELETE: () => deleted(current, (action as { value: Wire }).value),
  }[action.kind]();
  return structuredClone(result) as Mutable | undefined;
}

function entryOf(place: Mutable | undefined, step: string | number): Mutable | undefined {
  if (place === undefined) return undefined;
  if (typeof step === 'number') return 'L' in place ? place.L[step] : undefined;
  return 'M' in place && Object.hasOwn(place.M, step) ? place.M[step] : undefined;
}

function setEntry(map: Record<string, Mutable>, name: string, value: Mutable | undefined): void {
  if (value === undefined) delete map[name];
  else Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
}

function closedUp(value: Mutable): Wire {
  if ('L' in value)
    return { L: value.L.flatMap((element) => (element === undefined ? [] : [closedUp(element)])) };
  if (!('M' in value)) return value;
  return { M: Object.fromEntries(Object.entries(value.M).map(([name, entry]) => [name, closedUp(entry)])) };
}

/** Each section once, in the order in which their first actions come. */
export function write(actions: readonly Action[], writer: Writer): string {
  const sections = new Map<string, string[]>();
  for (const action of actions) {
    const section = sections.get(action.kind) ?? [];
    sections.set(action.kind, [...section, writeAction(action, writer)]);
  }
  return [...sections].map(([kind, texts]) => `${kind} ${texts.join(', ')}`).join(' ');
}

function writeAction(action: Action, writer: Writer): string {
  const path = writer.path(action.path);
  if (action.kind === 'REMOVE') return path;
  if (action.kind === 'SET') return `${path} = ${writeSum(action.value, writer)}`;
  return `${path} ${writer.value(action.value)}`;
}

function writeSum(sum: Sum, writer: Writer): string {
  switch (sum.kind) {
    case 'value':
      return writer.value(sum.value);
    case 'path':
      return writer.path(sum.path);
    case 'if_not_exists':
      return `if_not_exists(${writer.path(sum.path)}, ${writeSum(sum.otherwise, writer)})`;
    case 'list_append':
      return `list_append(${writeSum(sum.left, writer)},${writeSum(sum.right, writer)})`;
    default:
      return `${writeSum(sum.left, writer)} ${sum.kind} ${writeSum(sum.right, writer)}`;
  }
}

/** Updates of what is in `item`, none of which is refused for what it is: literals have types that are allowed. */
export function updateOf(item: WireItem): fc.Arbitrary<readonly Action[]> {
  const path = pathTo(item);
  const atPath: fc.Arbitrary<Operand> = path.map((path) => ({ kind: 'path', path }));
  const literal = (value: fc.Arbitrary<Wire>): fc.Arbitrary<Operand> =>
    value.map((value) => ({ kind: 'value', value }));
  const orElse = (otherwise: fc.Arbitrary<Operand>): fc.Arbitrary<Operand> =>
    fc.record({ kind: fc.constant('if_not_exists' as const), path, otherwise });
  /** Numbers, lists: literals of that type, and whatever is at a path. */
  const of = (value: fc.Arbitrary<Wire>) =>
    fc.oneof(
      { weight: 3, arbitrary: literal(value) },
      { weight: 2, arbitrary: atPath },
      { weight: 2, arbitrary: orElse(literal(value)) },
    );
  const append: fc.Arbitrary<Operand> = fc.record({
    kind: fc.constant('list_append' as const),
    left: of(list),
    right: of(list),
  });
  const sum: fc.Arbitrary<Sum> = fc.oneof(
    literal(value),
    atPath,
    orElse(fc.oneof(literal(value), atPath, append)),
    append,
    fc.record({ kind: fc.constantFrom('+' as const, '-' as const), left: of(number), right: of(number) }),
  );
  const setAt: fc.Arbitrary<Action> = fc.record({ kind: fc.constant('SET' as const), path, value: sum });
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 3, arbitrary: setAt },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('REMOVE' as const), path }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('ADD' as const), path, value: fc.oneof(number, set) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('DELETE' as const), path, value: set }) },
  );
  return fc
    .array(action, { minLength: 1, maxLength: 4 })
    .map((actions) => disjoint(actions, ({ path }) => path));
}

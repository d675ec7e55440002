/**
 * Second phase: are required members present, and do lengths, ranges, patterns and enumerations hold? All violations
 * (ten at most) are reported in one message, in the order of the shape table.
 */
import { validationError } from '../service-error.js';
import { lowerCamelCase, printValue } from './java-text.js';
import type { MapShape, Shape, StringShape, StructureShape } from './shape.js';
import { isArn } from './table-name.js';

const VIOLATIONS_MAX = 10;

export type Violations = string[];
/** @param path the member's place, such as `keySchema.1.member.keyType`; empty for the operation's input itself */
export type Checker = (value: unknown, path: string, violations: Violations) => void;

/** @throws ServiceError ValidationException when there are violations */
export function throwViolations(violations: Violations): void {
  if (violations.length === 0) return;
  const plural = violations.length === 1 ? '' : 's';
  throw validationError(`${violations.length} validation error${plural} detected: ${violations.join('; ')}`);
}

/** The checker of a shape, or `undefined` when it has nothing to check. */
export function compileChecker(shape: Shape): Checker | undefined {
  switch (shape.kind) {
    case 'string':
      return compileString(shape);
    case 'number':
      return shape.min === undefined && shape.max === undefined ? undefined : checkRange(shape);
    case 'boolean':
    case 'attributeValue':
      return undefined;
    case 'list':
      return compileList(shape);
    case 'map':
      return compileMap(shape);
    case 'structure':
      return compileStructure(shape);
  }
}

interface Constraint {
  readonly holds: (value: string) => boolean;
  readonly words: string;
}

function atLeast(min: number): string {
  return `Member must have length greater than or equal to ${min}`;
}

function atMost(max: number): string {
  return `Member must have length less than or equal to ${max}`;
}

function stringConstraints(shape: StringShape): Constraint[] {
  const { values, pattern, min, max, orArn } = shape;
  const constraints: Constraint[] = [];
  if (values !== undefined) {
    const allowed: ReadonlySet<string> = new Set(values);
    const words = `Member must satisfy enum value set: [${values.join(', ')}]`;
    constraints.push({ holds: (value) => allowed.has(value), words });
  }
  if (pattern !== undefined) {
    const expression = new RegExp(`^(?:${pattern})$`);
    const words = `Member must satisfy regular expression pattern: ${pattern}`;
    const holds = (value: string) => expression.test(value) || (orArn && (value === '' || isArn(value)));
    constraints.push({ holds, words });
  }
  if (min !== undefined) constraints.push({ holds: (value) => value.length >= min, words: atLeast(min) });
  if (max !== undefined) constraints.push({ holds: (value) => value.length <= max, words: atMost(max) });
  return constraints;
}

function compileString(shape: StringShape): Checker | undefined {
  const constraints = stringConstraints(shape);
  if (constraints.length === 0) return undefined;
  return (value, path, violations) => {
    for (const { holds, words } of constraints) {
      if (!holds(value as string)) violate(violations, value, shape, path, words);
    }
  };
}

function checkRange(shape: Extract<Shape, { kind: 'number' }>): Checker {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = shape;
  return (value, path, violations) => {
    const number = value as number;
    if (number < min) {
      violate(violations, value, shape, path, `Member must have value greater than or equal to ${min}`);
    }
    if (number > max) {
      violate(violations, value, shape, path, `Member must have value less than or equal to ${max}`);
    }
  };
}

function checkLength(
  length: number,
  value: unknown,
  shape: Extract<Shape, { kind: 'list' | 'map' }>,
  path: string,
  violations: Violations,
): void {
  const { min, max } = shape;
  if (min !== undefined && length < min) violate(violations, value, shape, path, atLeast(min));
  if (max !== undefined && length > max) violate(violations, value, shape, path, atMost(max));
}

function compileList(shape: Extract<Shape, { kind: 'list' }>): Checker | undefined {
  const checkElement = compileElement(shape.of);
  if (checkElement === undefined && shape.min === undefined && shape.max === undefined) return undefined;
  return (value, path, violations) => {
    const elements = value as readonly unknown[];
    checkLength(elements.length, value, shape, path, violations);
    if (checkElement === undefined) return;
    for (const [index, element] of elements.entries()) {
      if (isFull(violations)) return;
      checkElement(element, `${path}.${index + 1}.member`, violations);
    }
  };
}

/** The checker of what stands in a list or a map, where nothing may be null. */
function compileElement(shape: Shape): Checker | undefined {
  if (shape.kind === 'attributeValue') return undefined;
  const check = compileChecker(shape);
  return (value, path, violations) => {
    if (value === undefined) missing(violations, path);
    else check?.(value, path, violations);
  };
}

function compileMap(shape: MapShape): Checker | undefined {
  const keyConstraints = mapConstraints(shape.key);
  const { value: valueShape } = shape;
  const valueLength = valueShape.kind === 'list' ? lengthConstraint(valueShape) : undefined;
  const checkEntry = compileEntry(valueShape);
  const unlimited = shape.min === undefined && shape.max === undefined;
  if (unlimited && checkEntry === undefined && keyConstraints === undefined && valueLength === undefined) {
    return undefined;
  }
  return (value, path, violations) => {
    const entries = value as ReadonlyMap<string, unknown>;
    checkLength(entries.size, value, shape, path, violations);
    if (keyConstraints !== undefined && !every(entries.keys(), keyConstraints.holds)) {
      violate(violations, value, shape, path, `Map keys must satisfy constraint: [${keyConstraints.words}]`);
    }
    if (valueLength !== undefined && !every(entries.values(), valueLength.holds)) {
      violate(violations, value, shape, path, `Map value must satisfy constraint: [${valueLength.words}]`);
    }
    if (checkEntry === undefined) return;
    for (const [key, entry] of entries) {
      if (isFull(violations)) return;
      checkEntry(entry, `${path}.${key}.member`, violations);
    }
  };
}

function every<Value>(values: Iterable<Value>, holds: (value: Value) => boolean): boolean {
  for (const value of values) if (!holds(value)) return false;
  return true;
}

/** The length of a list in a map is a constraint of the map; its elements are checked one by one. */
function compileEntry(shape: Shape): Checker | undefined {
  if (shape.kind !== 'list') return compileElement(shape);
  return compileElement({ ...shape, min: undefined, max: undefined });
}

/** Inside a map the service names maximum, minimum and pattern in this order. */
function mapConstraints(shape: StringShape): Constraint | undefined {
  const constraints = stringConstraints(shape).reverse();
  if (constraints.length === 0) return undefined;
  return {
    holds: (value) => constraints.every((constraint) => constraint.holds(value)),
    words: constraints.map((constraint) => constraint.words).join(', '),
  };
}

function lengthConstraint(shape: Extract<Shape, { kind: 'list' }>) {
  const { min = 0, max = Number.POSITIVE_INFINITY } = shape;
  const words = [
    ...(shape.max === undefined ? [] : [atMost(shape.max)]),
    ...(shape.min === undefined ? [] : [atLeast(shape.min)]),
  ];
  if (words.length === 0) return undefined;
  const holds = (value: unknown) => !Array.isArray(value) || (value.length >= min && value.length <= max);
  return { holds, words: words.join(', ') };
}

function compileStructure(shape: StructureShape): Checker | undefined {
  const members = Object.entries(shape.members).flatMap(([name, { shape: member, required }]) => {
    const check = compileChecker(member);
    return check === undefined && !required ? [] : [{ name, path: lowerCamelCase(name), required, check }];
  });
  if (members.length === 0) return undefined;
  return (value, path, violations) => {
    const structure = value as Readonly<Record<string, unknown>>;
    const prefix = path === '' ? '' : `${path}.`;
    for (const member of members) {
      const entry = structure[member.name];
      if (entry !== undefined) {
        member.check?.(entry, prefix + member.path, violations);
      } else if (member.required) {
        missing(violations, prefix + member.path);
      }
    }
  };
}

/** Further violations are not reported: there is no need to look for them. */
function isFull(violations: Violations): boolean {
  return violations.length >= VIOLATIONS_MAX;
}

function missing(violations: Violations, path: string): void {
  if (isFull(violations)) return;
  violations.push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
}

function violate(violations: Violations, value: unknown, shape: Shape, path: string, words: string): void {
  if (isFull(violations)) return;
  violations.push(`Value '${printValue(value, shape)}' at '${path}' failed to satisfy constraint: ${words}`);
}

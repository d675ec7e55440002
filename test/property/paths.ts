/** Document paths, what they find, and how an expression writes them. */
import type { Wire, WireItem } from './values.js';

export type Path = readonly [attribute: string, ...(string | number)[]];

export function find(item: WireItem, path: Path): Wire | undefined {
  let value: Wire | undefined = { M: item };
  for (const step of path) {
    if (value === undefined) return undefined;
    if (typeof step === 'string') value = 'M' in value ? own(value.M, step) : undefined;
    else value = 'L' in value ? value.L[step] : undefined;
  }
  return value;
}

export function own(item: WireItem, name: string): Wire | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** Every path to a value in `item`, but for those with an empty name: no placeholder may stand for it. */
export function pathsIn(item: WireItem): Path[] {
  const found: Path[] = [];
  const visit = (value: Wire, path: Path) => {
    if (path.includes('')) return;
    found.push(path);
    if ('L' in value) for (const [index, element] of value.L.entries()) visit(element, [...path, index]);
    if ('M' in value) for (const [name, entry] of Object.entries(value.M)) visit(entry, [...path, name]);
  };
  for (const [name, value] of Object.entries(item)) visit(value, [name]);
  return found;
}

/** Paths that one expression may name together: neither holds the other, nor takes a map for a list. */
export function compatible(left: Path, right: Path): boolean {
  for (const [index, step] of left.entries()) {
    const other = right[index];
    if (other === undefined || typeof other !== typeof step) return false;
    if (other !== step) return true;
  }
  return false;
}

/** The first of `chosen` that can stand together. */
export function disjoint<Choice>(chosen: readonly Choice[], pathOf: (choice: Choice) => Path): Choice[] {
  const kept: Choice[] = [];
  for (const choice of chosen) {
    if (kept.every((other) => compatible(pathOf(other), pathOf(choice)))) kept.push(choice);
  }
  return kept;
}

/** Writes names and values into one request's expressions, and defines those that need it. */
export class Writer {
  private readonly names = new Map<string, string>();
  private readonly values: Wire[] = [];
  private written = 0;

  path(path: Path): string {
    return path
      .map((step, index) =>
        typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${this.name(step)}`,
      )
      .join('');
  }

  /** Every other name stands as it is, if it can. */
  private name(name: string): string {
    this.written += 1;
    if (/^[a-z]$/.test(name) && this.written % 2 === 0) return name;
    const placeholder = this.names.get(name) ?? `#n${this.names.size}`;
    this.names.set(name, placeholder);
    return placeholder;
  }

  value(value: Wire): string {
    this.values.push(value);
    return `:v${this.values.length - 1}`;
  }

  /** The members of the request. */
  definitions(): { [member: string]: unknown } {
    const names = [...this.names].map(([name, placeholder]) => [placeholder, name]);
    const values = this.values.map((value, index) => [`:v${index}`, value]);
    return {
      ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
      ...(values.length > 0 && { ExpressionAttributeValues: Object.fromEntries(values) }),
    };
  }
}

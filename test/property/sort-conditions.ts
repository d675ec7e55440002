/** Random conditions on a sort key: what they mean and how they are written. */
import fc from 'fast-check';
import type { Writer } from './paths.js';
import { bytesOf, order, type Wire, type WireItem } from './values.js';

export type SortCondition = { readonly operator: string; readonly values: readonly Wire[] };

/** On the sort key, with values that are there or next to them. */
export function sortCondition(
  name: string,
  items: readonly WireItem[],
  other: fc.Arbitrary<Wire>,
): fc.Arbitrary<SortCondition> {
  const there = items.flatMap((item) => item[name] ?? []);
  const value = there.length === 0 ? other : fc.oneof(fc.constantFrom(...there), other);
  const compared = fc.record({
    operator: fc.constantFrom('=', '<', '<=', '>', '>='),
    values: fc.tuple(value),
  });
  const between = fc.tuple(value, value).map(([a, b]) => ({
    operator: 'BETWEEN',
    values: (order(a, b) ?? 0) <= 0 ? [a, b] : [b, a],
  }));
  const prefixed = value
    .filter((value) => !('N' in value))
    .map((value) => ({ operator: 'begins_with', values: [value] }));
  const isNumeric = there.some((value) => 'N' in value);
  return fc.oneof(compared, between, ...(isNumeric || there.length === 0 ? [] : [prefixed]));
}

export function meets({ operator, values: [first, second] }: SortCondition, value: Wire): boolean {
  if (first === undefined) return false;
  if (operator === 'begins_with') {
    const bytes = (wire: Wire) => ('S' in wire ? Buffer.from(wire.S) : bytesOf((wire as { B: string }).B));
    return bytes(value).subarray(0, bytes(first).length).equals(bytes(first));
  }
  const difference = order(value, first) ?? Number.NaN;
  switch (operator) {
    case '=':
      return difference === 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    default:
      return difference >= 0 && second !== undefined && (order(value, second) ?? 1) <= 0;
  }
}

export function writeSortCondition(
  name: string,
  { operator, values }: SortCondition,
  writer: Writer,
): string {
  const [first = '', second] = values.map((value) => writer.value(value));
  const path = writer.path([name]);
  if (operator === 'begins_with') return `begins_with(${path}, ${first})`;
  return operator === 'BETWEEN' ? `${path} BETWEEN ${first} AND ${second}` : `${path} ${operator} ${first}`;
}

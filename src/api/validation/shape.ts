/**
 * The language in which inputs of operations are described: plain data, no behaviour. `type-phase.ts` and
 * `constraint-phase.ts` compile a shape into closures once; `Static` gives the TypeScript type of a shape's value.
 *
 * Members are written in the order in which the service checks them, which for many operations is not the order of its
 * published model: a caller that breaks several constraints reads them in this order.
 */
import type { AttributeValue } from '../../encoding/attribute-value.js';

interface Typed<T> {
  /** Only for the type checker: never present. */
  readonly type?: T;
}

export interface StringShape<T extends string = string> extends Typed<T> {
  readonly kind: 'string';
  /** Lengths in UTF-16 code units, inclusive. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Source of a regular expression that the whole string must match, as it is printed in messages. */
  readonly pattern: string | undefined;
  /** The allowed values, in the order in which messages print them. */
  readonly values: readonly T[] | undefined;
  /** The string may also be a table's ARN, which the pattern does not judge. */
  readonly orArn: boolean;
}

export interface NumberShape extends Typed<number> {
  readonly kind: 'number';
  readonly javaType: 'Integer' | 'Long';
  /** Inclusive. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface BooleanShape extends Typed<boolean> {
  readonly kind: 'boolean';
}

/** Decoded by the encoding room; no constraints of the shape table reach inside. */
export interface AttributeValueShape extends Typed<AttributeValue> {
  readonly kind: 'attributeValue';
}

export interface ListShape<T = unknown> extends Typed<readonly T[]> {
  readonly kind: 'list';
  readonly of: Shape<T>;
  /** Counts of elements, inclusive. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface MapShape<T = unknown> extends Typed<ReadonlyMap<string, T>> {
  readonly kind: 'map';
  readonly key: StringShape;
  readonly value: Shape<T>;
  /** Counts of entries, inclusive. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface StructureShape<T = unknown> extends Typed<T> {
  readonly kind: 'structure';
  /** The service's name of the type: it appears in messages. */
  readonly name: string;
  readonly members: { readonly [name: string]: Member };
}

export type Shape<T = unknown> = (
  | StringShape
  | NumberShape
  | BooleanShape
  | AttributeValueShape
  | ListShape
  | MapShape
  | StructureShape
) &
  Typed<T>;

export interface Member<S extends Shape = Shape, R extends boolean = boolean> {
  readonly shape: S;
  readonly required: R;
}

type Members = { readonly [name: string]: Shape | Member };
type RequiredNames<M extends Members> = {
  [K in keyof M]: M[K] extends Member<Shape, true> ? K : never;
}[keyof M];
type MemberType<T> = T extends Member<infer S> ? Static<S> : Static<T>;

/** The value of a shape after validation. */
export type Static<S> = S extends { readonly type?: infer T } ? Exclude<T, undefined> : never;

export type StructureType<M extends Members> = {
  readonly [K in RequiredNames<M>]: MemberType<M[K]>;
} & {
  readonly [K in Exclude<keyof M, RequiredNames<M>>]?: MemberType<M[K]>;
};

interface StringConstraints {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly orArn?: boolean;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export function string({ min, max, pattern, orArn = false }: StringConstraints = {}): StringShape {
  return { kind: 'string', min, max, pattern, values: undefined, orArn };
}

export function enumeration<const T extends string>(values: readonly T[]): StringShape<T> {
  return { kind: 'string', min: undefined, max: undefined, pattern: undefined, values, orArn: false };
}

/** 32 bits; larger JSON numbers saturate, fractions are cut off, as the service does. */
export function integer({ min, max }: Range = {}): NumberShape {
  return { kind: 'number', javaType: 'Integer', min, max };
}

/** 64 bits in the service; here every integer that a double holds exactly. */
export function long({ min, max }: Range = {}): NumberShape {
  return { kind: 'number', javaType: 'Long', min, max };
}

export const boolean: BooleanShape = { kind: 'boolean' };

export const attributeValue: AttributeValueShape = { kind: 'attributeValue' };

export function list<S extends Shape>(of: S, { min, max }: Range = {}): ListShape<Static<S>> {
  return { kind: 'list', of: of as Shape<Static<S>>, min, max };
}

export function map<S extends Shape>(
  key: StringShape,
  value: S,
  { min, max }: Range = {},
): MapShape<Static<S>> {
  return { kind: 'map', key, value: value as Shape<Static<S>>, min, max };
}

export function required<S extends Shape>(shape: S): Member<S, true> {
  return { shape, required: true };
}

export function structure<M extends Members>(name: string, members: M): StructureShape<StructureType<M>> {
  const normalized: Record<string, Member> = {};
  for (const [member, shape] of Object.entries(members)) {
    normalized[member] = 'kind' in shape ? { shape, required: false } : shape;
  }
  return { kind: 'structure', name, members: normalized };
}

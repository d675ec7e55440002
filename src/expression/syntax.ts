/** Expressions after parsing, before substitution: what the text says. Immutable, so that it can be cached. */
import type { Comparator } from './types.js';

/** `#name` keeps its `#`: attribute names in a text cannot begin with it. Numbers are list indexes. */
export interface PathSyntax {
  readonly kind: 'path';
  readonly elements: readonly (string | number)[];
}

export interface ValueSyntax {
  readonly kind: 'value';
  /** With its `:`. */
  readonly name: string;
}

export interface FunctionSyntax {
  readonly kind: 'function';
  readonly name: string;
  readonly operands: readonly OperandSyntax[];
}

export type OperandSyntax = PathSyntax | ValueSyntax | FunctionSyntax;

export type ConditionSyntax =
  | {
      readonly kind: 'and' | 'or';
      readonly left: ConditionSyntax;
      readonly right: ConditionSyntax;
    }
  | { readonly kind: 'not'; readonly operand: ConditionSyntax }
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly operands: readonly [OperandSyntax, OperandSyntax];
    }
  | { readonly kind: 'between'; readonly operands: readonly [OperandSyntax, OperandSyntax, OperandSyntax] }
  | { readonly kind: 'in'; readonly operands: readonly [OperandSyntax, ...OperandSyntax[]] }
  | FunctionSyntax;

export interface ConditionText {
  readonly root: ConditionSyntax;
  readonly operators: number;
}

export interface ArithmeticSyntax {
  readonly kind: 'plus' | 'minus';
  readonly left: OperandSyntax;
  readonly right: OperandSyntax;
}

export type UpdateActionSyntax =
  | {
      readonly kind: 'set';
      readonly path: PathSyntax;
      readonly value: OperandSyntax | ArithmeticSyntax;
    }
  | { readonly kind: 'remove'; readonly path: PathSyntax }
  | { readonly kind: 'add' | 'delete'; readonly path: PathSyntax; readonly value: ValueSyntax };

export interface UpdateText {
  readonly actions: readonly UpdateActionSyntax[];
  /** The keyword of a section that stands in the text twice, in upper case. */
  readonly repeatedSection: string | undefined;
  readonly operators: number;
}

export type ProjectionText = readonly PathSyntax[];

/**
 * Expressions after parsing and substitution: plain data, no closures, so that a request can be handed to whoever owns
 * the partition. The leaves are attribute values, which `encoding/item.ts` turns into bytes.
 */
import type { AttributeType, AttributeValue } from '../encoding/attribute-value.js';

/** Attribute name first, then map keys (strings) and list indexes (numbers): `a.b[3]` is `['a', 'b', 3]`. */
export type DocumentPath = readonly (string | number)[];

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export interface PathOperand {
  readonly kind: 'path';
  readonly path: DocumentPath;
}

export interface ValueOperand {
  readonly kind: 'value';
  readonly value: AttributeValue;
}

/** `size(operand)`: a number, or nothing where the operand is missing or has no size. */
export interface SizeOperand {
  readonly kind: 'size';
  readonly operand: PathOperand | ValueOperand;
}

export type Operand = PathOperand | ValueOperand | SizeOperand;

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | {
      readonly kind: 'compare';
      readonly operator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    }
  | {
      readonly kind: 'between';
      readonly operand: Operand;
      readonly lower: Operand;
      readonly upper: Operand;
    }
  | { readonly kind: 'in'; readonly operand: Operand; readonly candidates: readonly Operand[] }
  | { readonly kind: 'attribute_exists' | 'attribute_not_exists'; readonly path: DocumentPath }
  | { readonly kind: 'attribute_type'; readonly operand: Operand; readonly type: AttributeType }
  | { readonly kind: 'begins_with'; readonly operand: Operand; readonly prefix: Operand }
  | { readonly kind: 'contains'; readonly operand: Operand; readonly member: Operand };

/** The right-hand side of SET. */
export type UpdateValue =
  | PathOperand
  | ValueOperand
  | { readonly kind: 'plus' | 'minus'; readonly left: UpdateValue; readonly right: UpdateValue }
  | { readonly kind: 'if_not_exists'; readonly path: DocumentPath; readonly otherwise: UpdateValue }
  | { readonly kind: 'list_append'; readonly left: UpdateValue; readonly right: UpdateValue };

/**
 * `add` takes a number or a set (from AttributeUpdates a list too), `delete` a set. No two paths of an update overlap.
 * `legacy`: from AttributeUpdates, which words its refusals in another way.
 */
export type UpdateAction =
  | { readonly kind: 'set'; readonly path: DocumentPath; readonly value: UpdateValue }
  | { readonly kind: 'remove'; readonly path: DocumentPath }
  | {
      readonly kind: 'add' | 'delete';
      readonly path: DocumentPath;
      readonly value: AttributeValue;
      readonly legacy?: true;
    };

/** In the order of the text. */
export type Update = readonly UpdateAction[];

/** No two paths overlap. */
export type Projection = readonly DocumentPath[];

/** A key schema as a query needs it: of the table or of an index. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

export interface QueryKeySchema {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
}

export type SortKeyCondition =
  | {
      readonly operator: '=' | '<' | '<=' | '>' | '>=' | 'begins_with';
      readonly values: readonly [AttributeValue];
    }
  | { readonly operator: 'BETWEEN'; readonly values: readonly [AttributeValue, AttributeValue] };

/** What a query asks of its keys. The types of the values are those of the schema. */
export interface KeyCondition {
  readonly partitionKey: AttributeValue;
  readonly sortKey?: SortKeyCondition | undefined;
}

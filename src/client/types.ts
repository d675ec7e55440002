/** What the client's interface is made of; see docs/client.md. */
import type { Input, OperationName } from '../api/validation/input-types.js';
import type { AttributeValue } from '../encoding/attribute-value.js';
import type { Item, Value } from './native-value.js';
import type { CallOptions } from './transport.js';

export type { OperationName } from '../api/validation/input-types.js';
export type { CallOptions } from './transport.js';

/** The shape of an operation's input with native values instead of attribute values, and objects instead of maps. */
type Native<T> = [AttributeValue] extends [T]
  ? Value
  : T extends ReadonlyMap<string, infer V>
    ? { readonly [name: string]: Native<V> }
    : T extends readonly (infer E)[]
      ? readonly Native<E>[]
      : T extends object
        ? { readonly [member in keyof T]: Native<T[member]> }
        : T;

export type OperationInput<O extends OperationName> = Native<Input<O>>;

/** Those of which every member may be left out. */
export type OperationWithoutInput = {
  [O in OperationName]: Record<never, never> extends OperationInput<O> ? O : never;
}[OperationName];

/** Metadata that a reply may have: capacity, sizes, descriptions of tables. */
interface Metadata {
  readonly [member: string]: unknown;
}

interface Attributes extends Metadata {
  readonly Attributes?: Item;
}

interface Page extends Metadata {
  readonly Items?: readonly Item[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: Item;
}

/** Replies of which the items are typed; those of other operations are plain data. */
interface TypedOutputs {
  GetItem: Metadata & { readonly Item?: Item };
  PutItem: Attributes;
  UpdateItem: Attributes;
  DeleteItem: Attributes;
  Query: Page;
  Scan: Page;
  BatchGetItem: Metadata & { readonly Responses: { readonly [table: string]: readonly Item[] } };
  TransactGetItems: Metadata & { readonly Responses: readonly { readonly Item?: Item }[] };
  ListTables: Metadata & { readonly TableNames: readonly string[]; readonly LastEvaluatedTableName?: string };
}

export type OperationOutput<O extends OperationName> = O extends keyof TypedOutputs
  ? TypedOutputs[O]
  : Metadata;

/** Placeholders of expressions: `#name` and `:value`. */
export interface Placeholders {
  readonly names?: { readonly [placeholder: string]: string };
  readonly values?: { readonly [placeholder: string]: Value };
}

export interface GetOptions extends CallOptions, Pick<Placeholders, 'names'> {
  /** Which attributes: a projection expression. Default: all. */
  readonly select?: string;
}

export interface WriteOptions extends CallOptions, Placeholders {
  /** A condition expression; `ConditionalCheckFailedException` when it does not hold. */
  readonly condition?: string;
  /** What the call resolves with. Default: nothing. */
  readonly return?: 'ALL_OLD';
  /** Whether a refused condition's error has the item in `fields.Item`. */
  readonly returnOnFailure?: boolean;
}

/** Of one write of a transaction. */
export type ActionOptions = Omit<WriteOptions, 'return' | 'signal' | 'timeoutMs'>;

export interface UpdateOptions extends Omit<WriteOptions, 'return'> {
  readonly return?: 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW';
}

export interface ScanOptions extends CallOptions, Placeholders {
  /** A filter expression. */
  readonly filter?: string;
  /** A projection expression. */
  readonly select?: string;
  /** Name of an index. */
  readonly index?: string;
  /** Of items looked at, before the filter. Default: no limit. */
  readonly limit?: number;
  /** Goes on behind this key. */
  readonly after?: object;
}

export interface QueryOptions extends ScanOptions {
  /** From the highest sort key to the lowest. */
  readonly descending?: boolean;
}

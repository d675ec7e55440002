/** The door between transports and operations. A transport knows this file and `service-error.ts`, nothing else of `api/`. */
import type { Item } from '../encoding/attribute-value.js';
import type { EncodedItem } from '../encoding/encoded-item.js';

/** What a transport knows of the caller. */
export interface RequestContext {
  readonly requestId?: string;
  /** Twelve digits; part of every ARN. */
  readonly accountId: string;
  readonly region: string;
  /** The reply may have items as they are stored (`EncodedItem`): who asks for them passes them on. */
  readonly encodedItems?: boolean;
  /** For the pages of Query and Scan, when they are to be smaller than the service's. */
  readonly pageBytesMax?: number;
}

/**
 * A reply: plain JSON values, except that a `Map` is an item (its values are attribute values), and that an `EncodedItem` is
 * one where the context allows it.
 */
export type Output = { readonly [member: string]: OutputValue };
export type OutputValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Item
  | EncodedItem
  | readonly OutputValue[]
  | { readonly [member: string]: OutputValue };

/** The reply of an operation that has no output: no body at all, where `{}` is an output without members. */
export const NO_OUTPUT: Output = Object.freeze({});

/** An output whose members are tables, indexes or attributes: `__proto__` is a name like any other. */
export function namedByCaller(): Record<string, OutputValue> {
  return Object.create(null) as Record<string, OutputValue>;
}

export interface Api {
  /**
   * Runs one operation. `input` is the parsed JSON body, not validated; an `EncodedItem` or
   * `EncodedValue` may stand for the JSON of attributes or of a value. Rejects with a `ServiceError`; anything else
   * that it rejects with is a defect and is reported as InternalServerError.
   */
  execute(operation: string, input: unknown, context: RequestContext): Promise<Output>;
  /** The same, at once where nothing must be waited for: then it throws what `execute` rejects with. */
  respond(operation: string, input: unknown, context: RequestContext): Output | Promise<Output>;
}

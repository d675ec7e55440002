/** The door between transports and operations. A transport knows this file and `service-error.ts`, nothing else of `api/`. */
import type { Item } from '../encoding/attribute-value.js';

/** What a transport knows of the caller. */
export interface RequestContext {
  readonly requestId: string;
  /** Twelve digits; part of every ARN. */
  readonly accountId: string;
  readonly region: string;
}

/** A reply: plain JSON values, except that a `Map` is an item (its values are attribute values). */
export type Output = { readonly [member: string]: OutputValue };
export type OutputValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Item
  | readonly OutputValue[]
  | { readonly [member: string]: OutputValue };

/** An output whose members are tables, indexes or attributes: `__proto__` is a name like any other. */
export function namedByCaller(): Record<string, OutputValue> {
  return Object.create(null) as Record<string, OutputValue>;
}

export interface Api {
  /**
   * Runs one operation. `input` is the parsed JSON body, not validated. Rejects with a `ServiceError`; anything else
   * that it rejects with is a defect and is reported as InternalServerError.
   */
  execute(operation: string, input: unknown, context: RequestContext): Promise<Output>;
}

/** What an operation is given, and what it is. */
import type { Tables } from '../table/tables.js';
import type { Clock } from '../vfs/clock.js';
import type { Output, RequestContext } from './types.js';
import type { Input, OperationName } from './validation/input-types.js';

export interface ApiServices {
  readonly tables: Tables;
  readonly clock: Clock;
}

/** Answers at once where nothing must be awaited. Throws, or rejects with, a `ServiceError`. */
export type Operation<O extends OperationName> = (
  services: ApiServices,
  input: Input<O>,
  context: RequestContext,
) => Output | Promise<Output>;

/** The operations as transports see them: a name and JSON in, an output or a `ServiceError` out. */
import { toServiceError } from './error-mapping.js';
import { MISSING_OPERATIONS } from './missing-operations.js';
import { OperationStatistics, type StatisticsByOperation } from './operation-statistics.js';
import { operations } from './operations.js';
import { unknownOperation } from './service-error.js';
import type { ApiServices, Operation } from './services.js';
import type { Api, Output, RequestContext } from './types.js';
import type { Input, OperationName } from './validation/input-types.js';
import { validateInput } from './validation/validate.js';

const handlers = new Map<string, Operation<OperationName>>(
  Object.entries(operations as unknown as Record<string, Operation<OperationName>>),
);

export interface CountingApi extends Api {
  readonly statistics: StatisticsByOperation;
}

export function createApi(services: ApiServices): CountingApi {
  const { clock, tables } = services;
  const statistics = new Map(Array.from(handlers.keys(), (name) => [name, new OperationStatistics(name)]));
  const fail = (counted: OperationStatistics, input: unknown, error: unknown, sinceMs: number): never => {
    const known = toServiceError(error);
    counted.ended(tables, input, known.type, clock.monotonic() - sinceMs);
    throw known;
  };
  const respond: Api['respond'] = (operation, input, context) => {
    const counted = statistics.get(operation);
    if (counted === undefined) {
      throw unknownOperation(
        MISSING_OPERATIONS.has(operation) ? `Varve does not have the operation ${operation}` : undefined,
      );
    }
    const sinceMs = clock.monotonic();
    let output: Output | Promise<Output>;
    try {
      output = run(services, operation as OperationName, input, context);
    } catch (error) {
      return fail(counted, input, error, sinceMs);
    }
    if (output instanceof Promise) {
      return output.then(
        (settled) => {
          counted.ended(tables, input, undefined, clock.monotonic() - sinceMs);
          return settled;
        },
        (error) => fail(counted, input, error, sinceMs),
      );
    }
    counted.ended(tables, input, undefined, clock.monotonic() - sinceMs);
    return output;
  };
  return {
    respond,
    execute: async (operation, input, context) => respond(operation, input, context),
    statistics,
  };
}

function run(
  services: ApiServices,
  operation: OperationName,
  input: unknown,
  context: RequestContext,
): Output | Promise<Output> {
  const handler = handlers.get(operation) as Operation<OperationName>;
  const valid = validateInput(operation, input) as Input<OperationName>;
  return handler(services, valid as never, context);
}

/** The operations as transports see them: a name and JSON in, an output or a `ServiceError` out. */
import { toServiceError } from './error-mapping.js';
import { operations } from './operations.js';
import { unknownOperation } from './service-error.js';
import type { ApiServices, Operation } from './services.js';
import type { Api } from './types.js';
import type { Input, OperationName } from './validation/input-types.js';
import { validateInput } from './validation/validate.js';

const handlers = new Map<string, Operation<OperationName>>(
  Object.entries(operations as unknown as Record<string, Operation<OperationName>>),
);

export function createApi(services: ApiServices): Api {
  const respond: Api['respond'] = (operation, input, context) => {
    const handler = handlers.get(operation);
    if (handler === undefined) throw unknownOperation();
    try {
      const valid = validateInput(operation as OperationName, input) as Input<OperationName>;
      const output = handler(services, valid as never, context);
      return output instanceof Promise ? output.catch(rethrow) : output;
    } catch (error) {
      throw toServiceError(error);
    }
  };
  return {
    respond,
    execute: async (operation, input, context) => respond(operation, input, context),
  };
}

function rethrow(error: unknown): never {
  throw toServiceError(error);
}

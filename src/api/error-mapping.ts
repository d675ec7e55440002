/** Refusals of the rooms below as the exceptions that callers know: the one place where they are translated. */
import { EncodingError } from '../encoding/errors.js';
import { ExpressionError } from '../expression/errors.js';
import {
  internalServerError,
  type ServiceError,
  serializationError,
  validationError,
} from './service-error.js';

/** A value or an expression that was refused below. */
export type InputError = EncodingError | ExpressionError;

export function isInputError(error: unknown): error is InputError {
  return error instanceof EncodingError || error instanceof ExpressionError;
}

/** The message is the service's already. */
export function fromInputError(error: InputError): ServiceError {
  switch (error.code) {
    case 'serialization':
      return serializationError(error.message);
    case 'validation':
    case 'VALIDATION':
      return validationError(error.message, { cause: error });
    default:
      return internalServerError(error satisfies never);
  }
}

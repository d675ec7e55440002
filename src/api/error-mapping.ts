/** Refusals of the rooms below as the exceptions that callers know: the one place where they are translated. */
import { EncodingError } from '../encoding/errors.js';
import { ExpressionError } from '../expression/errors.js';
import { PartitionError } from '../partition/errors.js';
import { TableClosedError } from '../sstable/errors.js';
import { TableError } from '../table/errors.js';
import { isNoDescriptor, isNoSpace } from '../vfs/errors.js';
import {
  internalServerError,
  itemCollectionFull,
  limitExceeded,
  resourceInUse,
  resourceNotFound,
  ServiceError,
  serializationError,
  serviceUnavailable,
  throughputExceeded,
  transactionConflict,
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

export function fromTableError(error: TableError): ServiceError {
  switch (error.code) {
    case 'TABLE_EXISTS':
    case 'TABLE_DIFFERS':
    case 'TABLE_BUSY':
      return resourceInUse(error.message);
    case 'TOO_MANY_TABLES':
      return limitExceeded(error.message);
    case 'COLLECTION_FULL':
      return itemCollectionFull(error.message);
    case 'TABLE_NOT_FOUND':
      return resourceNotFound(error.message);
    case 'TABLE_PROTECTED':
    case 'INVALID_ITEM':
    case 'EMPTY_KEY':
    case 'TRANSACTION_TOO_LARGE':
      return validationError(error.message, { cause: error });
    case 'TRANSACTION_CONFLICT':
      return transactionConflict();
    case 'CORRUPT':
    case 'VERSION_UNSUPPORTED':
    case 'FOREIGN_DIRECTORY':
    case 'CLOSED':
      return internalServerError(error);
    default:
      return internalServerError(error.code satisfies never);
  }
}

/** Clients try again after each of these, except after the last two. */
export function fromPartitionError(error: PartitionError): ServiceError {
  switch (error.code) {
    case 'OVERLOADED':
      return throughputExceeded(error);
    case 'OUT_OF_SPACE':
      return serviceUnavailable('The disk is full: reads go on, writes resume when there is space', error);
    case 'READ_ONLY':
      return serviceUnavailable('The log has failed: reads go on, writes resume after a restart', error);
    case 'STALLED':
      return serviceUnavailable('The log cannot grow for now: reads go on, writes resume', error);
    case 'WRITE_UNCERTAIN':
      return internalServerError(error);
    case 'CLOSED':
      // Its table was deleted while the request was on its way.
      return resourceNotFound();
    case 'INVALID_MUTATION':
    case 'SNAPSHOT_RELEASED':
    case 'CHECKPOINT_EXISTS':
      return internalServerError(error);
    default:
      return internalServerError(error.code satisfies never);
  }
}

/** What nobody foresaw becomes an InternalServerError that keeps its cause for the log. */
export function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isInputError(error)) return fromInputError(error);
  if (error instanceof TableError) return fromTableError(error);
  if (error instanceof PartitionError) return fromPartitionError(error);
  // As when a partition is closed: its table was deleted while the request was on its way.
  if (error instanceof TableClosedError) return resourceNotFound();
  if (isNoSpace(error)) return serviceUnavailable('The disk is full: reads go on', error);
  if (isNoDescriptor(error))
    return serviceUnavailable('Too many files are open (ulimit -n): try again', error);
  return internalServerError(error);
}

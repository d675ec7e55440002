/**
 * The errors that callers see: the service's exception types with their namespace, HTTP status and reply members.
 *
 * Everything that an operation refuses ends as a `ServiceError`; whatever else escapes is a defect, and the transport
 * reports it as InternalServerError.
 */
import { StacklessError } from '../encoding/errors.js';
import type { Output } from './types.js';

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810';
const SERVICE = 'com.amazon.coral.service';
const VALIDATE = 'com.amazon.coral.validate';

interface ErrorKind {
  /** What stands before `#` in `__type`. */
  readonly namespace: string;
  readonly status: number;
  /** The reply member that carries the message: the service spells it with a capital in a few types. */
  readonly messageMember: 'message' | 'Message';
}

function kind(
  namespace: string,
  status = 400,
  messageMember: ErrorKind['messageMember'] = 'message',
): ErrorKind {
  return { namespace, status, messageMember };
}

/** Every exception type that Varve replies with. */
export const ERROR_KINDS = {
  AccessDeniedException: kind(SERVICE, 400, 'Message'),
  ConditionalCheckFailedException: kind(DYNAMODB),
  DuplicateItemException: kind(DYNAMODB),
  IdempotentParameterMismatchException: kind(DYNAMODB, 400, 'Message'),
  IncompleteSignatureException: kind(SERVICE),
  InternalServerError: kind(DYNAMODB, 500),
  InvalidSignatureException: kind(SERVICE),
  ItemCollectionSizeLimitExceededException: kind(DYNAMODB),
  LimitExceededException: kind(DYNAMODB),
  MissingAuthenticationTokenException: kind(SERVICE),
  ProvisionedThroughputExceededException: kind(DYNAMODB),
  RequestLimitExceeded: kind(DYNAMODB),
  ResourceInUseException: kind(DYNAMODB),
  ResourceNotFoundException: kind(DYNAMODB),
  SerializationException: kind(SERVICE, 400, 'Message'),
  ServiceUnavailableException: kind(DYNAMODB, 503),
  ThrottlingException: kind(VALIDATE),
  TransactionCanceledException: kind(DYNAMODB, 400, 'Message'),
  TransactionConflictException: kind(DYNAMODB),
  TransactionInProgressException: kind(DYNAMODB, 400, 'Message'),
  UnknownOperationException: kind(SERVICE),
  UnrecognizedClientException: kind(SERVICE),
  ValidationException: kind(VALIDATE),
} as const satisfies Record<string, ErrorKind>;

export type ErrorType = keyof typeof ERROR_KINDS;

/**
 * Characters of a message. The service's messages repeat what they refuse, which may be all of a request of 16 MB: they
 * are cut off here, far beyond any that is meant to be read.
 */
export const MESSAGE_LENGTH_MAX = 64 * 1024;

function capped(message: string): string {
  return message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX)}…`;
}

/** Those of status 500 and above keep what happened in their `cause`, which has the stack. */
export class ServiceError extends StacklessError {
  override readonly name = 'ServiceError';

  /**
   * @param message what the reply says; `undefined` sends no message member at all
   * @param fields further reply members, such as `Item` or `CancellationReasons`
   */
  constructor(
    readonly type: ErrorType,
    message: string | undefined,
    readonly fields: Output = {},
    options?: ErrorOptions,
  ) {
    super(message === undefined ? message : capped(message), options);
    this.hasMessage = message !== undefined;
  }

  private readonly hasMessage: boolean;

  get status(): number {
    return ERROR_KINDS[this.type].status;
  }

  /** `namespace#type`, as in the member `__type`. */
  get qualifiedType(): string {
    return `${ERROR_KINDS[this.type].namespace}#${this.type}`;
  }

  /** The reply's body: `__type`, the message under the member the service uses for this type, then `fields`. */
  toOutput(): Output {
    if (!this.hasMessage) return { __type: this.qualifiedType, ...this.fields };
    return {
      __type: this.qualifiedType,
      [ERROR_KINDS[this.type].messageMember]: this.message,
      ...this.fields,
    };
  }
}

export function validationError(message: string, options?: ErrorOptions): ServiceError {
  return new ServiceError('ValidationException', message, {}, options);
}

/** A validation error about one parameter that names itself in the service's preamble. */
export function invalidParameter(problem: string): ServiceError {
  return validationError(`One or more parameter values were invalid: ${problem}`);
}

/** The request's JSON does not have the shape of the operation's input, or is not JSON (then without a message). */
export function serializationError(message?: string): ServiceError {
  return new ServiceError('SerializationException', message);
}

/** @param message only of what the service itself knows: it sends none */
export function unknownOperation(message?: string): ServiceError {
  return new ServiceError('UnknownOperationException', message);
}

export function conditionalCheckFailed(item?: Output[string]): ServiceError {
  const fields = item === undefined ? {} : { Item: item };
  return new ServiceError('ConditionalCheckFailedException', 'The conditional request failed', fields);
}

/** For operations on items: the service does not say which table. */
export function resourceNotFound(message = 'Requested resource not found'): ServiceError {
  return new ServiceError('ResourceNotFoundException', message);
}

/** For operations on tables. */
export function tableNotFound(tableName: string): ServiceError {
  return resourceNotFound(`Requested resource not found: Table: ${tableName} not found`);
}

export function resourceInUse(message: string): ServiceError {
  return new ServiceError('ResourceInUseException', message);
}

export function limitExceeded(message: string): ServiceError {
  return new ServiceError('LimitExceededException', message);
}

export function itemCollectionFull(message: string): ServiceError {
  return new ServiceError('ItemCollectionSizeLimitExceededException', message);
}

/** More work than the engine can take; SDKs slow down and try again. */
export function throughputExceeded(cause: unknown): ServiceError {
  return new ServiceError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded. ' +
      'Consider increasing your provisioning level with the UpdateTable API.',
    {},
    { cause },
  );
}

export function serviceUnavailable(message: string, cause: unknown): ServiceError {
  return new ServiceError('ServiceUnavailableException', message, {}, { cause });
}

export function transactionConflict(): ServiceError {
  return new ServiceError('TransactionConflictException', 'Transaction is ongoing for the item');
}

/** The token came with other items before. */
export function idempotentParameterMismatch(): ServiceError {
  return new ServiceError(
    'IdempotentParameterMismatchException',
    'The ClientRequestToken was used before, with other TransactItems',
  );
}

export function transactionInProgress(): ServiceError {
  return new ServiceError(
    'TransactionInProgressException',
    'Transaction from previous request is still in progress',
  );
}

/** One reason per item of the request, in its order; `None` where the item was not at fault. */
export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Exclude<Output[string], undefined>;
}

export function transactionCanceled(reasons: readonly CancellationReason[]): ServiceError {
  const codes = reasons.map((reason) => reason.Code).join(', ');
  return new ServiceError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons.map((reason) => ({ ...reason })) },
  );
}

export function internalServerError(cause: unknown): ServiceError {
  return new ServiceError('InternalServerError', 'Internal server error', {}, { cause });
}

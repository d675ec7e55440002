/**
 * Tells a client what is wrong with its request: the message is all of it. Without a stack, whose capture would be a
 * tenth of the work for a client that sends nothing but mistakes.
 */
export class StacklessError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Why a value from outside is refused. Both messages are the service's wording.
 *
 *   serialization  the JSON does not have the type of the member: SerializationException
 *   validation     the type fits, the value does not: ValidationException
 */
export class EncodingError extends StacklessError {
  override readonly name = 'EncodingError';

  constructor(
    readonly code: 'serialization' | 'validation',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Stored bytes that do not decode: damage, or a newer version's format. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  readonly code = 'format';
}

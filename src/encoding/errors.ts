/**
 * Why a value from outside is refused. Both messages are the service's wording.
 *
 *   serialization  the JSON does not have the type of the member: SerializationException
 *   validation     the type fits, the value does not: ValidationException
 */
export class EncodingError extends Error {
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

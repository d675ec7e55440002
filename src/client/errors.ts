/** Everything that a call can fail with, except what the caller's own signal was aborted with. */

/**
 * What Varve refuses has the name of the service's exception, such as `ConditionalCheckFailedException`. What concerns the
 * connection:
 *
 *   ConnectionFailed   nobody listens at the path, or not within the time; nothing was sent
 *   ConnectionLost     it broke before the reply came
 *   ProtocolError      the other side does not speak the protocol, or not this version; or it does not take the request
 *   TimeoutError       no reply within the time
 *   ClosedError        the client was closed
 */
export type ErrorName =
  | 'ConnectionFailed'
  | 'ConnectionLost'
  | 'ProtocolError'
  | 'TimeoutError'
  | 'ClosedError'
  | (string & {});

export interface VarveErrorDetails extends ErrorOptions {
  /** As over HTTP: 400 for what the request is to blame for, 500 and more for the server. */
  readonly status?: number;
  /** Further members of the refusal, such as `Item` or `CancellationReasons`, with native values. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly mayHaveTakenEffect?: boolean;
}

export class VarveError extends Error {
  override readonly name: ErrorName;
  readonly status: number | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The request was a write, was sent, and nobody knows whether it was done. */
  readonly mayHaveTakenEffect: boolean;

  constructor(name: ErrorName, message: string, details: VarveErrorDetails = {}) {
    super(message, details);
    this.name = name;
    this.status = details.status;
    this.fields = details.fields ?? {};
    this.mayHaveTakenEffect = details.mayHaveTakenEffect ?? false;
  }
}

/**
 * From the members of a refusal: `__type`, a message, and whatever else there is. That a write has failed within the server
 * (500) does not say that nothing was done.
 */
export function refusal(
  status: number,
  error: Readonly<Record<string, unknown>>,
  options: ErrorOptions & { readonly isWrite: boolean; readonly wasSentBefore?: boolean },
): VarveError {
  const { __type: type, message, Message, ...fields } = error;
  const name = String(type ?? 'InternalServerError').replace(/^.*#/, '');
  const { isWrite, wasSentBefore = false, ...rest } = options;
  // An attempt before, of which no reply came, may have been done: only a cancellation says that it was not.
  const isOpen = status === 500 || (wasSentBefore && name !== 'TransactionCanceledException');
  return new VarveError(name, String(message ?? Message ?? name), {
    ...rest,
    status,
    fields,
    mayHaveTakenEffect: isWrite && isOpen,
  });
}

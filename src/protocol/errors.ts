/** What one side of the protocol finds wrong with the other. The connection is of no further use. */
import { StacklessError } from '../encoding/errors.js';

/**
 *   NOT_VARVE  the other side speaks something else
 *   VERSION    it speaks no version that this side speaks
 *   TOO_LARGE  a frame is longer than allowed
 *   MALFORMED  a frame holds no message
 *   OVERLOADED too many frames are arriving at the same time
 */
export type ProtocolErrorCode = 'NOT_VARVE' | 'VERSION' | 'TOO_LARGE' | 'MALFORMED' | 'OVERLOADED';

export class ProtocolError extends StacklessError {
  override readonly name = 'ProtocolError';

  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

import { StacklessError } from '../encoding/errors.js';

/** What an expression is refused with. The message is the service's wording, complete and ready to be sent. */
export class ExpressionError extends StacklessError {
  override readonly name = 'ExpressionError';
  readonly code = 'VALIDATION';
}

/** About the bounds of BETWEEN: in a ConditionExpression (and only there) the service puts it into an envelope. */
export class BoundsError extends ExpressionError {}

/** What the three writes of one item share: their condition, in either dialect, and their refusal. */
import { type CompiledExpressions, compileExpressions, conditionFromExpected } from '../expression/index.js';
import type { WriteReply } from '../table/requests.js';
import { conditionalCheckFailed } from './service-error.js';
import type { PutItemInput, UpdateItemInput } from './validation/input-types.js';

type ConditionParameters = Pick<
  PutItemInput,
  | 'ConditionExpression'
  | 'Expected'
  | 'ConditionalOperator'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
> &
  Pick<UpdateItemInput, 'UpdateExpression'>;

const NOTHING: CompiledExpressions = {};

/** @throws ExpressionError */
export function compileWrite(input: ConditionParameters): CompiledExpressions {
  if (input.ConditionExpression !== undefined || input.UpdateExpression !== undefined) {
    return compileExpressions({
      update: input.UpdateExpression,
      condition: input.ConditionExpression,
      operation: 'write',
      names: input.ExpressionAttributeNames,
      values: input.ExpressionAttributeValues,
    });
  }
  if (input.Expected === undefined) return NOTHING;
  return { condition: conditionFromExpected(input.Expected, input.ConditionalOperator) };
}

/** @throws ServiceError ConditionalCheckFailedException when the condition did not hold */
export function assertWritten(reply: WriteReply): asserts reply is WriteReply & { readonly written: true } {
  if (!reply.written) throw conditionalCheckFailed(reply.item);
}

import { compileExpressions, type Projection, projectionFromAttributesToGet } from '../expression/index.js';
import { addressOfKey } from '../table/key-schema.js';
import type { EncodedGetReply, GetReply } from '../table/requests.js';
import { consumedCapacity, isMeasured, unitsRead } from './consumed-capacity.js';
import { checkScalarKeyPaths } from './key-paths.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import type { Output } from './types.js';
import type { GetItemInput } from './validation/input-types.js';

export const getItem: Operation<'GetItem'> = (services, input, { encodedItems }) => {
  const projection = compileProjection(input);
  const table = tableOfItems(services, input.TableName);
  const { definition } = table;
  const address = addressOfKey(definition, input.Key);
  if (projection !== undefined) checkScalarKeyPaths(definition, projection);
  const reply =
    encodedItems === true && projection === undefined
      ? table.getEncoded(address)
      : table.get({ address, projection });
  return reply instanceof Promise ? reply.then((late) => shape(input, late)) : shape(input, reply);
};

/** From either dialect; undefined: every attribute. */
export function compileProjection(
  input: Pick<GetItemInput, 'ProjectionExpression' | 'ExpressionAttributeNames' | 'AttributesToGet'>,
): Projection | undefined {
  if (input.ProjectionExpression !== undefined) {
    return compileExpressions({
      projection: input.ProjectionExpression,
      names: input.ExpressionAttributeNames,
    }).projection;
  }
  return input.AttributesToGet === undefined
    ? undefined
    : projectionFromAttributesToGet(input.AttributesToGet);
}

function shape(input: GetItemInput, { item, sizeBytes }: GetReply | EncodedGetReply): Output {
  const mode = input.ReturnConsumedCapacity;
  if (!isMeasured(mode)) return item === undefined ? {} : { Item: item };
  return {
    Item: item,
    ConsumedCapacity: consumedCapacity(mode, input.TableName, {
      table: unitsRead(sizeBytes, input.ConsistentRead),
    }),
  };
}

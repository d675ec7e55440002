import { updateFromAttributeUpdates } from '../expression/index.js';
import { addressOfKey } from '../table/key-schema.js';
import { consumedCapacity, isMeasured, itemCollectionMetrics, unitsWritten } from './consumed-capacity.js';
import { checkScalarKeysIn } from './key-paths.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import { checkUpdateOfKeys } from './update-rules.js';
import { assertWritten, compileWrite } from './write-condition.js';

export const updateItem: Operation<'UpdateItem'> = async (services, input) => {
  const compiled = compileWrite(input);
  const update =
    input.AttributeUpdates === undefined
      ? compiled.update
      : updateFromAttributeUpdates(input.AttributeUpdates);
  const table = tableOfItems(services, input.TableName);
  const { definition } = table;
  const address = addressOfKey(definition, input.Key);
  if (update !== undefined) checkUpdateOfKeys(definition, update);
  checkScalarKeysIn(definition, compiled.condition);
  const returns = input.ReturnValues ?? 'NONE';
  const reply = await table.update({
    address,
    key: input.Key,
    update,
    condition: compiled.condition,
    returns,
    returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    measure: isMeasured(input.ReturnConsumedCapacity),
  });
  assertWritten(reply);
  const { attributes } = reply;
  return {
    Attributes: attributes === undefined || attributes.size === 0 ? undefined : attributes,
    ConsumedCapacity: consumedCapacity(input.ReturnConsumedCapacity, input.TableName, unitsWritten(reply)),
    ItemCollectionMetrics: itemCollectionMetrics(
      input.ReturnItemCollectionMetrics,
      definition,
      input.Key,
      reply.collectionBytes,
    ),
  };
};

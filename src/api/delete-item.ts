import { addressOfKey } from '../table/key-schema.js';
import { consumedCapacity, isMeasured, itemCollectionMetrics, unitsWritten } from './consumed-capacity.js';
import { checkScalarKeysIn } from './key-paths.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import { assertWritten, compileWrite } from './write-condition.js';

export const deleteItem: Operation<'DeleteItem'> = async (services, input) => {
  const { condition } = compileWrite(input);
  const table = tableOfItems(services, input.TableName);
  const { definition } = table;
  const address = addressOfKey(definition, input.Key);
  checkScalarKeysIn(definition, condition);
  const reply = await table.delete({
    address,
    condition,
    returnOld: input.ReturnValues === 'ALL_OLD',
    returnOldOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    measure: isMeasured(input.ReturnConsumedCapacity),
  });
  assertWritten(reply);
  return {
    Attributes: reply.attributes,
    ConsumedCapacity: consumedCapacity(input.ReturnConsumedCapacity, input.TableName, unitsWritten(reply)),
    ItemCollectionMetrics: itemCollectionMetrics(
      input.ReturnItemCollectionMetrics,
      definition,
      input.Key,
      reply.collectionBytes,
    ),
  };
};

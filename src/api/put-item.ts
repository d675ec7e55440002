import { itemSizeBytes } from '../encoding/item-size.js';
import { checkIndexKeys } from '../table/index-keys.js';
import { addressOfItem } from '../table/key-schema.js';
import { consumedCapacity, isMeasured, itemCollectionMetrics, unitsWritten } from './consumed-capacity.js';
import { checkScalarKeysIn } from './key-paths.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import { assertWritten, compileWrite } from './write-condition.js';

export const putItem: Operation<'PutItem'> = async (services, input) => {
  const { Item: item } = input;
  const sizeBytes = itemSizeBytes(item);
  const { condition } = compileWrite(input);
  const table = tableOfItems(services, input.TableName);
  const { definition } = table;
  const address = addressOfItem(definition, item);
  checkIndexKeys(definition, item, sizeBytes);
  checkScalarKeysIn(definition, condition);
  const reply = await table.put({
    address,
    item,
    sizeBytes,
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
      item,
      reply.collectionBytes,
    ),
  };
};

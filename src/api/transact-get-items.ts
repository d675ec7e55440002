import { readUnits } from '../table/capacity/units.js';
import { addressOfKey } from '../table/key-schema.js';
import type { GetReply } from '../table/requests.js';
import type { ItemGet } from '../table/transactions.js';
import { capacityPerTable } from './consumed-capacity.js';
import { compileProjection } from './get-item.js';
import { checkScalarKeyPaths } from './key-paths.js';
import type { Operation } from './services.js';
import { tableOfItems } from './table-access.js';
import { checkPlans, checkTransactionSize, fitToTable, MISFITS_OF_READS } from './transaction-plan.js';

export const transactGetItems: Operation<'TransactGetItems'> = async (services, input) => {
  const compiled = input.TransactItems.map(({ Get }) => ({ get: Get, projection: compileProjection(Get) }));
  const located = compiled.map((each) => ({ ...each, table: tableOfItems(services, each.get.TableName) }));
  const plans = located.map(({ get, projection, table }) =>
    fitToTable((): ItemGet => {
      const { definition } = table;
      const address = addressOfKey(definition, get.Key);
      if (projection !== undefined) checkScalarKeyPaths(definition, projection);
      return { table, request: { address, projection } };
    }, MISFITS_OF_READS),
  );
  const gets = checkPlans(plans);
  const replies = await services.tables.transactGet(gets);
  checkTransactionSize(replies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const uses = input.TransactItems.map(({ Get }, index) => {
    const { sizeBytes } = replies[index] as GetReply;
    return { name: Get.TableName, use: { table: 2 * readUnits(sizeBytes) } };
  });
  return {
    // Nothing of a projection is to the service as no item.
    Responses: replies.map(({ item }) => (item === undefined || item.size === 0 ? {} : { Item: item })),
    ConsumedCapacity: capacityPerTable(input.ReturnConsumedCapacity, uses, 'ReadCapacityUnits'),
  };
};

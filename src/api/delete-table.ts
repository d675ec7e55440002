import type { Operation } from './services.js';
import { checkSimultaneousChanges } from './simultaneous-changes.js';
import { tableInAnyState } from './table-access.js';
import { describeDeleted, statisticsOf } from './table-description.js';

export const deleteTable: Operation<'DeleteTable'> = async (services, input) => {
  const table = tableInAnyState(services, input.TableName);
  if (table.status === 'ACTIVE') checkSimultaneousChanges(services);
  const statistics = await statisticsOf(table);
  // A table that is being deleted already is no error: the service's documentation of DeleteTable says so.
  const { definition } =
    table.status === 'DELETING' ? table : await services.tables.delete(table.definition.name);
  return { TableDescription: describeDeleted(definition, statistics, services.clock.now()) };
};

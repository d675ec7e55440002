/**
 * How many tables may be changing at the same time.
 * Source: LimitExceededException in the API reference. The wording is the service's, from when the limits were lower.
 */
import { INDEXED_TABLES_CREATING_MAX, TABLES_CHANGING_MAX } from '../table/limits.js';
import { limitExceeded } from './service-error.js';
import type { ApiServices } from './services.js';

/**
 * @param createsIndexed the change at hand is the creation of a table with indexes
 * @throws ServiceError LimitExceededException
 */
export function checkSimultaneousChanges({ tables }: ApiServices, createsIndexed = false): void {
  let changing = 0;
  let creatingIndexed = 0;
  for (const name of tables.names()) {
    const table = tables.find(name);
    if (table === undefined || table.status === 'ACTIVE') continue;
    changing += 1;
    if (table.status === 'CREATING' && table.definition.localIndexes.length > 0) creatingIndexed += 1;
  }
  if (changing >= TABLES_CHANGING_MAX) {
    throw limitExceeded(
      `Subscriber limit exceeded: Only ${TABLES_CHANGING_MAX} tables can be created, updated, or deleted simultaneously`,
    );
  }
  if (createsIndexed && creatingIndexed >= INDEXED_TABLES_CREATING_MAX) {
    throw limitExceeded(
      `Subscriber limit exceeded: Only ${INDEXED_TABLES_CREATING_MAX} tables with secondary indexes can be created simultaneously`,
    );
  }
}

/** From a TableName member, which may be an ARN, to the table. */
import type { Table } from '../table/table.js';
import { resourceNotFound, tableNotFound } from './service-error.js';
import type { ApiServices } from './services.js';
import { isArn, parseTableName } from './validation/table-name.js';

export function plainTableName(name: string): string {
  return isArn(name) ? parseTableName(name).name : name;
}

/**
 * For operations on items.
 * @throws ServiceError ResourceNotFoundException, also while the table is being created or deleted
 */
export function tableOfItems({ tables }: ApiServices, name: string): Table {
  const table = tables.get(plainTableName(name));
  if (table === undefined) throw resourceNotFound();
  return table;
}

/**
 * For operations on tables.
 * @throws ServiceError ResourceNotFoundException, which names the table
 */
export function tableInAnyState({ tables }: ApiServices, name: string): Table {
  const plainName = plainTableName(name);
  const table = tables.find(plainName);
  if (table === undefined) throw tableNotFound(plainName);
  return table;
}

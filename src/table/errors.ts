/** What the table room refuses. `api/` turns each into the service's exception. */
import type { TableStatus } from './types.js';

export type TableErrorCode =
  /** A table of that name is there already. */
  | 'TABLE_EXISTS'
  | 'TABLE_NOT_FOUND'
  /** The table is being created, updated or deleted. */
  | 'TABLE_BUSY'
  | 'TABLE_PROTECTED'
  /** A table that is to be restored into has another key, or is not empty. */
  | 'TABLE_DIFFERS'
  | 'TOO_MANY_TABLES'
  /** An item or key breaks a rule of the table; the message is the caller's. */
  | 'INVALID_ITEM'
  /** A key attribute of the table or of an index is empty; the message is the caller's. */
  | 'EMPTY_KEY'
  /** The items of one partition key have reached their limit. */
  | 'COLLECTION_FULL'
  /** A transaction holds the item for longer than the write would wait. */
  | 'TRANSACTION_CONFLICT'
  /** The items of a transaction are too large together; the message is the caller's. */
  | 'TRANSACTION_TOO_LARGE'
  /** Stored bytes do not parse. */
  | 'CORRUPT'
  /** Written by a newer release. */
  | 'VERSION_UNSUPPORTED'
  /** What is in the directory is not Varve's. */
  | 'FOREIGN_DIRECTORY'
  | 'CLOSED';

export class TableError extends Error {
  override readonly name = 'TableError';

  constructor(
    readonly code: TableErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function invalidItem(message: string): TableError {
  return new TableError('INVALID_ITEM', message);
}

export const ITEM_TOO_LARGE = 'Item size has exceeded the maximum allowed size';
export const UPDATED_ITEM_TOO_LARGE = 'Item size to update has exceeded the maximum allowed size';

export function emptyKey(message: string): TableError {
  return new TableError('EMPTY_KEY', message);
}

export function transactionTooLarge(): TableError {
  return new TableError(
    'TRANSACTION_TOO_LARGE',
    'The aggregate size of the items in the transaction exceeds the limit of 4 MB',
  );
}

export function tableBusy(name: string, status: TableStatus): TableError {
  const state = status.toLowerCase().replace(/ing$/, 'ed');
  return new TableError(
    'TABLE_BUSY',
    `Attempt to change a resource which is still in use: Table is being ${state}: ${name}`,
  );
}

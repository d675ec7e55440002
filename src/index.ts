/** What programs import: a connection to a daemon, or a database of their own. */
import type { open as openHere } from './engine/open.js';

export { type ConnectOptions, connect } from './client/connect.js';
export type { Database } from './client/database.js';
export { type ErrorName, VarveError } from './client/errors.js';
export type { Item, NativeNumber, Value } from './client/native-value.js';
export type { Range } from './client/range.js';
export type { Table } from './client/table.js';
export type { Transaction } from './client/transaction.js';
export type {
  ActionOptions,
  CallOptions,
  GetOptions,
  OperationInput,
  OperationName,
  OperationOutput,
  QueryOptions,
  ScanOptions,
  UpdateOptions,
  WriteOptions,
} from './client/types.js';
export { NumberValue } from './encoding/attribute-value.js';
export type { OpenOptions } from './engine/open.js';

/** See `open` in engine/open.ts: loaded with all that is behind it only by who calls it. */
export const open: typeof openHere = async (options) => {
  const { open } = await import('./engine/open.js');
  return open(options);
};

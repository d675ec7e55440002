/** What both transactions check before they begin: that each action fits its table, and that no two are of one item. */
import { TableError, type TableErrorCode, transactionTooLarge } from '../table/errors.js';
import { type ItemAddress, itemKey } from '../table/key-layout.js';
import { TRANSACTION_BYTES_MAX } from '../table/limits.js';
import type { Table } from '../table/table.js';
import {
  type CancellationReason,
  ServiceError,
  transactionCanceled,
  validationError,
} from './service-error.js';

export interface ItemPlan<Request extends { readonly address: ItemAddress }> {
  readonly table: Table;
  readonly request: Request;
}

export const NO_REASON: CancellationReason = { Code: 'None' };

/** The key, the indexes, or the paths do not fit the table. */
export interface Misfit {
  readonly misfit: string;
}

/** To the service an empty key is a fault of a request that writes, and a misfit of a Get. */
export const MISFITS_OF_WRITES: readonly TableErrorCode[] = ['INVALID_ITEM'];
export const MISFITS_OF_READS: readonly TableErrorCode[] = ['INVALID_ITEM', 'EMPTY_KEY'];

/** A fault that only the table shows cancels the transaction, and is told in the action's place. */
export function fitToTable<Plan>(plan: () => Plan, misfits: readonly TableErrorCode[]): Plan | Misfit {
  try {
    return plan();
  } catch (error) {
    const refused =
      (error instanceof TableError && misfits.includes(error.code)) ||
      (error instanceof ServiceError && error.type === 'ValidationException');
    if (!refused) throw error;
    return { misfit: error.message };
  }
}

/**
 * The service looks for the first action that does not fit its table, then for items that come up twice.
 * @throws ServiceError TransactionCanceledException, ValidationException
 */
export function checkPlans<Plan extends ItemPlan<{ readonly address: ItemAddress }>>(
  plans: readonly (Plan | Misfit)[],
): readonly Plan[] {
  const fitting = plans.filter((plan): plan is Plan => !('misfit' in plan));
  const first = plans.find((plan): plan is Misfit => 'misfit' in plan);
  if (first !== undefined) {
    const reason = { Code: 'ValidationError', Message: first.misfit };
    throw transactionCanceled(plans.map((plan) => (plan === first ? reason : NO_REASON)));
  }
  const items = new Set(fitting.map(({ table, request }) => table.definition.id + itemKey(request.address)));
  if (items.size < fitting.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
  return fitting;
}

/** @throws TableError TRANSACTION_TOO_LARGE */
export function checkTransactionSize(bytes: number): void {
  if (bytes > TRANSACTION_BYTES_MAX) throw transactionTooLarge();
}

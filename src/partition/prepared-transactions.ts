/**
 * The transactions that the log has prepared and whose outcome it does not durably have yet.
 *
 * While one is here, the log is kept from its prepare on, beyond the flush: with each flush the manifest learns where
 * recovery has to start looking (as a reader of the log, of a name that nobody else uses).
 */
import assert from 'node:assert/strict';
import type { LogReaders } from './log-readers.js';
import type { PreparedTransaction, SequenceNumber, TransactionId, TransactionStamp } from './types.js';

/** In the manifest since prepared transactions exist: never rename. */
export const preparedReader = '#prepared';

export type Outcome = { readonly commit: TransactionStamp } | 'abort';

export interface Prepared extends PreparedTransaction {
  readonly id: TransactionId;
  /** Of its prepare. */
  readonly sequence: SequenceNumber;
  /** Known, but not durable in this log. */
  outcome?: Outcome;
  /** Told when the outcome is durable, or (with why) that it will not be in this life. */
  readonly waiting: ((failure?: Error) => void)[];
}

export class PreparedTransactions {
  /** In the order of their prepares. */
  readonly #byId = new Map<TransactionId, Prepared>();

  get byId(): ReadonlyMap<TransactionId, Prepared> {
    return this.#byId;
  }

  add(transaction: Omit<Prepared, 'waiting' | 'outcome'>): void {
    assert(!this.#byId.has(transaction.id), 'a transaction is prepared once');
    this.#byId.set(transaction.id, { ...transaction, waiting: [] });
  }

  /** Its outcome is in the log, or its prepare is not. */
  remove(id: TransactionId): Prepared | undefined {
    const transaction = this.#byId.get(id);
    this.#byId.delete(id);
    return transaction;
  }

  /** Before a flush through `flushed` is written down: notes how much of the log recovery will still need. */
  hold(readers: LogReaders, flushed: SequenceNumber): void {
    const [oldest] = this.#byId.values();
    if (oldest !== undefined && oldest.sequence <= flushed) readers.set(preparedReader, oldest.sequence - 1);
    else readers.remove(preparedReader);
  }
}

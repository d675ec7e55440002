/**
 * A partition's part in a transaction over several.
 *
 * 1. prepare: the mutations are durable in the log, and nobody sees them.
 * 2. commit: they are visible to everybody in the same synchronous step, because the decision is durable elsewhere; the
 *    record of it follows. When that is durable, the mutations enter the memtable like any others.
 *    abort: the record says that nothing comes of them.
 *
 * An outcome that a failing log does not take is not lost: it is appended when the log goes on, and a restart asks for it
 * again (see `Partition.prepared`). Prepares that a failed log turns out to hold, although they were refused, are off.
 */
import assert from 'node:assert/strict';
import type { Clock, TimerHandle } from '../vfs/clock.js';
import { outcomeDelayMs } from './limits.js';
import type { PartitionState } from './partition-state.js';
import type { Prepared, PreparedTransactions } from './prepared-transactions.js';
import { RecordKind } from './record-format.js';
import type { Mutation, SequenceNumber, TransactionId, TransactionStamp } from './types.js';
import type { WritePath } from './write-path.js';

export class TwoPhaseWrites {
  readonly #writes: WritePath;
  readonly #state: PartitionState;
  readonly #prepared: PreparedTransactions;
  readonly #clock: Clock;
  /** When each outcome was appended that is not durable yet, by the monotonic clock, in log order. */
  readonly #appendedMs: number[] = [];
  #timer: TimerHandle | undefined;
  #closed: Error | undefined;

  constructor(clock: Clock, writes: WritePath, state: PartitionState, prepared: PreparedTransactions) {
    this.#clock = clock;
    this.#writes = writes;
    this.#state = state;
    this.#prepared = prepared;
  }

  prepare(id: TransactionId, mutations: readonly Mutation[], participants: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writes.enter(() => {
        const body = { kind: RecordKind.prepare, id, participants, mutations } as const;
        const sequence = this.#writes.append(body, {
          resolve: () => resolve(),
          reject: (error) => {
            this.#prepared.remove(id);
            reject(error);
          },
        });
        this.#prepared.add({ id, sequence, participants, mutations });
      }, reject);
    });
  }

  commit(id: TransactionId, stamp: TransactionStamp): Promise<void> {
    const transaction = this.#prepared.byId.get(id);
    assert(transaction !== undefined && transaction.outcome === undefined, 'what is committed was prepared');
    transaction.outcome = { commit: stamp };
    this.#state.decide(id, transaction.mutations, this.#writes.nextSequence);
    return this.#settle(transaction);
  }

  /** Nothing to do when its prepare failed. */
  abort(id: TransactionId): Promise<void> {
    const transaction = this.#prepared.byId.get(id);
    if (transaction === undefined) return Promise.resolve();
    assert(transaction.outcome === undefined, 'what is aborted was not committed');
    transaction.outcome = 'abort';
    return this.#settle(transaction);
  }

  /** The log goes on, with what it turned out to have replayed: records with a sequence > `after`. */
  resume(after: SequenceNumber, replayed: readonly Prepared[]): void {
    for (const { waiting } of replayed) for (const answer of waiting) answer();
    for (const transaction of [...this.#prepared.byId.values()]) {
      if (transaction.outcome === undefined && transaction.sequence > after) transaction.outcome = 'abort';
      this.#appendOutcome(transaction);
    }
  }

  /** @param replayed what a log had that could not be opened again: perhaps it is not durable */
  close(reason: Error, replayed: readonly Prepared[]): void {
    this.#closed = reason;
    this.#timer?.cancel();
    for (const { waiting } of [...this.#prepared.byId.values(), ...replayed]) {
      for (const answer of waiting) answer(reason);
    }
  }

  #settle(transaction: Prepared): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const settled = new Promise<void>((resolve, reject) => {
      transaction.waiting.push((failure) => (failure === undefined ? resolve() : reject(failure)));
    });
    this.#appendOutcome(transaction);
    return settled;
  }

  #appendOutcome(transaction: Prepared): void {
    const { id, mutations, outcome } = transaction;
    if (outcome === undefined) return;
    const body =
      outcome === 'abort'
        ? ({ kind: RecordKind.abort, id } as const)
        : ({ kind: RecordKind.commit, transaction: outcome.commit, mutations } as const);
    const settle = {
      resolve: () => {
        this.#appendedMs.shift();
        // In the step in which the memtable got the mutations.
        this.#state.undecide(id);
        this.#prepared.remove(id);
        for (const answer of transaction.waiting) answer();
      },
      reject: () => void this.#appendedMs.shift(),
    };
    try {
      this.#writes.append(body, settle, 'later');
      this.#appendedMs.push(this.#clock.monotonic());
      if (this.#timer === undefined) this.#flushAfter(outcomeDelayMs);
    } catch {
      // The log has failed, and says so to every write. The outcome stays here until the log goes on.
    }
  }
  /** Has outcomes written that nothing came along for. What came has taken older ones with it. */
  #flushAfter(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined;
      const [oldestMs] = this.#appendedMs;
      if (oldestMs === undefined) return;
      const leftMs = oldestMs + outcomeDelayMs - this.#clock.monotonic();
      if (leftMs > 0) this.#flushAfter(leftMs);
      else this.#writes.flushLog();
    });
  }
}

/**
 * A transaction over several partitions: wholly there or wholly not, whatever fails when.
 *
 * 1. Every participant prepares, all at once: one sync.
 * 2. The decision is recorded: another sync, shared with other transactions. This is the moment of truth.
 * 3. In one synchronous step every participant makes it visible.
 * 4. When every participant's own record of it is durable, the decision is of no more use.
 *
 * A prepare that fails ends it: nothing is decided, so nothing comes of it, in this life or the next. A decision whose
 * write fails may have been recorded nevertheless: the transaction is in doubt, and stays so (with its locks) until the
 * decision can be recorded again, or until a restart reads what is there.
 */
import { PartitionError } from '../partition/errors.js';
import type { TransactionId, TransactionStamp } from '../partition/types.js';
import type { Clock, TimerHandle } from '../vfs/clock.js';
import type { Decision, DecisionLog } from './decision-log.js';
import { DECISION_RETRY_MS } from './limits.js';
import type { Participant, WritesByParticipant } from './types.js';

interface InDoubt {
  readonly decision: Decision;
  readonly participants: readonly Participant[];
  readonly decided: () => void;
  readonly gaveUp: (error: Error) => void;
}

export class TwoPhaseCommit {
  readonly #inDoubt = new Set<InDoubt>();
  /** Outcomes on their way to the participants' logs. */
  readonly #spreading = new Set<Promise<void>>();
  #retry: TimerHandle | undefined;
  #retrying: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly decisions: DecisionLog,
    private readonly clock: Clock,
  ) {}

  get inDoubt(): number {
    return this.#inDoubt.size;
  }

  /**
   * Durable and visible when it resolves. When it rejects it is off, unless `onDoubt` was called before: its promise
   * resolves when the transaction is committed after all, or rejects when this life of the process ends before that.
   */
  async commit(
    id: TransactionId,
    writes: WritesByParticipant,
    onDoubt: (settled: Promise<void>) => void,
  ): Promise<void> {
    const participants = [...writes.keys()];
    const names = participants.map(({ locks }) => locks.name);
    const preparing = [...writes].map(([{ partition }, mutations]) =>
      partition.prepare(id, mutations, names),
    );
    const failed = (await Promise.allSettled(preparing)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      this.#abort(id, participants);
      throw withoutDoubt(failed.reason);
    }
    const stamp = { id, timestampMs: Math.trunc(this.clock.now()) };
    const decision = { stamp, participants: names };
    try {
      await this.decisions.record(decision);
    } catch (error) {
      if (!(error instanceof PartitionError && error.maySurvive)) this.#abort(id, participants);
      else onDoubt(this.#wait(decision, participants));
      throw error;
    }
    this.#spread(stamp, participants);
  }

  /** Settles every prepared transaction: at once for readers; the records of it follow. */
  async recover(participants: readonly Participant[]): Promise<void> {
    const decided = await this.decisions.list();
    const spreading: Promise<void>[] = [];
    for (const { partition } of participants) {
      for (const id of partition.prepared.keys()) {
        const decision = decided.get(id);
        spreading.push(decision === undefined ? partition.abort(id) : partition.commit(id, decision.stamp));
      }
    }
    this.#track(Promise.all(spreading), [...decided.keys()]);
  }

  /** After the participants. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#retrying;
    for (const { gaveUp } of this.#inDoubt) gaveUp(new Error('closed while the decision was in doubt'));
    await Promise.all(this.#spreading);
  }

  #spread(stamp: TransactionStamp, participants: readonly Participant[]): void {
    this.#track(Promise.all(participants.map(({ partition }) => partition.commit(stamp.id, stamp))), [
      stamp.id,
    ]);
  }

  /** Drops the decisions once all participants know. When one does not get to know, the next start tells it. */
  #track(outcomes: Promise<unknown>, ids: readonly TransactionId[]): void {
    const spreading = outcomes.then(
      () => {
        for (const id of ids) this.decisions.remove(id);
      },
      () => undefined,
    );
    this.#spreading.add(spreading);
    void spreading.then(() => this.#spreading.delete(spreading));
  }

  /** Presumed: without a decision a restart would do the same, so nobody waits for it. */
  #abort(id: TransactionId, participants: readonly Participant[]): void {
    for (const { partition } of participants) partition.abort(id).catch(() => undefined);
  }

  #wait(decision: Decision, participants: readonly Participant[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inDoubt.add({ decision, participants, decided: resolve, gaveUp: reject });
      this.#retryLater();
    });
  }

  #retryLater(): void {
    if (this.#closed || this.#inDoubt.size === 0 || this.#retry !== undefined) return;
    this.#retry = this.clock.after(DECISION_RETRY_MS, () => {
      this.#retrying = this.#recordAgain();
    });
  }

  async #recordAgain(): Promise<void> {
    for (const doubt of this.#inDoubt) {
      if (this.decisions.failure !== undefined) break;
      const { decision, participants, decided } = doubt;
      try {
        await this.decisions.record(decision);
      } catch {
        break;
      }
      this.#spread(decision.stamp, participants);
      this.#inDoubt.delete(doubt);
      decided();
    }
    this.#retry = undefined;
    this.#retryLater();
  }
}

/** The record whose write failed may survive, but nothing comes of it: whoever asked may ask again. */
function withoutDoubt(error: unknown): unknown {
  if (!(error instanceof PartitionError && error.maySurvive)) return error;
  const code = error.code === 'WRITE_UNCERTAIN' ? 'READ_ONLY' : error.code;
  return new PartitionError(code, error.directory, 'the transaction could not be prepared', { cause: error });
}

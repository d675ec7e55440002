/**
 * Transactions over any keys of any partitions of the node: all or nothing, and serializable.
 *
 * 1. Locks are taken on all keys, in canonical order (`lock-table.ts`).
 * 2. The current value of each key is read, and every action decides on it. One refusal refuses all; it is told once what
 *    it was decided on is durable.
 * 3. One partition to write to: one log record, one sync. Several: `two-phase-commit.ts`.
 * 4. The locks are released as soon as the outcome is durable and visible.
 *
 * What a transaction saw in a partition that it does not write to may still be pending in the log there: it waits for
 * it, or it could survive what it depends on. For the same reason a single record that may survive the failure of its log
 * keeps the locks in other partitions until it is known whether it has: what it depends on there must stay as it is.
 */
import { PartitionError } from '../partition/errors.js';
import type { CurrentValue, Mutation, Partition, TransactionId } from '../partition/types.js';
import type { Clock, Random } from '../vfs/clock.js';
import { DecisionLog } from './decision-log.js';
import { type Locks, LockTable, type LockTableOptions } from './lock-table.js';
import { tokenMutation } from './token-format.js';
import { TokenStore } from './token-store.js';
import { Tokens, type TokensOptions } from './tokens.js';
import { TwoPhaseCommit } from './two-phase-commit.js';
import type {
  Accept,
  Action,
  Participant,
  Token,
  TransactionOptions,
  TransactionOutcome,
  TransactionStatistics,
  WritesByParticipant,
} from './types.js';

export interface CoordinatorOptions extends LockTableOptions, TokensOptions {}

export interface CoordinatorEnvironment {
  /** The node's transaction log; the coordinator's from now on. */
  readonly decisions: Partition;
  readonly clock: Clock;
  readonly random: Random;
  readonly options?: CoordinatorOptions | undefined;
}

/** A token, and the participant that keeps it. */
interface HousedToken {
  readonly token: Token;
  readonly home: Participant;
}

/** Told of what may have been written or not. */
interface OnDoubt {
  /** The decision; `settled` as of `TwoPhaseCommit.commit`. */
  readonly decision: (settled: Promise<void>) => void;
  /** The only record, in that partition. */
  readonly record: (partition: Partition) => void;
}

export class Coordinator {
  /** For whatever else writes to keys that transactions may hold. */
  readonly locks: LockTable;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #decisions: DecisionLog;
  readonly #twoPhase: TwoPhaseCommit;
  readonly #tokens: Tokens;
  readonly #tokenStore: TokenStore;
  readonly #running = new Set<Promise<unknown>>();
  /** Single records that may survive, and whose locks are held. */
  #uncertain = 0;
  readonly #statistics = { committed: 0, overSeveralPartitions: 0, repeated: 0, refused: 0 };

  constructor({ decisions, clock, random, options }: CoordinatorEnvironment) {
    this.#clock = clock;
    this.#random = random;
    this.locks = new LockTable(clock, options);
    this.#decisions = new DecisionLog(decisions, clock);
    this.#twoPhase = new TwoPhaseCommit(this.#decisions, clock);
    this.#tokens = new Tokens(clock, options);
    this.#tokenStore = new TokenStore(clock);
  }

  get statistics(): TransactionStatistics {
    return { ...this.#statistics, inDoubt: this.#twoPhase.inDoubt + this.#uncertain };
  }

  /** Settles what a crash left in doubt, and finds the tokens. Before anything else is asked of the partitions. */
  async recover(participants: readonly Participant[]): Promise<void> {
    await this.#twoPhase.recover(participants);
    const found = await Promise.all(participants.map(({ partition }) => this.#tokenStore.find(partition)));
    this.#tokens.restore(found.flat());
  }

  /**
   * Durable and visible when it resolves with `committed`. Rejects with `LockConflictError` (whose position is that of the
   * action), with `TokenError`, with what an action threw, or with a `PartitionError`: then nothing was written, unless
   * the error says that it may survive.
   * @param actions at least one; each key once
   */
  write<Reply, Refusal>(
    actions: readonly Action<Reply, Refusal>[],
    { token, accept = () => undefined }: TransactionOptions<Reply> = {},
  ): Promise<TransactionOutcome<Reply, Refusal>> {
    const running =
      token === undefined ? this.#run(actions, accept, undefined) : this.#runOnce(actions, accept, token);
    this.#running.add(running);
    const ended = () => void this.#running.delete(running);
    running.then(ended, ended);
    return running;
  }

  /** Resolves when no transaction is under way, but for those whose decision is in doubt. */
  async drain(): Promise<void> {
    await this.#tokenStore.close();
    await Promise.allSettled(this.#running);
  }

  /** After the participants, which make outcomes durable that are still on their way. */
  async close(): Promise<void> {
    await this.#twoPhase.close();
    await this.#decisions.close();
  }

  async #runOnce<Reply, Refusal>(
    actions: readonly Action<Reply, Refusal>[],
    accept: Accept<Reply>,
    token: Token,
  ): Promise<TransactionOutcome<Reply, Refusal>> {
    const home = homeOf(actions);
    if (await this.#tokens.claim(token, home.partition)) {
      this.#statistics.repeated += 1;
      return { kind: 'repeated' };
    }
    let inDoubt = false;
    const onDoubt = (settled: Promise<void>) => {
      inDoubt = true;
      settled.then(
        () => this.#keep(token, home),
        () => undefined,
      );
    };
    try {
      const outcome = await this.#run(actions, accept, { token, home }, onDoubt);
      if (outcome.kind === 'refused') this.#tokens.release(token);
      else this.#keep(token, home);
      return outcome;
    } catch (error) {
      if (!inDoubt) {
        if (maySurvive(error)) this.#tokens.doubt(token, home.partition);
        else this.#tokens.release(token);
      }
      throw error;
    }
  }

  #keep(token: Token, home: Participant): void {
    this.#tokens.committed(token, Math.trunc(this.#clock.now()));
    this.#tokenStore.note(home.partition);
  }

  async #run<Reply, Refusal>(
    actions: readonly Action<Reply, Refusal>[],
    accept: Accept<Reply>,
    housed: HousedToken | undefined,
    onDoubt: (settled: Promise<void>) => void = () => undefined,
  ): Promise<TransactionOutcome<Reply, Refusal>> {
    const taking = this.locks.acquire(
      actions.map(({ participant, key, mode }) => ({ space: participant.locks, key, mode })),
    );
    const locks = taking instanceof Promise ? await taking : taking;
    let held: Locks | undefined = locks;
    try {
      const seen = await readCurrent(actions);
      const { refusals, replies, writes } = decideAll(actions, seen);
      if (refusals !== undefined) {
        await allDurable(seen);
        this.#statistics.refused += 1;
        return { kind: 'refused', refusals };
      }
      try {
        accept(replies);
      } catch (error) {
        await allDurable(seen);
        throw error;
      }
      if (housed !== undefined) addToken(writes, housed, Math.trunc(this.#clock.now()));
      await durableElsewhere(actions, seen, writes);
      // Until it is known what came of it nobody else may touch these keys.
      const keepLocks = (known: Promise<void>) => {
        held = undefined;
        known.then(() => locks.release()).catch(() => undefined);
      };
      await this.#commit(writes, {
        decision: (settled) => {
          keepLocks(settled);
          onDoubt(settled);
        },
        record: (partition) => {
          if (actions.some(({ participant }) => participant.partition !== partition)) {
            keepLocks(this.#known(partition));
          }
        },
      });
      this.#statistics.committed += 1;
      return { kind: 'committed', replies };
    } finally {
      held?.release();
    }
  }

  async #commit(writes: WritesByParticipant, onDoubt: OnDoubt): Promise<void> {
    const id = newTransactionId(this.#random);
    const [only, ...others] = writes;
    if (only === undefined) return;
    if (others.length > 0) {
      await this.#twoPhase.commit(id, writes, onDoubt.decision);
      this.#statistics.overSeveralPartitions += 1;
      return;
    }
    const [{ partition }, mutations] = only;
    try {
      await partition.write(mutations, { transaction: { id, timestampMs: Math.trunc(this.#clock.now()) } });
    } catch (error) {
      if (maySurvive(error)) onDoubt.record(partition);
      throw error;
    }
  }

  /** When the log of the partition goes on, or there is no partition any more to show what survived. */
  async #known(partition: Partition): Promise<void> {
    this.#uncertain += 1;
    await partition.writable().catch(() => undefined);
    this.#uncertain -= 1;
  }
}

function newTransactionId(random: Random): TransactionId {
  const word = () => random.uint32().toString(16).padStart(8, '0');
  return word() + word() + word() + word();
}

function maySurvive(error: unknown): boolean {
  return error instanceof PartitionError && error.maySurvive;
}

/** The same for the same actions, whatever comes of them: the first that may be written to; else the first. */
function homeOf(actions: readonly Action<unknown, unknown>[]): Participant {
  const writing = actions.filter(({ mode }) => mode === 'exclusive');
  const candidates = (writing.length > 0 ? writing : actions).map(({ participant }) => participant);
  return candidates.reduce((first, other) => (other.locks.name < first.locks.name ? other : first));
}

async function readCurrent(actions: readonly Action<unknown, unknown>[]): Promise<readonly CurrentValue[]> {
  const seen = actions.map(({ participant, key }) => {
    try {
      return participant.partition.current(key);
    } catch (error) {
      // Those that are being read are still waited for.
      return Promise.reject(error);
    }
  });
  return seen.some((value) => value instanceof Promise) ? Promise.all(seen) : (seen as CurrentValue[]);
}

/** Whoever is told of something that was decided on what was seen must not be told of what a crash could take back. */
async function allDurable(seen: readonly CurrentValue[]): Promise<void> {
  await Promise.all(seen.map(({ durable }) => durable));
}

function decideAll<Reply, Refusal>(
  actions: readonly Action<Reply, Refusal>[],
  seen: readonly CurrentValue[],
): {
  readonly refusals: readonly (Refusal | undefined)[] | undefined;
  readonly replies: readonly Reply[];
  readonly writes: Map<Participant, Mutation[]>;
} {
  const refusals: (Refusal | undefined)[] = [];
  const replies: Reply[] = [];
  const writes = new Map<Participant, Mutation[]>();
  for (const [index, { participant, decide }] of actions.entries()) {
    const verdict = decide(seen[index]?.value);
    refusals.push(verdict.refused ? verdict.refusal : undefined);
    if (verdict.refused) continue;
    replies.push(verdict.reply);
    if (verdict.mutations.length > 0) mutationsOf(writes, participant).push(...verdict.mutations);
  }
  return { refusals: replies.length < actions.length ? refusals : undefined, replies, writes };
}

function addToken(writes: Map<Participant, Mutation[]>, { token, home }: HousedToken, nowMs: number): void {
  mutationsOf(writes, home).push(tokenMutation(token, nowMs));
}

function mutationsOf(writes: Map<Participant, Mutation[]>, participant: Participant): Mutation[] {
  const known = writes.get(participant);
  if (known !== undefined) return known;
  const mutations: Mutation[] = [];
  writes.set(participant, mutations);
  return mutations;
}

/** Where something is written, the record comes after what was seen; elsewhere there is none. */
async function durableElsewhere(
  actions: readonly Action<unknown, unknown>[],
  seen: readonly CurrentValue[],
  writes: WritesByParticipant,
): Promise<void> {
  const pending = seen
    .filter((_, index) => !writes.has((actions[index] as Action<unknown, unknown>).participant))
    .map(({ durable }) => durable)
    .filter((durable) => durable !== undefined);
  if (pending.length > 0) await Promise.all(pending);
}

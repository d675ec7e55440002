/** What the coordinator is handed, and what it answers. It knows keys and bytes; what they mean is its caller's affair. */
import type { Key, Mutation, Partition } from '../partition/types.js';
import type { LockMode, LockSpace } from './lock-table.js';

/** A partition that takes part in transactions, with the locks on its keys. */
export interface Participant {
  readonly partition: Partition;
  /** Its name is the participant's: unique, and the same after a restart. */
  readonly locks: LockSpace;
}

/** What an action comes to, given the current value of its key. */
export type Verdict<Reply, Refusal> =
  | { readonly refused: false; readonly reply: Reply; readonly mutations: readonly Mutation[] }
  | { readonly refused: true; readonly refusal: Refusal };

export interface Action<Reply, Refusal> {
  readonly participant: Participant;
  readonly key: Key;
  /** `shared`: it writes nothing. */
  readonly mode: LockMode;
  /**
   * Pure and synchronous. The mutations may touch other keys of the partition too, as long as no other key's actions
   * touch them. What it throws is what the transaction rejects with.
   */
  readonly decide: (current: Uint8Array | undefined) => Verdict<Reply, Refusal>;
}

/** The mutations of each partition that a transaction writes to. */
export type WritesByParticipant = ReadonlyMap<Participant, readonly Mutation[]>;

export interface Token {
  /** 1 to 36 characters. */
  readonly value: string;
  /** SHA-256 of what the transaction does, as 64 hexadecimal digits. */
  readonly digest: string;
}

/** Is shown what all actions come to, before anything is written. What it throws is what the transaction rejects with. */
export type Accept<Reply> = (replies: readonly Reply[]) => void;

export interface TransactionOptions<Reply> {
  readonly token?: Token | undefined;
  readonly accept?: Accept<Reply>;
}

/** Replies and refusals in the order of the actions. */
export type TransactionOutcome<Reply, Refusal> =
  | { readonly kind: 'committed'; readonly replies: readonly Reply[] }
  /** It was committed before, with this token. */
  | { readonly kind: 'repeated' }
  /** Undefined where nothing stood in the way. */
  | { readonly kind: 'refused'; readonly refusals: readonly (Refusal | undefined)[] };

export interface TransactionStatistics {
  readonly committed: number;
  /** Of these, those that needed a decision record. */
  readonly overSeveralPartitions: number;
  readonly repeated: number;
  readonly refused: number;
  /** Waits for the decision to be known; their locks are held. */
  readonly inDoubt: number;
}

/**
 * Lets a write of one key through when no transaction has the key: at once, at the price of a look at an empty map. Else
 * the write stands in the key's queue, behind those who came before it.
 */
import type { Key, WriteOptions } from '../partition/types.js';
import { LockConflictError } from '../transaction/errors.js';
import type { Locks, LockTable } from '../transaction/lock-table.js';
import type { Participant } from '../transaction/types.js';
import { TableError } from './errors.js';

/** What a write calls in the synchronous step in which it is put into the log; it throws when the key is locked. */
export interface Admission extends WriteOptions {
  readonly enter: (key: Key) => void;
}

/** Never seen outside: it makes no stack trace for a write that only has to wait. */
const keyLocked = new Error('the key is locked');

export class KeyAdmission {
  private readonly open: Admission;

  constructor(
    private readonly participant: Participant,
    private readonly locks: LockTable,
  ) {
    this.open = admissionOf((key) => {
      if (participant.locks.isLocked(key)) throw keyLocked;
    });
  }

  /** @throws TableError TRANSACTION_CONFLICT when the wait gets too long */
  async write<Result>(key: Key, attempt: (admission: Admission) => Promise<Result>): Promise<Result> {
    try {
      return await attempt(this.open);
    } catch (error) {
      if (error !== keyLocked) throw error;
    }
    let lock: Locks | undefined = await this.lock(key);
    // Once the write is in the log, those behind it come after it.
    const leave = () => {
      lock?.release();
      lock = undefined;
    };
    try {
      return await attempt(admissionOf(leave));
    } finally {
      leave();
    }
  }

  private async lock(key: Key): Promise<Locks> {
    try {
      return await this.locks.acquire([{ space: this.participant.locks, key, mode: 'exclusive' }]);
    } catch (cause) {
      if (!(cause instanceof LockConflictError)) throw cause;
      throw new TableError('TRANSACTION_CONFLICT', 'Transaction is ongoing for the item', { cause });
    }
  }
}

function admissionOf(enter: (key: Key) => void): Admission {
  return {
    enter,
    admit: (mutations) => {
      for (const { key } of mutations) enter(key);
    },
  };
}

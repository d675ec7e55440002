/**
 * The locks of all operations of a node that need any: shared and exclusive, on keys.
 *
 * An operation asks for all its locks at once. They are taken one after the other in canonical order (name of the space,
 * then key), so that a cycle of operations that wait for each other cannot come about; and they are held until the
 * operation's outcome is durable (strict two-phase locking; Bernstein, Hadzilacos, Goodman: "Concurrency Control and
 * Recovery in Database Systems", 1987, chapter 3).
 *
 * Who must wait stands in the key's queue, first come first served, shared ones too: a stream of readers does not starve
 * a writer. The wait is bounded. A lock that is neither held nor waited for is not there: an operation that needs none
 * asks whether a map is empty.
 */
import assert from 'node:assert/strict';
import type { Key } from '../partition/types.js';
import type { Clock, TimerHandle } from '../vfs/clock.js';
import { LockConflictError } from './errors.js';
import { LOCK_WAIT_MS, LOCK_WAITERS_MAX } from './limits.js';

export type LockMode = 'shared' | 'exclusive';

export interface LockRequest {
  readonly space: LockSpace;
  readonly key: Key;
  readonly mode: LockMode;
}

/** Held. Released once. */
export interface Locks {
  release(): void;
}

export interface LockStatistics {
  /** Operations that got their locks, those of them that had to wait, and for how long altogether. */
  readonly acquired: number;
  readonly waited: number;
  readonly waitMs: number;
  /** Operations that waited in vain. */
  readonly conflicts: number;
  /** Operations that hold locks now, and how long those before them held theirs altogether. */
  readonly holders: number;
  readonly holdMs: number;
}

export interface LockTableOptions {
  /** How long one operation waits altogether. Longer: fewer conflicts, but clients wait longer for one that comes. */
  readonly waitMs?: number;
  /** Operations that may wait for one key. */
  readonly waitersMax?: number;
}

/** Of one key: held, or waited for. */
interface KeyLock {
  sharedBy: number;
  exclusive: boolean;
  readonly queue: Waiter[];
}

interface Waiter {
  readonly mode: LockMode;
  /** It has the lock now. */
  readonly granted: () => void;
}

/** The locks on the keys of one partition. */
export class LockSpace {
  readonly #locks = new Map<Key, KeyLock>();

  /** @param name unique on the node; part of the canonical order */
  constructor(readonly name: string) {}

  /** For an operation that would write without a lock of its own. */
  isLocked(key: Key): boolean {
    return this.#locks.size > 0 && this.#locks.has(key);
  }

  /** For the lock table. False when it has to wait. */
  tryTake(key: Key, mode: LockMode): boolean {
    const lock = this.#locks.get(key);
    if (lock === undefined) {
      const exclusive = mode === 'exclusive';
      this.#locks.set(key, { sharedBy: exclusive ? 0 : 1, exclusive, queue: [] });
      return true;
    }
    if (lock.queue.length > 0 || !isCompatible(lock, mode)) return false;
    take(lock, mode);
    return true;
  }

  /** For the lock table, after `tryTake`. False when the queue is full. */
  enqueue(key: Key, waiter: Waiter, waitersMax: number): boolean {
    const lock = this.#locked(key);
    if (lock.queue.length >= waitersMax) return false;
    lock.queue.push(waiter);
    return true;
  }

  /** For the lock table: does not wait any longer. */
  leave(key: Key, waiter: Waiter): void {
    const lock = this.#locked(key);
    const place = lock.queue.indexOf(waiter);
    assert(place >= 0, 'who leaves a queue stood in it');
    lock.queue.splice(place, 1);
    this.#serve(key, lock);
  }

  /** For the lock table. */
  give(key: Key, mode: LockMode): void {
    const lock = this.#locked(key);
    if (mode === 'exclusive') {
      assert(lock.exclusive && lock.sharedBy === 0);
      lock.exclusive = false;
    } else {
      assert(!lock.exclusive && lock.sharedBy > 0);
      lock.sharedBy -= 1;
    }
    this.#serve(key, lock);
  }

  #serve(key: Key, lock: KeyLock): void {
    for (
      let next = lock.queue[0];
      next !== undefined && isCompatible(lock, next.mode);
      next = lock.queue[0]
    ) {
      lock.queue.shift();
      take(lock, next.mode);
      next.granted();
    }
    if (lock.queue.length === 0 && !lock.exclusive && lock.sharedBy === 0) this.#locks.delete(key);
  }

  #locked(key: Key): KeyLock {
    const lock = this.#locks.get(key);
    assert(lock !== undefined, 'the key is locked');
    return lock;
  }
}

function isCompatible(lock: KeyLock, mode: LockMode): boolean {
  return !lock.exclusive && (mode === 'shared' || lock.sharedBy === 0);
}

function take(lock: KeyLock, mode: LockMode): void {
  if (mode === 'exclusive') lock.exclusive = true;
  else lock.sharedBy += 1;
}

export class LockTable {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #waitersMax: number;
  readonly #statistics = { acquired: 0, waited: 0, waitMs: 0, conflicts: 0, holders: 0, holdMs: 0 };

  constructor(clock: Clock, { waitMs = LOCK_WAIT_MS, waitersMax = LOCK_WAITERS_MAX }: LockTableOptions = {}) {
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#waitersMax = waitersMax;
  }

  get statistics(): LockStatistics {
    return { ...this.#statistics };
  }

  /**
   * All of them, in whatever order they are asked for, each key once. At once when all are free; else rejects with
   * `LockConflictError` when the wait gets too long, and then holds none.
   */
  acquire(requests: readonly LockRequest[]): Locks | Promise<Locks> {
    const inOrder = inCanonicalOrder(requests);
    const held = inOrder.findIndex(({ space, key, mode }) => !space.tryTake(key, mode));
    if (held < 0) return this.#hold(inOrder);
    return new Promise((resolve, reject) => {
      this.#wait(inOrder, held, (outcome) => {
        if (outcome === undefined) {
          resolve(this.#hold(inOrder));
          return;
        }
        this.#statistics.conflicts += 1;
        reject(new LockConflictError(requests.indexOf(outcome)));
      });
    });
  }

  /** Takes those from `start` on, which is not free. `done` gets the one that could not be had in time. */
  #wait(inOrder: readonly LockRequest[], start: number, done: (failed?: LockRequest) => void): void {
    const sinceMs = this.#clock.monotonic();
    let at = start;
    let timer: TimerHandle | undefined;
    let leave: (() => void) | undefined;
    this.#statistics.waited += 1;
    const end = (failed?: LockRequest) => {
      timer?.cancel();
      this.#statistics.waitMs += this.#clock.monotonic() - sinceMs;
      if (failed !== undefined) giveBack(inOrder.slice(0, at));
      done(failed);
    };
    const goOn = () => {
      for (; at < inOrder.length; at += 1) {
        const request = inOrder[at] as LockRequest;
        const { space, key, mode } = request;
        if (space.tryTake(key, mode)) continue;
        const waiter: Waiter = {
          mode,
          granted: () => {
            at += 1;
            goOn();
          },
        };
        if (!space.enqueue(key, waiter, this.#waitersMax)) return end(request);
        leave = () => space.leave(key, waiter);
        return;
      }
      end();
    };
    timer = this.#clock.after(this.#waitMs, () => {
      leave?.();
      end(inOrder[at]);
    });
    goOn();
  }

  #hold(inOrder: readonly LockRequest[]): Locks {
    const sinceMs = this.#clock.monotonic();
    this.#statistics.acquired += 1;
    this.#statistics.holders += 1;
    let released = false;
    return {
      release: () => {
        assert(!released, 'locks are released once');
        released = true;
        this.#statistics.holders -= 1;
        this.#statistics.holdMs += this.#clock.monotonic() - sinceMs;
        giveBack(inOrder);
      },
    };
  }
}

function giveBack(locks: readonly LockRequest[]): void {
  for (const { space, key, mode } of locks) space.give(key, mode);
}

function inCanonicalOrder(requests: readonly LockRequest[]): readonly LockRequest[] {
  const inOrder = requests.toSorted(compareRequests);
  for (let i = 1; i < inOrder.length; i += 1) {
    assert(compareRequests(inOrder[i - 1] as LockRequest, inOrder[i] as LockRequest) < 0, 'each key once');
  }
  return inOrder;
}

function compareRequests(left: LockRequest, right: LockRequest): number {
  if (left.space.name !== right.space.name) return left.space.name < right.space.name ? -1 : 1;
  return left.key < right.key ? -1 : Number(left.key > right.key);
}

/**
 * From a mutation to a visible, durable record.
 *
 * 1. The throttle admits it.
 * 2. `decide` sees the current value: pending in the log, in memory, or in the tables.
 * 3. The record gets the next sequence number and is encoded into the log's open batch.
 * 4. The log calls back when it is durable, in log order: the record goes into the memtable, the promise resolves.
 *
 * An update that writes nothing (a refusal included) also tells what it saw. If that was pending, the answer waits until
 * it is durable.
 *
 * Readers see the memtable only, so nothing that a crash could take back. Steps 2 and 3 are one synchronous step, which
 * is all that makes an update atomic. When the value must be read from disk first, others may write the key meanwhile;
 * so the read is only believed if after it neither the log nor memory has anything newer, which is looked up again in
 * the same synchronous step. (A queue of writers for each key would hold up others for the length of a disk read.)
 */

import type { Clock } from '../vfs/clock.js';
import { errorCode, isNoDescriptor, isNoSpace } from '../vfs/errors.js';
import type { WriteAheadLog } from '../wal/types.js';
import { PartitionError, type PartitionErrorCode } from './errors.js';
import { keyBytesMax, recordBytesMax } from './limits.js';
import type { PartitionState } from './partition-state.js';
import { getFromMemory } from './read-view.js';
import { encodeRecord, type RecordBody, RecordKind, recordBytes, visibleMutations } from './record-format.js';
import type {
  CurrentValue,
  Decide,
  Key,
  Mutation,
  SequenceNumber,
  TransactionStamp,
  WriteOptions,
} from './types.js';
import type { WriteThrottle } from './write-throttle.js';

export interface WritePathOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly state: PartitionState;
  readonly throttle: WriteThrottle;
  readonly log: WriteAheadLog;
  /** After each durable record: is the memtable full, may somebody who waits come in? */
  readonly onVisible: (recordBytes: number) => void;
  /** The log has failed. Called once for each log. */
  readonly onFailure: (failure: PartitionError) => void;
}

/** A record that is in the log and not durable yet, with those who saw what it writes and answer from it. */
interface PendingRecord {
  waiting: Settle<void>[] | undefined;
}

interface Pending {
  readonly value: Uint8Array | null;
  readonly record: PendingRecord;
}

/** Failures of the log from which it recovers by being opened again: no write failed. By its codes. */
const PASSING: Readonly<Record<string, 'OUT_OF_SPACE' | 'STALLED'>> = {
  LOG_NO_SPACE: 'OUT_OF_SPACE',
  LOG_NO_ROOM: 'STALLED',
};

/** Opening the log again may yet do, when there is space or a descriptor. */
export function isPassing(error: unknown): boolean {
  return isNoSpace(error) || isNoDescriptor(error) || (errorCode(error) ?? '') in PASSING;
}

const FAILURES: Partial<Record<PartitionErrorCode, string>> = {
  OUT_OF_SPACE: 'the disk is full',
  STALLED: 'the log cannot grow',
};

const noMutations: RecordBody = { kind: RecordKind.mutations, mutations: [] };

type Current = Uint8Array | undefined;
export type Settle<Result> = {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
};

export class WritePath {
  readonly #options: WritePathOptions;
  #log: WriteAheadLog;
  #nextSequence: SequenceNumber;
  #lastTimestampMs: number;
  /** The last value in the log of each key that has one that is not visible yet. */
  readonly #pending = new Map<Key, Pending>();
  #failure: PartitionError | undefined;
  #closed = false;

  constructor(options: WritePathOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#nextSequence = options.state.sequence + 1;
    this.#lastTimestampMs = options.state.timestampMs;
  }

  get failure(): PartitionError | undefined {
    return this.#failure;
  }

  /** Goes on with a log that was opened anew, from the last visible record. */
  resume(log: WriteAheadLog): void {
    this.#log = log;
    this.#failure = undefined;
    this.#nextSequence = this.#options.state.sequence + 1;
    this.#lastTimestampMs = this.#options.state.timestampMs;
  }

  /** Takes note of a failure that the log met by itself. */
  checkLog(): void {
    if (this.#log.failure !== undefined) this.#noteFailure(this.#log.failure);
  }

  /** What comes from now on is refused; what the log has may still become durable. */
  close(): void {
    this.#closed = true;
  }

  /** Of the record that is appended next. */
  get nextSequence(): SequenceNumber {
    return this.#nextSequence;
  }

  write(mutations: readonly Mutation[], options?: WriteOptions): Promise<SequenceNumber> {
    return new Promise((resolve, reject) => {
      const settle = { resolve, reject };
      this.enter(() => {
        options?.admit?.(mutations);
        this.append(bodyOf(mutations, options?.transaction), settle);
      }, reject);
    });
  }

  /** Appends a record that changes nothing, for the sake of its sequence. */
  advance(): Promise<SequenceNumber> {
    return new Promise((resolve, reject) => {
      this.enter(() => void this.append(noMutations, { resolve, reject }), reject);
    });
  }

  /** Of a key that has no pending value: as readers see it. */
  current(key: Key): CurrentValue | Promise<CurrentValue> {
    const record = this.#pending.get(key)?.record;
    const durable =
      record === undefined
        ? undefined
        : new Promise<void>((resolve, reject) => {
            this.#onceDurable(key, { resolve, reject });
          });
    // Whoever looks need not wait: then its failure is nobody's concern.
    durable?.catch(() => undefined);
    const value = this.#current(key);
    return value instanceof Promise ? value.then((read) => ({ value: read, durable })) : { value, durable };
  }

  update(key: Key, decide: Decide): Promise<SequenceNumber | null> {
    return new Promise((resolve, reject) => {
      const settle = { resolve, reject };
      this.enter(() => {
        const current = this.#current(key);
        if (current instanceof Promise) this.#updateCold(key, current, decide, settle).catch(reject);
        else this.#decide(key, current, decide, settle);
      }, reject);
    });
  }

  /** Calls `start` when the throttle admits it; what it throws, or why it is not admitted, goes to `reject`. */
  enter(start: () => void, reject: (error: unknown) => void): void {
    this.#options.throttle.enter(
      () => {
        try {
          this.#checkWritable();
          start();
        } catch (error) {
          reject(error);
        }
      },
      ({ code, reason, cause }) => reject(this.#error(code, reason, cause)),
    );
  }

  #current(key: Key): Current | Promise<Current> {
    const memory = this.#currentInMemory(key);
    if (memory !== undefined) return memory.value ?? undefined;
    const found = this.#options.state.view.version.get(key);
    return found instanceof Promise
      ? found.then((read) => read?.value ?? undefined)
      : (found?.value ?? undefined);
  }

  #currentInMemory(key: Key): { readonly value: Uint8Array | null } | undefined {
    return this.#pending.get(key) ?? getFromMemory(this.#options.state.view, key, Number.POSITIVE_INFINITY);
  }

  async #updateCold(
    key: Key,
    reading: Promise<Current>,
    decide: Decide,
    settle: Settle<SequenceNumber | null>,
  ): Promise<void> {
    const { state } = this.#options;
    for (let next: Current | Promise<Current> = reading; ; next = this.#current(key)) {
      const flushes = state.flushes;
      const read: Current = next instanceof Promise ? await next : next;
      const newer = this.#currentInMemory(key);
      if (newer === undefined && flushes !== state.flushes) continue;
      this.#checkWritable();
      this.#decide(key, newer === undefined ? read : (newer.value ?? undefined), decide, settle);
      return;
    }
  }

  /** No other write comes between the current value and the log. */
  #decide(key: Key, current: Current, decide: Decide, settle: Settle<SequenceNumber | null>): void {
    let mutations: readonly Mutation[] | null;
    try {
      mutations = decide(current);
    } catch (refusal) {
      this.#onceDurable(key, { resolve: () => settle.reject(refusal), reject: settle.reject });
      return;
    }
    if (mutations === null)
      this.#onceDurable(key, { resolve: () => settle.resolve(null), reject: settle.reject });
    else this.append(bodyOf(mutations, undefined), settle);
  }

  /** Settles when the newest value of `key` in the log is durable: at once when none is pending. */
  #onceDurable(key: Key, settle: Settle<void>): void {
    const record = this.#pending.get(key)?.record;
    if (record === undefined) {
      settle.resolve();
      return;
    }
    record.waiting ??= [];
    record.waiting.push(settle);
  }

  /** Has written what was appended for later. */
  flushLog(): void {
    if (this.#failure === undefined && !this.#closed) this.#log.flush();
  }

  /**
   * Throws when nothing was appended. Settles in log order, with what it made visible.
   * @param urgency `later`: what it writes is visible and durable already, by the decision that it records
   */
  append(body: RecordBody, settle: Settle<SequenceNumber>, urgency: 'now' | 'later' = 'now'): SequenceNumber {
    this.#checkWritable();
    if (body.kind !== RecordKind.abort && body !== noMutations) this.#checkMutations(body.mutations);
    const mutations = visibleMutations(body);
    const sizeBytes = recordBytes(body);
    if (sizeBytes > recordBytesMax) throw this.#error('INVALID_MUTATION', `a record of ${sizeBytes} bytes`);
    const sequence = this.#nextSequence;
    // The wall clock may go back; the log's does not.
    const timestampMs = Math.max(this.#lastTimestampMs, Math.trunc(this.#options.clock.now()));
    const record: PendingRecord = { waiting: undefined };
    this.#log.append(
      sequence,
      sizeBytes,
      (target, offset) => encodeRecord(target, offset, timestampMs, body),
      (error) => {
        if (error !== undefined) {
          this.#failed(error, record, settle);
          return;
        }
        this.#options.state.apply(sequence, timestampMs, mutations);
        for (const { key } of mutations) {
          if (this.#pending.get(key)?.record === record) this.#pending.delete(key);
        }
        settle.resolve(sequence);
        if (record.waiting !== undefined) for (const waiting of record.waiting) waiting.resolve();
        this.#options.onVisible(sizeBytes);
      },
      urgency,
    );
    this.#nextSequence = sequence + 1;
    this.#lastTimestampMs = timestampMs;
    if (urgency === 'now') for (const { key, value } of mutations) this.#pending.set(key, { value, record });
    return sequence;
  }

  #failed(error: Error, record: PendingRecord, settle: Settle<SequenceNumber>): void {
    this.#noteFailure(error);
    const code = this.#failure?.code ?? 'READ_ONLY';
    const failure = new PartitionError(
      code === 'READ_ONLY' ? 'WRITE_UNCERTAIN' : code,
      this.#options.directory,
      `${FAILURES[code] ?? 'the log has failed'}; this write may survive`,
      { cause: error, maySurvive: true },
    );
    settle.reject(failure);
    if (record.waiting !== undefined) for (const waiting of record.waiting) waiting.reject(failure);
  }

  #noteFailure(cause: Error): void {
    if (this.#failure !== undefined) return;
    this.#pending.clear();
    const code = PASSING[errorCode(cause) ?? ''];
    this.#failure =
      code === undefined
        ? this.#error('READ_ONLY', 'the log has failed; reads go on, writes need a restart', cause)
        : this.#error(code, `${FAILURES[code]}; writes resume when that has passed`, cause);
    this.#options.onFailure(this.#failure);
  }

  #checkWritable(): void {
    if (this.#closed) throw this.#error('CLOSED', 'closed');
    this.checkLog();
    // A new error for each: whoever gets it may add to it.
    if (this.#failure !== undefined) {
      throw this.#error(this.#failure.code, 'not written: the log has failed', this.#failure);
    }
  }

  #checkMutations(mutations: readonly Mutation[]): void {
    if (mutations.length === 0) throw this.#error('INVALID_MUTATION', 'a record without a mutation');
    for (const { key } of mutations) {
      if (key.length === 0 || key.length > keyBytesMax) {
        throw this.#error('INVALID_MUTATION', `a key of ${key.length} bytes`);
      }
    }
  }

  #error(code: PartitionError['code'], fault: string, cause?: unknown): PartitionError {
    return new PartitionError(code, this.#options.directory, fault, cause === undefined ? {} : { cause });
  }
}

function bodyOf(mutations: readonly Mutation[], transaction: TransactionStamp | undefined): RecordBody {
  return transaction === undefined
    ? { kind: RecordKind.mutations, mutations }
    : { kind: RecordKind.commit, transaction, mutations };
}

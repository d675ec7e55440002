/**
 * The change feed: the log's records as changes. What a transaction prepares, and that it is off, changes nothing.
 *
 * A live feed reads the log's segments like any other; when it has read all, it waits for the next record. Nothing is
 * queued for it: a slow one finds its records in the segments, which are kept beyond what it has passed. When the log is
 * opened again (the disk was full), it goes on in the new one from there.
 */
import assert from 'node:assert/strict';

import { LogTruncatedError } from '../wal/errors.js';
import type { LogRecord, WriteAheadLog } from '../wal/types.js';
import type { PartitionError } from './errors.js';
import type { LogHold, LogReaders } from './log-readers.js';
import { decodeRecord, type PartitionRecord, RecordKind } from './record-format.js';
import type { Change, SequenceNumber } from './types.js';

/** What a feed needs to know of its partition. */
export interface FeedSource {
  readonly logDirectory: string;
  readonly readers: LogReaders;
  /** The one in use; undefined while it is opened again. */
  readonly log: () => WriteAheadLog | undefined;
  /** Sequence of the last record that readers may see; what the log has beyond it is not yielded. */
  readonly visible: () => SequenceNumber;
  /** Why the log takes nothing now: it has failed, or is closed. */
  readonly failure: () => PartitionError | undefined;
  /** When the partition closes. */
  readonly closing: AbortSignal;
}

interface Follower {
  /** Of the last record that it was given, or that is none of its concern. */
  passed: SequenceNumber;
  readonly hold: LogHold;
  readonly ended: () => boolean;
}

export class ChangeFeed {
  readonly #source: FeedSource;
  /** Live feeds that have read everything. */
  readonly #waiting = new Set<() => void>();

  constructor(source: FeedSource) {
    this.#source = source;
    source.closing.addEventListener('abort', () => this.wake());
  }

  /** Something is visible that was not, or nothing will be: those that wait look again. */
  wake(): void {
    if (this.#waiting.size === 0) return;
    for (const goOn of this.#waiting) goOn();
    this.#waiting.clear();
  }

  /** Those that the log has now. Throws why there is no log, when it is closed or opened again meanwhile. */
  async *historical(after: SequenceNumber, signal?: AbortSignal): AsyncGenerator<Change> {
    const { log, visible, failure } = this.#source;
    let passed = after;
    for (;;) {
      const current = log();
      if (current === undefined)
        throw failure() ?? assert.fail('a log that is not there has failed or is closed');
      try {
        for await (const record of current.read(passed)) {
          if (signal?.aborted || record.sequence > visible()) return;
          this.#checkNext(record.sequence, passed);
          passed = record.sequence;
          const change = this.#changeOf(record);
          if (change !== undefined) yield change;
        }
        return;
      } catch (error) {
        // What was to be read may have gone with the log that was in use.
        if (log() === current) throw error;
      }
    }
  }

  /** Those, and then each that follows, until `signal` aborts or the partition closes. */
  async *live(after: SequenceNumber, signal?: AbortSignal): AsyncGenerator<Change> {
    const { readers, closing, log } = this.#source;
    const hold = readers.hold(after, { bounded: true });
    const ended = () => closing.aborted || signal?.aborted === true;
    const follower: Follower = { passed: after, hold, ended };
    const wake = () => this.wake();
    signal?.addEventListener('abort', wake);
    try {
      for (;;) {
        const current = await this.#arrival(follower);
        if (current === undefined) return;
        try {
          yield* this.#follow(current, follower);
        } catch (error) {
          // What was to be read may have gone with the log that was in use.
          if (log() === current) throw error;
        }
      }
    } finally {
      signal?.removeEventListener('abort', wake);
      hold.release();
    }
  }

  /** While that log is the one in use. */
  async *#follow(current: WriteAheadLog, follower: Follower): AsyncGenerator<Change> {
    const { visible, log } = this.#source;
    const { ended, hold } = follower;
    const before = follower.passed;
    const more = async () => (await this.#arrival(follower)) === current;
    for await (const record of current.read(before, more)) {
      if (ended()) return;
      if (record.sequence > visible()) break;
      this.#checkNext(record.sequence, follower.passed);
      follower.passed = record.sequence;
      hold.advance(record.sequence);
      const change = this.#changeOf(record);
      if (change !== undefined) yield change;
      if (ended()) return;
    }
    const isStuck = follower.passed === before && log() === current && !ended();
    if (isStuck) this.#checkNext(visible() + 1, before);
  }

  /** Resolves with the log that has another record; undefined at the end. Throws when none can follow. */
  async #arrival({ passed, ended }: Follower): Promise<WriteAheadLog | undefined> {
    const { log, visible, failure } = this.#source;
    for (;;) {
      if (ended()) return undefined;
      const current = log();
      if (current !== undefined && visible() > passed) return current;
      const reason = failure();
      if (reason?.code === 'READ_ONLY') throw reason;
      await new Promise<void>((goOn) => this.#waiting.add(goOn));
    }
  }

  /** Every record has the sequence number after that of the one before it. */
  #checkNext(sequence: SequenceNumber, passed: SequenceNumber): void {
    if (sequence > passed + 1) {
      throw new LogTruncatedError(this.#source.logDirectory, passed, sequence - 1);
    }
  }

  #changeOf(record: LogRecord): Change | undefined {
    const decoded = decodeLogRecord(record, this.#source.logDirectory);
    const { sequence } = record;
    if (decoded.kind === RecordKind.mutations) {
      // What was loaded beside the log is not in it.
      if (decoded.mutations.length === 0) return undefined;
      return { sequence, timestampMs: decoded.timestampMs, mutations: decoded.mutations };
    }
    if (decoded.kind !== RecordKind.commit) return undefined;
    const { timestampMs, mutations, transaction } = decoded;
    return { sequence, timestampMs, mutations, transaction };
  }
}

export function decodeLogRecord(record: LogRecord, logDirectory: string): PartitionRecord {
  const origin = {
    path: `${logDirectory}, segment ${record.position.segment}`,
    offset: record.position.offset,
  };
  return decodeRecord(record.payload, origin);
}

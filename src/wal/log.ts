/**
 * The log that is open for writing: group commit into preallocated segments.
 *
 *   append ──► open batch ──► queue ──► one write in flight (O_DSYNC) ──► callbacks, in log order
 *
 * 1. A record is encoded at once into the open batch. The first one that arrives at an idle log schedules a flush for
 *    the end of the event loop's turn, so that requests which were parsed in one turn share a write.
 * 2. While a write is in flight everything gathers; when it completes, the callbacks run, and the next batch leaves at the
 *    end of that turn: what the replies set off, and the requests that arrived beside them, still join it.
 *    Large batches take turns instead: with many writers, what replies and requests cost is as long as a write, and the
 *    disk should not wait for it. So a batch that has gathered enough (half the records of the last one, and no few)
 *    leaves as soon as the disk is free, and the other half of the writers gathers meanwhile.
 * 3. A batch that does not fit into the segment waits until the next segment is there. Normally it is: room is made
 *    ahead, in the background, as soon as half of what there is has been used.
 *
 * A failed write is final. Whether it reached the disk is unknown, and asking again would answer about something else
 * (a second sync reports success for pages that the first one dropped). So every pending callback gets the error, in
 * order, and nothing more is accepted; opening the log again finds out what is there. Room that cannot be made for a
 * batch ends the log too, but with an error of its own: no write failed, so whoever has the log may open it again.
 *
 * A mark proves that what is before it had been durable: damage to it is not taken for a torn tail. One is written when
 * the log is closed, when it was opened and something was replayed, and when it has been idle for a while.
 */
import assert from 'node:assert/strict';

import type { Clock, TimerHandle } from '../vfs/clock.js';
import { isNoSpace } from '../vfs/errors.js';
import { writeFully } from '../vfs/io.js';
import { LogClosedError, LogFailedError, LogNoRoomError, LogNoSpaceError } from './errors.js';
import { BATCH_HEADER_BYTES, BatchKind, FORMAT_VERSION, FragmentType, sealBatch } from './format.js';
import { IDLE_BUFFER_BYTES, TURN_RECORDS_MIN } from './limits.js';
import { readLog } from './log-reader.js';
import { type Encode, PendingBatch } from './pending-batch.js';
import type { LogState } from './recovery.js';
import { SegmentRoom } from './segment-room.js';
import type { SegmentStore } from './segment-store.js';
import type { LogStatistics } from './statistics.js';
import type { DurableCallback, LogRecord, WriteAheadLog } from './types.js';

/** Calls `flush` when the current turn of the event loop has handed in all of its work. */
export type ScheduleFlush = (flush: () => void) => void;

/** How a log gets around to what nobody waits for. */
export interface LogTiming {
  readonly schedule: ScheduleFlush;
  /** Undefined: no mark is written because the log is idle. */
  readonly clock: Clock | undefined;
  readonly markAfterMs: number;
  readonly statistics: LogStatistics | undefined;
}

export class SegmentedLog implements WriteAheadLog {
  readonly #room: SegmentRoom;
  #queue: PendingBatch[] = [];
  #open: PendingBatch | undefined;
  /** A buffer that no batch owns. */
  #freeBuffer: Buffer | undefined;
  /** A write is in flight, or room for one is awaited. */
  #busy = false;
  #scheduled = false;
  /** Somebody waits for what is in the open batch. */
  #awaited = false;
  #pendingBytes = 0;
  /** Records in the open batch from which on it does not wait for more. */
  #turnRecords = Number.POSITIVE_INFINITY;
  /** Ends of a segment that wait for a batch: nothing later may join the segment before it. */
  #rotations = 0;
  #failure: LogFailedError | LogNoSpaceError | LogNoRoomError | undefined;
  #closed: Promise<void> | undefined;
  /** Of the last record appended. */
  #lastSequence: number;
  /** Of the next batch to be written. */
  #nextOrdinal: number;
  /** Of the last batch that is durable. */
  #durableSequence: number;
  #endsWithMark: boolean;
  /** Until it is looked whether the log is idle; set while there may be something behind the last mark. */
  #markTimer: TimerHandle | undefined;
  #inFlight: PendingBatch | undefined;
  #onIdle: (() => void) | undefined;
  #resting: Promise<void> | undefined;

  constructor(
    private readonly store: SegmentStore,
    state: LogState,
    private readonly timing: LogTiming,
  ) {
    this.#room = new SegmentRoom(store, state.segments, state.file);
    this.#lastSequence = state.lastSequence;
    this.#durableSequence = state.lastSequence;
    this.#nextOrdinal = state.nextOrdinal;
    this.#endsWithMark = state.endsWithMark;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  append(
    sequence: number,
    sizeBytes: number,
    encode: Encode,
    onDurable: DurableCallback,
    urgency: 'now' | 'later' = 'now',
  ): void {
    this.#checkUsable();
    assert(sequence > this.#lastSequence, `record ${sequence} comes after record ${this.#lastSequence}`);
    if (this.#open !== undefined && !this.#open.fits(sizeBytes)) this.#closeOpenBatch();
    this.#open ??= this.#newBatch();
    if (this.#open.fits(sizeBytes)) this.#open.add(sequence, sizeBytes, encode, onDurable);
    else this.#appendLarge(this.#open, sequence, sizeBytes, encode, onDurable);
    this.#lastSequence = sequence;
    this.#pendingBytes += sizeBytes;
    // What has filled a batch does not wait for company.
    if (urgency === 'now' || this.#queue.length > 0) this.flush();
    if (!this.#busy && this.#isTurn) this.#pump();
  }

  flush(): void {
    this.#awaited = true;
    this.#scheduleFlush();
  }

  rotate(): Promise<void> {
    this.#checkUsable();
    this.#closeOpenBatch();
    const last = this.#queue.at(-1) ?? this.#inFlight;
    if (last === undefined) {
      this.#beginSegment();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#rotations += 1;
      last.onSettled((error) => {
        this.#rotations -= 1;
        if (error !== undefined) return reject(error);
        this.#beginSegment();
        resolve();
      });
      this.#scheduleFlush();
    });
  }

  sequenceBefore(bytes: number): number {
    return this.#room.sequenceBefore(bytes);
  }

  async releaseThrough(sequence: number): Promise<void> {
    // The files may be another log's already, which was opened after this one.
    if (this.#closed !== undefined) return;
    await this.#room.releaseThrough(sequence);
  }

  read(after: number, more?: () => Promise<boolean>): AsyncIterable<LogRecord> {
    const { disk, directory } = this.store;
    return readLog({
      disk,
      directory,
      segments: this.#room.segments,
      after,
      more,
      nextOrdinal: () => this.#nextOrdinal,
    });
  }

  /** Resolves when a mark is at the end, or there is no room for one. Nothing has been appended yet. */
  async mark(): Promise<void> {
    if (this.#endsWithMark || !this.#room.fits(BATCH_HEADER_BYTES)) return;
    this.#queueMark();
    const [mark] = this.#queue;
    await new Promise<void>((resolve, reject) => {
      mark?.onSettled((error) => (error === undefined ? resolve() : reject(error)));
      this.#pump();
    });
  }

  /** Holds no file open until something is appended. */
  rest(): void {
    if (this.#failure !== undefined || this.#closed !== undefined || !this.#isIdle()) return;
    // Each write was durable when it returned: there is nothing that closing could fail to do.
    this.#resting = this.#room.rest().catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#markTimer?.cancel();
    const markNeeded = !(this.#endsWithMark && this.#isIdle());
    if (this.#failure === undefined && markNeeded) this.#queueMark();
    this.#pump();
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#resting;
    await this.#room.close();
  }

  #checkUsable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed !== undefined) throw new LogClosedError(this.store.directory);
  }

  #isIdle(): boolean {
    return !this.#busy && this.#queue.length === 0 && (this.#open === undefined || this.#open.isEmpty);
  }

  #scheduleFlush(): void {
    if (this.#busy || this.#scheduled) return;
    this.#scheduled = true;
    this.timing.schedule(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** The open batch need not wait for more. */
  get #isTurn(): boolean {
    const { callbacks = 0 } = this.#open ?? {};
    return this.#awaited && this.#rotations === 0 && callbacks >= this.#turnRecords;
  }

  #newBatch(): PendingBatch {
    const buffer = this.#freeBuffer ?? Buffer.allocUnsafeSlow(IDLE_BUFFER_BYTES);
    this.#freeBuffer = undefined;
    return new PendingBatch(buffer, this.store.limits.batchBytesMax);
  }

  #closeOpenBatch(): void {
    if (this.#open === undefined || this.#open.isEmpty) return;
    this.#queue.push(this.#open);
    this.#open = undefined;
    this.#awaited = false;
  }

  #queueMark(): void {
    this.#closeOpenBatch();
    const mark = this.#newBatch();
    mark.kind = BatchKind.mark;
    this.#queue.push(mark);
  }

  /** Looks later whether a mark is due. It costs a write, so not before the log has been idle for a while. */
  #markLater(): void {
    const { clock, markAfterMs } = this.timing;
    if (clock === undefined || this.#markTimer !== undefined || this.#closed !== undefined) return;
    const ordinal = this.#nextOrdinal;
    this.#markTimer = clock.after(markAfterMs, () => {
      this.#markTimer = undefined;
      if (this.#failure !== undefined || this.#closed !== undefined || this.#endsWithMark) return;
      if (this.#nextOrdinal !== ordinal || !this.#isIdle()) {
        this.#markLater();
      } else if (this.#room.fits(BATCH_HEADER_BYTES)) {
        this.#queueMark();
        this.#pump();
      } else {
        this.rest();
      }
    });
  }

  /** Spreads the record over batches. It begins with an empty one, so that cutting it off never touches another record. */
  #appendLarge(
    first: PendingBatch,
    sequence: number,
    sizeBytes: number,
    encode: Encode,
    onDurable: DurableCallback,
  ): void {
    assert(first.isEmpty, 'a record that is spread begins a batch of its own');
    const payload = Buffer.allocUnsafeSlow(sizeBytes);
    encode(payload, 0);
    let batch = first;
    for (let from = 0; from < sizeBytes; ) {
      const to = Math.min(sizeBytes, from + batch.room);
      const isLast = to === sizeBytes;
      const inner = isLast ? FragmentType.last : FragmentType.middle;
      const part = payload.subarray(from, to);
      batch.addPart(sequence, from === 0 ? FragmentType.first : inner, part, isLast ? onDurable : undefined);
      if (!isLast) {
        this.#queue.push(batch);
        batch = this.#newBatch();
      }
      from = to;
    }
    this.#open = batch;
  }

  /** From here on batches go into a new segment. A mark opens it at once, so that the old one can be released. */
  #beginSegment(): void {
    if (!this.#room.endSegment()) return;
    if (this.#queue.length === 0 && (this.#open === undefined || this.#open.isEmpty)) this.#queueMark();
    this.#scheduleFlush();
  }

  /** Sends the next batch off, if there is one and none is under way. */
  #pump(): void {
    if (this.#busy || this.#failure !== undefined) return;
    this.#sendNext();
  }

  #sendNext(): void {
    if (this.#queue.length === 0 && this.#awaited) this.#closeOpenBatch();
    const batch = this.#queue.shift();
    if (batch === undefined) {
      this.#onIdle?.();
      return;
    }
    this.#busy = true;
    this.#inFlight = batch;
    if (this.#room.isReady(batch.sizeBytes)) {
      this.#write(batch);
    } else {
      this.#room.makeRoom(batch.sizeBytes).then(
        () => this.#write(batch),
        (error) => this.#fail(error, LogNoRoomError),
      );
    }
  }

  #write(batch: PendingBatch): void {
    if (this.#failure !== undefined) return;
    const { segment, file } = this.#room.current;
    const { bytes } = batch;
    sealBatch(bytes, segment.header.identity, {
      offset: segment.end,
      ordinal: this.#nextOrdinal,
      previousSequence: this.#durableSequence,
      kind: batch.kind,
      fileSizeBytes: segment.header.version === FORMAT_VERSION ? segment.allocatedBytes : 0,
    });
    const sinceMs = this.timing.clock?.monotonic() ?? 0;
    writeFully(file, bytes, segment.end).then(
      () => {
        this.#count(batch, sinceMs);
        this.#written(batch);
      },
      (error) => this.#fail(error),
    );
  }

  #count(batch: PendingBatch, sinceMs: number): void {
    const { statistics, clock } = this.timing;
    if (statistics === undefined) return;
    statistics.bytes += batch.sizeBytes;
    if (batch.kind === BatchKind.records) statistics.batchRecords.add(batch.callbacks);
    if (clock !== undefined) statistics.writeMs.add(clock.monotonic() - sinceMs);
  }

  #written(batch: PendingBatch): void {
    if (this.#failure !== undefined) return;
    this.#room.wrote(batch.sizeBytes, this.#nextOrdinal, this.#durableSequence);
    this.#nextOrdinal += 1;
    this.#durableSequence = Math.max(this.#durableSequence, batch.lastSequence);
    this.#endsWithMark = batch.kind === BatchKind.mark;
    this.#pendingBytes -= batch.payloadBytes;
    this.#turnRecords = Math.max(TURN_RECORDS_MIN, batch.callbacks / 2);
    const goesOn = this.#isTurn;
    if (goesOn) this.#sendNext();
    // Still busy: what the callbacks append gathers for the next write.
    batch.settle(undefined);
    if (!goesOn) {
      this.#busy = false;
      this.#inFlight = undefined;
    }
    if (batch.buffer.length <= IDLE_BUFFER_BYTES || !this.#isIdle()) this.#freeBuffer = batch.buffer;
    if (goesOn) return;
    if (this.#queue.length > 0) this.#pump();
    else this.#scheduleFlush();
    if (batch.kind === BatchKind.records) this.#markLater();
    else this.rest();
  }

  #fail(cause: unknown, Failure: typeof LogFailedError | typeof LogNoRoomError = LogFailedError): void {
    if (this.#failure !== undefined) return;
    this.#failure = new (isNoSpace(cause) ? LogNoSpaceError : Failure)(this.store.directory, cause);
    if (this.timing.statistics !== undefined) this.timing.statistics.failures += 1;
    const pending = [this.#inFlight, ...this.#queue, this.#open];
    this.#queue = [];
    this.#open = undefined;
    this.#inFlight = undefined;
    this.#busy = false;
    this.#pendingBytes = 0;
    for (const batch of pending) batch?.settle(this.#failure);
    this.#onIdle?.();
  }
}

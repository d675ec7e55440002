/**
 * One partition, put together:
 *
 *   write ──► throttle ──► log ──► (durable) ──► memtable ──► flush ──► level 0 ──► compaction ──► deeper levels
 *   read  ──► memtable, frozen memtables, tables: all of one `ReadView`
 */
import assert from 'node:assert/strict';
import type { PackedPiece } from '../compaction/packed-entries.js';
import { isNoSpace } from '../vfs/errors.js';
import type { LogOptions } from '../wal/limits.js';
import type { WriteAheadLog } from '../wal/types.js';
import { BackgroundTask } from './background-task.js';
import { ChangeFeed } from './change-feed.js';
import { CheckpointTaker } from './checkpoint.js';
import { CompactionDriver } from './compaction-driver.js';
import { PartitionError } from './errors.js';
import { logDirectory } from './file-names.js';
import { type FlushEnvironment, flushOldest } from './flush.js';
import { type PartitionOptions, spaceRetryMs } from './limits.js';
import { assertUnwritten, loadPieces } from './load.js';
import type { LogReaders } from './log-readers.js';
import type { BudgetedPartition } from './memtable-budget.js';
import type { PartitionState } from './partition-state.js';
import type { Prepared, PreparedTransactions } from './prepared-transactions.js';
import { RangeCursor } from './range-cursor.js';
import { getFromView } from './read-view.js';
import { PinnedSnapshot } from './snapshots.js';
import { partitionStatistics } from './statistics.js';
import type { TableSet } from './table-set.js';
import { TwoPhaseWrites } from './two-phase.js';
import type {
  Change,
  ChangesOptions,
  Checkpoint,
  CurrentValue,
  Cursor,
  Decide,
  Key,
  KeyRange,
  Mutation,
  Partition,
  PartitionEnvironment,
  PartitionStatistics,
  PreparedTransaction,
  SequenceNumber,
  Snapshot,
  TransactionId,
  TransactionStamp,
  Trouble,
  WriteOptions,
} from './types.js';
import { isPassing, type Settle, WritePath } from './write-path.js';
import { type WritePressure, WriteThrottle } from './write-throttle.js';

/** What recovery hands over. */
export interface PartitionParts {
  readonly environment: PartitionEnvironment;
  readonly options: PartitionOptions;
  readonly tables: TableSet;
  readonly state: PartitionState;
  readonly readers: LogReaders;
  readonly prepared: PreparedTransactions;
  readonly log: WriteAheadLog;
  readonly logOptions: LogOptions;
  /**
   * Opens the log again after it had no space; replays into `state` what had reached the disk nevertheless. `onSettled`
   * is called for each prepared transaction whose outcome had.
   */
  readonly reopenLog: (onSettled: (transaction: Prepared) => void) => Promise<WriteAheadLog>;
}

export class LogStructuredPartition implements Partition, BudgetedPartition, WritePressure {
  readonly #parts: PartitionParts;
  readonly #state: PartitionState;
  readonly #options: PartitionOptions;
  readonly #throttle: WriteThrottle;
  readonly #writes: WritePath;
  readonly #twoPhase: TwoPhaseWrites;
  readonly #flushEnvironment: FlushEnvironment;
  readonly #flushes: BackgroundTask;
  readonly #loads = new Set<Promise<void>>();
  readonly #compactions: BackgroundTask;
  readonly #compactor: CompactionDriver;
  readonly #checkpoints: CheckpointTaker;
  readonly #feed: ChangeFeed;
  readonly #closing = new AbortController();
  #log: WriteAheadLog;
  /** At the end, and while it is opened again. */
  #logIsClosed = false;
  #resuming: Promise<void> | undefined;
  /** The last visible record when the log failed. */
  #failedAt: SequenceNumber = 0;
  readonly #replayedOutcomes: Prepared[] = [];
  /** Wait until the log goes on. */
  readonly #awaitingLog: Settle<void>[] = [];
  #flushedBytes = 0;
  #lastFlushAtMs: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: PartitionParts) {
    const { environment, options, tables, state, readers, prepared } = parts;
    const { directory, clock, executor } = environment;
    this.#parts = parts;
    this.#state = state;
    this.#options = options;
    this.#log = parts.log;
    this.#throttle = new WriteThrottle(clock, options, this, (change) => {
      const { directory, onStall } = parts.environment;
      onStall?.({ directory, ...change });
    });
    this.#writes = new WritePath({
      directory,
      clock,
      state,
      throttle: this.#throttle,
      log: parts.log,
      onVisible: (bytes) => this.#recordIsVisible(bytes),
      onFailure: (failure) => this.#logFailed(failure),
    });
    this.#twoPhase = new TwoPhaseWrites(clock, this.#writes, state, prepared);
    this.#flushEnvironment = {
      directory,
      executor,
      options,
      state,
      tables,
      readers,
      prepared,
      onInstalled: (bytes: number) => this.#flushed(bytes),
    };
    this.#flushes = new BackgroundTask(
      clock,
      () => flushOldest(this.#flushEnvironment),
      (error) => this.#workFailed('flush', error),
    );
    this.#compactor = new CompactionDriver({
      directory,
      options,
      executor,
      state,
      tables,
      onInstalled: () => this.#throttle.relieve(),
      signal: this.#closing.signal,
    });
    this.#compactions = new BackgroundTask(
      clock,
      () => this.#compactor.step(),
      (error) => this.#workFailed('merge', error),
    );
    this.#checkpoints = new CheckpointTaker({ ...parts, log: () => this.#log });
    this.#feed = new ChangeFeed({
      logDirectory: logDirectory(directory),
      readers,
      log: () => (this.#logIsClosed ? undefined : this.#log),
      visible: () => state.sequence,
      failure: () => (this.#closed === undefined ? this.failure : this.#closedError()),
      closing: this.#closing.signal,
    });
    environment.shared.memtableBudget?.join(this);
    this.#flushes.wake();
    this.#compactions.wake();
  }

  get(key: Key, snapshot?: Snapshot): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    this.#checkOpen();
    if (snapshot === undefined) return getFromView(this.#state.view, key, Number.POSITIVE_INFINITY);
    const pinned = this.#pinned(snapshot);
    return getFromView(pinned.view, key, pinned.sequence);
  }

  range(range: KeyRange, snapshot?: Snapshot): Cursor {
    this.#checkOpen();
    if (snapshot !== undefined) return new RangeCursor(this.#pinned(snapshot), range);
    const moment = this.#state.snapshots.pin(this.#state.view, this.#state.sequence);
    const cursor = new RangeCursor(moment, range);
    moment.release();
    return cursor;
  }

  snapshot(): Snapshot {
    this.#checkOpen();
    return this.#state.snapshots.pin(this.#state.view, this.#state.sequence);
  }

  write(mutations: readonly Mutation[], options?: WriteOptions): Promise<SequenceNumber> {
    return this.#writes.write(mutations, options);
  }

  update(key: Key, decide: Decide): Promise<SequenceNumber | null> {
    return this.#writes.update(key, decide);
  }

  current(key: Key): CurrentValue | Promise<CurrentValue> {
    this.#checkOpen();
    return this.#writes.current(key);
  }

  prepare(id: TransactionId, mutations: readonly Mutation[], participants: readonly string[]): Promise<void> {
    return this.#twoPhase.prepare(id, mutations, participants);
  }

  commit(id: TransactionId, stamp: TransactionStamp): Promise<void> {
    return this.#twoPhase.commit(id, stamp);
  }

  abort(id: TransactionId): Promise<void> {
    return this.#twoPhase.abort(id);
  }

  get prepared(): ReadonlyMap<TransactionId, PreparedTransaction> {
    const inDoubt = [...this.#parts.prepared.byId].filter(([, { outcome }]) => outcome === undefined);
    return new Map(inDoubt);
  }

  changes(after: SequenceNumber, { live = false, signal }: ChangesOptions = {}): AsyncIterable<Change> {
    this.#checkOpen();
    return live ? this.#feed.live(after, signal) : this.#feed.historical(after, signal);
  }

  async retain(reader: string, sequence: SequenceNumber): Promise<void> {
    this.#checkOpen();
    const { readers, tables } = this.#parts;
    if (!readers.set(reader, sequence)) return;
    const changes = new Map([[reader, sequence]]);
    await tables.install({ readers: changes }, (version) => this.#state.replaceVersion(version));
    readers.saved(changes);
  }

  dismiss(reader: string): void {
    this.#parts.readers.remove(reader);
  }

  load(pieces: readonly PackedPiece[]): Promise<void> {
    const loading = this.#load(pieces).finally(() => this.#loads.delete(loading));
    this.#loads.add(loading);
    return loading;
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    this.startFlush();
    await this.#flushes.settled();
  }

  async compact(): Promise<void> {
    await this.flush();
    this.#compactor.full = true;
    await this.#compactions.settled();
  }

  async checkpoint(directory: string): Promise<Checkpoint> {
    this.#checkOpen();
    return this.#checkpoints.take(directory);
  }

  get statistics(): PartitionStatistics {
    return partitionStatistics({
      state: this.#state,
      version: this.#parts.tables.current,
      writes: this.#throttle.statistics,
      readers: this.#parts.readers,
      flush: {
        ...this.#flushes.statistics,
        writtenBytes: this.#flushedBytes,
        lastAtMs: this.#lastFlushAtMs,
      },
      compaction: { ...this.#compactions.statistics, ...this.#compactor.statistics },
    });
  }

  get failure(): PartitionError | undefined {
    return this.#writes.failure;
  }

  async writable(): Promise<void> {
    this.#checkOpen();
    if (this.failure === undefined) return;
    await new Promise<void>((resolve, reject) => this.#awaitingLog.push({ resolve, reject }));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** For the memtable budget. */
  get memtableBytes(): number {
    return this.#state.memtableBytes;
  }

  /** For the memtable budget. */
  get activeBytes(): number {
    return this.#state.view.active.bytes;
  }

  /** For the memtable budget: freezes the memtable and has it written. */
  startFlush(): void {
    if (this.#state.freeze()) this.#endLogSegment();
    this.#flushes.wake();
  }

  /** For the throttle. */
  get pendingBytes(): number {
    return this.#log.pendingBytes;
  }

  /** For the throttle. */
  get memtablesFull(): boolean {
    const { frozen, view } = this.#state;
    return (
      frozen.length >= this.#options.frozenMemtablesMax && view.active.bytes >= this.#options.memtableBytes
    );
  }

  /** For the throttle. */
  get level0Tables(): number {
    return this.#state.view.version.levels[0]?.length ?? 0;
  }

  /** For the throttle. */
  get noSpace(): unknown {
    const work = this.memtablesFull ? this.#flushes : this.#compactions;
    const { lastFailure } = work.statistics;
    return isNoSpace(lastFailure) ? lastFailure : undefined;
  }

  async #load(pieces: readonly PackedPiece[]): Promise<void> {
    this.#checkOpen();
    assert.equal(this.#loads.size, 0, 'one load after the other');
    assertUnwritten(this.#state, this.#state.sequence);
    const sequence = await this.#writes.advance();
    await loadPieces(this.#flushEnvironment, pieces, sequence);
  }

  #workFailed(work: 'flush' | 'merge', error: unknown): void {
    this.#tell(work, error);
    this.#throttle.reconsider();
  }

  #tell(work: Trouble['work'], error: unknown): void {
    const { directory, onTrouble } = this.#parts.environment;
    onTrouble?.({ directory, work, error });
  }

  #recordIsVisible(bytes: number): void {
    this.#freezeWhenFull();
    this.#parts.environment.shared.memtableBudget?.grew(bytes);
    this.#throttle.relieve();
    this.#feed.wake();
  }

  #freezeWhenFull(): void {
    const { frozen, view } = this.#state;
    if (view.active.bytes < this.#options.memtableBytes) return;
    if (frozen.length < this.#options.frozenMemtablesMax) this.startFlush();
  }

  /** So that the records of the memtable can be released once they are in a table. */
  #endLogSegment(): void {
    if (this.#log.failure !== undefined || this.#logIsClosed) return;
    this.#log.rotate().catch(() => this.#writes.checkLog());
  }

  async #flushed(bytes: number): Promise<void> {
    this.#flushedBytes += bytes;
    const { tables, readers, environment } = this.#parts;
    this.#lastFlushAtMs = environment.clock.now();
    this.#freezeWhenFull();
    this.#throttle.relieve();
    this.#compactor.hurryWhenBehind();
    this.#compactions.wake();
    const bound = this.#log.sequenceBefore(this.#options.feedLogBytesMax);
    await this.#log.releaseThrough(readers.releasable(tables.manifestState.flushed.sequence, bound));
  }

  /** A full disk is no damage, nor is a log that cannot grow: opening it again settles what is durable, as after a crash. */
  #logFailed(failure: PartitionError): void {
    this.#failedAt = this.#state.sequence;
    this.#tell('log', failure);
    this.#throttle.open();
    this.#feed.wake();
    if (failure.code !== 'READ_ONLY') this.#resumeLater();
  }

  #resumeLater(): void {
    if (this.#closed !== undefined) return;
    this.#parts.environment.clock.after(spaceRetryMs, () => {
      if (this.#closed !== undefined) return;
      this.#resuming = this.#resume();
    });
  }

  async #resume(): Promise<void> {
    try {
      this.#logIsClosed = true;
      await this.#log.close();
      this.#log = await this.#parts.reopenLog((transaction) => this.#replayedOutcomes.push(transaction));
      this.#logIsClosed = false;
      this.#writes.resume(this.#log);
      this.#twoPhase.resume(this.#failedAt, this.#replayedOutcomes.splice(0));
      this.#feed.wake();
      for (const { resolve } of this.#awaitingLog.splice(0)) resolve();
    } catch (error) {
      // The failure stands, and is what every write is told. That it stands for the same reason adds nothing.
      if (!isPassing(error)) this.#tell('reopening', error);
      this.#resumeLater();
    }
  }

  async #close(): Promise<void> {
    const reason = this.#closedError();
    this.#parts.environment.shared.memtableBudget?.leave(this);
    this.#writes.close();
    this.#throttle.open();
    await this.#resuming;
    await this.#checkpoints.idle();
    await Promise.allSettled(this.#loads);
    this.#closing.abort();
    await Promise.all([this.#flushes.stop(reason), this.#compactions.stop(reason)]);
    this.#logIsClosed = true;
    await this.#log.close();
    this.#twoPhase.close(reason, this.#replayedOutcomes);
    for (const { reject } of this.#awaitingLog.splice(0)) reject(reason);
    await this.#parts.tables.close();
  }

  #pinned(snapshot: Snapshot): PinnedSnapshot {
    if (snapshot instanceof PinnedSnapshot && !snapshot.released) return snapshot;
    throw new PartitionError(
      'SNAPSHOT_RELEASED',
      this.#parts.environment.directory,
      `the snapshot at ${snapshot.sequence} was released`,
    );
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw this.#closedError();
  }

  #closedError(): PartitionError {
    return new PartitionError('CLOSED', this.#parts.environment.directory, 'closed');
  }
}

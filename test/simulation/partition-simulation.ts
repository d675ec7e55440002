/**
 * One seed: a partition with tiny memtables, blocks and levels is written, read, flushed, merged, closed and opened, on a
 * disk that fails, while the power goes at any operation. After each start, and whenever nothing is under way, what it
 * holds is compared with the model. Everything follows from the seed.
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';

import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { PartitionError } from '../../src/partition/errors.js';
import type { PartitionOptions } from '../../src/partition/limits.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type { Mutation, Partition, Snapshot } from '../../src/partition/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { errorCode } from '../../src/vfs/errors.js';
import { makeDirectoryDurably } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { type IssuedOperation, Model, markerOf, text } from './model.js';
import { type FaultCounts, type FaultRates, World } from './world.js';

const directory = '/data/p';
const calm: FaultRates = { error: 0, short: 0, delay: 0, flip: 0 };

export interface SimulationResult {
  readonly operations: number;
  readonly records: number;
  readonly starts: number;
}

interface HeldSnapshot {
  readonly snapshot: Snapshot;
  readonly content: ReadonlyMap<string, string>;
}

export class PartitionSimulation {
  readonly #random: SeededRandom;
  readonly #world: World;
  readonly #model = new Model();
  readonly #options: Partial<PartitionOptions>;
  readonly #rates: FaultRates;
  readonly #keys: number;
  #partition: Partition | undefined;
  #inFlight: Promise<unknown>[] = [];
  #snapshots: HeldSnapshot[] = [];
  #operations = 0;
  #starts = 0;

  constructor(seed: number, counts: FaultCounts) {
    this.#random = new SeededRandom(seed);
    this.#rates = this.#pickRates();
    this.#world = new World(new MemoryDisk(), this.#random, calm, counts);
    this.#options = this.#pickOptions();
    this.#keys = this.#pick([3, 20, 200]);
  }

  async run(steps: number): Promise<SimulationResult> {
    // Whose directory the partition's own is in has made that one durable.
    await makeDirectoryDurably(this.#world.memory, posix.dirname(directory));
    for (let step = 0; step < steps; step += 1) {
      if (this.#partition === undefined) await this.#start();
      else await this.#step(this.#partition);
      if (this.#world.dead) this.#loseEverything();
    }
    // However it went, at the end the partition opens on a sound disk and holds what it must.
    await this.#quiesce();
    this.#world.rates = calm;
    if (!this.#world.dead) this.#world.cutNow();
    this.#loseEverything();
    await this.#start({ calmly: true });
    assert(this.#partition !== undefined);
    await this.#world.settle((this.#partition as Partition).compact());
    await this.#compare(this.#partition);
    return { operations: this.#operations, records: this.#model.sequence, starts: this.#starts };
  }

  async #start(how: { readonly calmly?: boolean } = {}): Promise<void> {
    const { disk, clock } = this.#world;
    this.#world.rates = how.calmly === true || this.#chance(0.5) ? calm : this.#rates;
    if (how.calmly !== true && this.#chance(0.7)) this.#world.cutAfter(1 + randomBelow(this.#random, 600));
    this.#starts += 1;
    const opening = openPartition({
      directory,
      disk,
      clock,
      random: this.#random,
      executor: new InlineExecutor(disk),
      shared: {
        blockCache: new BlockCache({ budgetBytes: this.#pick([0, 4_000, 1_000_000]) }),
        openFiles: new OpenFiles({ limit: this.#pick([1, 2, 16]) }),
      },
      options: this.#options,
      log: { segmentBytes: this.#pick([4096, 16_384]), batchBytesMax: this.#pick([512, 4096]) },
      schedule: queueMicrotask,
    });
    const partition = await this.#tolerate(opening);
    if (partition === undefined) return;
    this.#partition = partition;
    // The model is a reader of the log like any other.
    this.#inFlight.push(partition.retain('model', this.#model.sequence).catch(() => undefined));
    await this.#tolerate(this.#learn(partition).then(() => this.#model.recovered(this.#model.sequence)));
  }

  async #step(partition: Partition): Promise<void> {
    this.#operations += 1;
    const dice = randomBelow(this.#random, 100);
    if (dice < 45) this.#burst(partition);
    else if (dice < 60) await this.#quiesce();
    else if (dice < 68) await this.#checkKey(partition);
    else if (dice < 74) await this.#checkAll(partition);
    else if (dice < 80) await this.#holdSnapshot(partition);
    else if (dice < 84) await this.#checkSnapshot(partition);
    else if (dice < 90) this.#inFlight.push(partition.flush().catch(tolerated));
    else if (dice < 92) this.#inFlight.push(partition.compact().catch(tolerated));
    else if (dice < 94) await this.#progress(partition);
    else if (dice < 96) this.#world.clock.advance(randomBelow(this.#random, 2000));
    else if (dice < 97) this.#changeSpace();
    else await this.#reopen(partition);
    if (!this.#world.dead && partition.failure !== undefined && this.#chance(0.3))
      await this.#reopen(partition);
  }

  #burst(partition: Partition): void {
    const count = 1 + randomBelow(this.#random, 8);
    for (let i = 0; i < count; i += 1)
      this.#inFlight.push(this.#chance(0.5) ? this.#write(partition) : this.#update(partition));
  }

  #write(partition: Partition): Promise<void> {
    const operation = this.#issue(this.#mutations());
    return this.#answer(operation, partition.write(operation.mutations));
  }

  #update(partition: Partition): Promise<void> {
    const key = this.#key();
    let operation: IssuedOperation | undefined;
    const outcome = partition.update(key, (current) => {
      const value = current === undefined ? undefined : text(current);
      const mutations = [{ key, value: this.#value() }, ...this.#mutations().slice(0, 1)];
      operation = this.#issue(mutations, { key, value });
      return operation.mutations;
    });
    return outcome.then(
      (sequence) => this.#answer(operation as IssuedOperation, Promise.resolve(sequence as number)),
      (error: unknown) => {
        if (operation !== undefined) return this.#answer(operation, Promise.reject(error));
        return tolerated(error);
      },
    );
  }

  #issue(mutations: readonly Mutation[], saw?: IssuedOperation['saw']): IssuedOperation {
    this.#operations += 1;
    const id = this.#operations;
    const operation = { id, mutations: [...mutations, markerOf(id)], ...(saw !== undefined && { saw }) };
    this.#model.issue(operation);
    return operation;
  }

  async #answer(operation: IssuedOperation, outcome: Promise<number>): Promise<void> {
    try {
      this.#model.acknowledge(operation.id, await outcome);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert(error instanceof PartitionError, `an error of the partition, not ${String(error)}`);
      operation.refused = !error.maySurvive;
    }
  }

  /** Nothing is under way any more. */
  async #quiesce(): Promise<void> {
    await this.#world.settle(Promise.all(this.#inFlight));
    this.#inFlight = [];
  }

  async #checkKey(partition: Partition): Promise<void> {
    await this.#quiesce();
    if (this.#world.dead) return;
    if ((await this.#tolerate(this.#learn(partition).then(() => true))) !== true) return;
    const key = this.#key();
    const read = await this.#tolerate(
      Promise.resolve().then(async () => ({ value: await partition.get(key) })),
    );
    if (read === undefined) return;
    assert.equal(
      read.value === undefined ? undefined : text(read.value),
      this.#model.content.get(key),
      `get ${key}`,
    );
  }

  async #checkAll(partition: Partition): Promise<void> {
    await this.#quiesce();
    if (!this.#world.dead) await this.#tolerate(this.#compareLive(partition));
  }

  async #compare(partition: Partition): Promise<void> {
    await this.#world.settle(this.#compareLive(partition));
  }

  async #compareLive(partition: Partition): Promise<void> {
    await this.#learn(partition);
    await this.#compareRange(partition, this.#model.content);
  }

  async #holdSnapshot(partition: Partition): Promise<void> {
    await this.#quiesce();
    if (this.#world.dead) return;
    const snapshot = partition.snapshot();
    const learned = await this.#tolerate(this.#learn(partition).then(() => true));
    if (learned !== true) return;
    assert.equal(snapshot.sequence, this.#model.sequence);
    this.#snapshots.push({ snapshot, content: new Map(this.#model.content) });
  }

  async #checkSnapshot(partition: Partition): Promise<void> {
    const held = this.#snapshots[0];
    if (held === undefined) return;
    await this.#tolerate(this.#compareRange(partition, held.content, held.snapshot));
    if (this.#chance(0.5)) return;
    held.snapshot.release();
    this.#snapshots.shift();
  }

  async #compareRange(
    partition: Partition,
    content: ReadonlyMap<string, string>,
    snapshot?: Snapshot,
  ): Promise<void> {
    const [low, high] = [this.#key(), this.#key()].sort() as [string, string];
    const bounds = this.#pick([{}, { from: low }, { to: high }, { from: low, to: high }]) as {
      from?: string;
      to?: string;
    };
    const reverse = this.#chance(0.5);
    const expected = [...content]
      .filter(([key]) => key >= (bounds.from ?? '') && (bounds.to === undefined || key < bounds.to))
      .sort(([a], [b]) => (a < b === reverse ? 1 : -1));
    const cursor = partition.range({ ...bounds, reverse }, snapshot);
    try {
      const found: [string, string][] = [];
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        found.push([entry.key, text(entry.value)]);
      }
      assert.deepEqual(found, expected, `range ${JSON.stringify({ ...bounds, reverse })}`);
    } finally {
      cursor.close();
    }
  }

  /** Takes in what the change feed has beyond what is known. */
  async #learn(partition: Partition): Promise<void> {
    const { sequence } = partition.statistics;
    for await (const change of partition.changes(this.#model.sequence)) {
      if (change.sequence > sequence) break;
      this.#model.learn(change);
    }
    assert(this.#model.sequence >= sequence, 'the change feed reaches the present');
    this.#model.promise(sequence);
  }

  /** The model no longer needs the log of what it has learned. */
  async #progress(partition: Partition): Promise<void> {
    await this.#tolerate(this.#learn(partition).then(() => partition.retain('model', this.#model.sequence)));
  }

  async #reopen(partition: Partition): Promise<void> {
    this.#world.memory.capacityBytes = Number.POSITIVE_INFINITY;
    if (this.#chance(0.5)) await this.#quiesce();
    await this.#tolerate(partition.close());
    await this.#quiesce();
    this.#partition = undefined;
    this.#snapshots = [];
  }

  #changeSpace(): void {
    const { memory } = this.#world;
    if (memory.capacityBytes < Number.POSITIVE_INFINITY) {
      memory.capacityBytes = Number.POSITIVE_INFINITY;
      return;
    }
    this.#world.counts.fullDisks += 1;
    memory.capacityBytes = memory.usedBytes + randomBelow(this.#random, 20_000);
  }

  #loseEverything(): void {
    this.#partition = undefined;
    this.#inFlight = [];
    this.#snapshots = [];
    this.#world.restart();
  }

  /** The outcome, or undefined when an injected fault or the power cut stood in the way. */
  async #tolerate<Result>(outcome: Promise<Result>): Promise<Result | undefined> {
    try {
      return await this.#world.settle(outcome);
    } catch (error) {
      tolerated(error);
      return undefined;
    }
  }

  #mutations(): Mutation[] {
    const count = 1 + randomBelow(this.#random, 3);
    return Array.from({ length: count }, () => ({
      key: this.#key(),
      value: this.#chance(0.3) ? null : this.#value(),
    }));
  }

  #key(): string {
    return `k${String(randomBelow(this.#random, this.#keys)).padStart(3, '0')}`;
  }

  #value(): Uint8Array {
    return this.#random.bytes(this.#chance(0.02) ? 3000 : randomBelow(this.#random, 120));
  }

  #pickRates(): FaultRates {
    return this.#pick([
      calm,
      { error: 0, short: 0.05, delay: 0.05, flip: 0 },
      { error: 0.01, short: 0.01, delay: 0.02, flip: 0 },
      { error: 0.002, short: 0.01, delay: 0, flip: 0.01 },
    ]);
  }

  #pickOptions(): Partial<PartitionOptions> {
    return {
      memtableBytes: this.#pick([1_000, 4_000, 20_000]),
      frozenMemtablesMax: this.#pick([1, 3]),
      level0SlowdownTables: 4,
      level0StopTables: 8,
      table: {
        blockBytes: this.#pick([64, 300, 4096]),
        filterBitsPerKey: this.#pick([0, 10]),
        compression: 'none',
      },
      compaction: {
        level0TablesMax: this.#pick([1, 2, 4]),
        baseBytes: this.#pick([500, 4_000]),
        levelFactor: this.#pick([2, 4]),
        targetTableBytes: this.#pick([300, 2_000]),
      },
    };
  }

  #pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[randomBelow(this.#random, choices.length)] as Choice;
  }

  #chance(of: number): boolean {
    return randomBelow(this.#random, 1_000_000) < of * 1_000_000;
  }
}

const expectedCodes = new Set([
  'EIO',
  'ENOSPC',
  'DISK_STOPPED',
  'LOG_FAILED',
  'LOG_NO_SPACE',
  'JOB_CANCELLED',
  'TABLE_CLOSED',
  'CLOSED',
  'TABLE_CORRUPT',
  'READ_ONLY',
  'OUT_OF_SPACE',
  'WRITE_UNCERTAIN',
  'OVERLOADED',
]);

/** Injected faults show as these errors and no others. */
function tolerated(error: unknown): void {
  if (!expectedCodes.has(errorCode(error) ?? '')) throw error;
}

/**
 * One seed: a partition with tiny memtables, blocks and levels is written, read, flushed, merged, closed and opened, on a
 * disk that fails, while the power goes at any operation. After each start, and whenever nothing is under way, what it
 * holds is compared with the model. Everything follows from the seed.
 */
import assert from 'node:assert/strict';
import { posix } from 'node:path';

import { PartitionError } from '../../src/partition/errors.js';
import type { PartitionOptions } from '../../src/partition/limits.js';
import type { Mutation, Partition, Snapshot } from '../../src/partition/types.js';
import { makeDirectoryDurably } from '../../src/vfs/io.js';
import { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { Checkpoints } from './checkpoints.js';
import { checkFiles, compareRange, learnChanges } from './checks.js';
import { Choices } from './choices.js';
import { Follower } from './follower.js';
import { type Content, type IssuedOperation, Model, markerOf, text } from './model.js';
import { openSimulated } from './opening.js';
import { throwUnlessExpected } from './tolerance.js';
import { calm, type FaultCounts, type FaultRates, type Trace, World } from './world.js';

const directory = '/data/p';

export interface SimulationResult {
  readonly operations: number;
  readonly records: number;
  readonly starts: number;
  /** Taken while the partition served, and opened at the end. */
  readonly checkpoints: number;
  /** Changes that the live feed yielded. */
  readonly followed: number;
}

interface HeldSnapshot {
  readonly snapshot: Snapshot;
  readonly content: Content;
}

export class PartitionSimulation {
  readonly #choices: Choices;
  readonly #world: World;
  readonly #model = new Model();
  readonly #options: Partial<PartitionOptions>;
  readonly #rates: FaultRates;
  readonly #follower: Follower;
  /** The log is kept for the follower, over restarts. */
  readonly #followerIsRegistered: boolean;
  readonly #checkpoints = new Checkpoints(posix.dirname(directory));
  #partition: Partition | undefined;
  #inFlight: Promise<unknown>[] = [];
  #snapshots: HeldSnapshot[] = [];
  #operations = 0;
  #starts = 0;

  /** `trace` is told every operation on the disk. */
  constructor(seed: number, counts: FaultCounts, trace?: Trace) {
    this.#choices = new Choices(seed);
    this.#rates = this.#choices.faultRates();
    this.#world = new World(new MemoryDisk(), this.#choices.random, counts, trace);
    this.#options = this.#choices.partitionOptions();
    this.#follower = new Follower(this.#choices);
    this.#followerIsRegistered = this.#choices.chance(0.5);
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
    await this.#end(this.#partition);
    return {
      operations: this.#operations,
      records: this.#model.sequence,
      starts: this.#starts,
      checkpoints: this.#checkpoints.count,
      followed: this.#follower.followed,
    };
  }

  /** No fault any more. All is there, nothing else is, and it closes and opens. */
  async #end(partition: Partition): Promise<void> {
    await this.#settle(partition.compact());
    await this.#settle(this.#compare(partition));
    assert.equal(partition.statistics.snapshots, 0);
    await this.#settle(partition.close());
    await checkFiles(this.#world.memory, directory, partition);
    await this.#start({ calmly: true });
    assert(this.#partition !== undefined);
    await this.#settle(this.#compare(this.#partition));
    const contentAt = (sequence: number) => this.#model.contentAt(sequence);
    await this.#settle(this.#checkpoints.check(this.#world.memory, this.#choices.random, contentAt));
  }

  async #start(how: { readonly calmly?: boolean } = {}): Promise<void> {
    this.#world.rates = how.calmly === true || this.#choices.chance(0.5) ? calm : this.#rates;
    if (how.calmly !== true && this.#choices.chance(0.7)) this.#world.cutAfter(1 + this.#choices.below(600));
    this.#starts += 1;
    const opening = openSimulated(directory, this.#world, this.#choices, this.#options);
    const partition = await this.#tolerate(opening);
    if (partition === undefined) return;
    this.#partition = partition;
    // The model is a reader of the log like any other.
    this.#retain(partition);
    await this.#tolerate(
      learnChanges(partition, this.#model).then(() => this.#model.recovered(this.#model.sequence)),
    );
    this.#follow(partition);
  }

  async #step(partition: Partition): Promise<void> {
    this.#operations += 1;
    // Whatever a reader could see is promised, although nobody may have been told.
    this.#model.promise(partition.statistics.sequence);
    if (!this.#follower.isFollowing && this.#choices.chance(0.2)) this.#follow(partition);
    const dice = this.#choices.below(100);
    if (dice < 45) this.#burst(partition);
    else if (dice < 60) await this.#quiesce();
    else if (dice < 68) await this.#checkKey(partition);
    else if (dice < 74) await this.#checkAll(partition);
    else if (dice < 80) await this.#holdSnapshot(partition);
    else if (dice < 84) await this.#checkSnapshot(partition);
    else if (dice < 90) this.#inFlight.push(partition.flush().catch(throwUnlessExpected));
    else if (dice < 92) this.#inFlight.push(partition.compact().catch(throwUnlessExpected));
    else if (dice < 94) await this.#progress(partition);
    else if (dice < 95) this.#inFlight.push(this.#checkpoint(partition));
    else if (dice < 96) this.#world.clock.advance(this.#choices.below(2000));
    else if (dice < 97) this.#changeSpace();
    else await this.#reopen(partition);
    if (!this.#world.dead && partition.failure !== undefined && this.#choices.chance(0.3))
      await this.#reopen(partition);
  }

  #burst(partition: Partition): void {
    const count = 1 + this.#choices.below(8);
    for (let i = 0; i < count; i += 1)
      this.#inFlight.push(this.#choices.chance(0.5) ? this.#write(partition) : this.#update(partition));
  }

  #write(partition: Partition): Promise<void> {
    const operation = this.#issue(this.#choices.mutations());
    return this.#answer(operation, partition.write(operation.mutations));
  }

  #update(partition: Partition): Promise<void> {
    const key = this.#choices.key();
    let operation: IssuedOperation | undefined;
    const outcome = partition.update(key, (current) => {
      const value = current === undefined ? undefined : text(current);
      const mutations = [{ key, value: this.#choices.value() }, ...this.#choices.mutations().slice(0, 1)];
      operation = this.#issue(mutations, { key, value });
      return operation.mutations;
    });
    return outcome.then(
      (sequence) => this.#answer(operation as IssuedOperation, Promise.resolve(sequence as number)),
      (error: unknown) => {
        if (operation !== undefined) return this.#answer(operation, Promise.reject(error));
        return throwUnlessExpected(error);
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
    if ((await this.#tolerate(learnChanges(partition, this.#model).then(() => true))) !== true) return;
    const key = this.#choices.key();
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
    if (!this.#world.dead) await this.#tolerate(this.#compare(partition));
  }

  async #compare(partition: Partition): Promise<void> {
    await learnChanges(partition, this.#model);
    await compareRange(partition, this.#model.content, this.#choices.range());
    await this.#checkFollower(partition);
  }

  async #holdSnapshot(partition: Partition): Promise<void> {
    await this.#quiesce();
    if (this.#world.dead) return;
    const snapshot = partition.snapshot();
    const learned = await this.#tolerate(learnChanges(partition, this.#model).then(() => true));
    if (learned !== true) return;
    assert.equal(snapshot.sequence, this.#model.sequence);
    this.#snapshots.push({ snapshot, content: new Map(this.#model.content) });
  }

  async #checkSnapshot(partition: Partition): Promise<void> {
    const held = this.#snapshots[0];
    if (held === undefined) return;
    await this.#tolerate(compareRange(partition, held.content, this.#choices.range(), held.snapshot));
    if (this.#choices.chance(0.5)) return;
    held.snapshot.release();
    this.#snapshots.shift();
  }

  /** In the background, until a fault, a restart or the end. */
  #follow(partition: Partition): void {
    this.#follower.follow(partition).catch(throwUnlessExpected);
  }

  async #checkFollower(partition: Partition): Promise<void> {
    const { sequence } = partition.statistics;
    if (!(await this.#follower.through(sequence))) return;
    assert.equal(sequence, this.#model.sequence);
    assert.deepEqual(this.#follower.content, this.#model.content, 'the follower has what is there');
  }

  async #checkpoint(partition: Partition): Promise<void> {
    try {
      this.#model.promise(await this.#checkpoints.take(partition));
    } catch (error) {
      throwUnlessExpected(error);
    }
  }

  #retain(partition: Partition): void {
    const readers = {
      model: this.#model.sequence,
      ...(this.#followerIsRegistered && { follower: this.#follower.passed }),
    };
    for (const [name, passed] of Object.entries(readers)) {
      this.#inFlight.push(partition.retain(name, passed).catch(() => undefined));
    }
  }

  /** The model no longer needs the log of what it has learned. */
  async #progress(partition: Partition): Promise<void> {
    await this.#tolerate(learnChanges(partition, this.#model).then(() => this.#retain(partition)));
  }

  async #reopen(partition: Partition): Promise<void> {
    this.#world.memory.capacityBytes = Number.POSITIVE_INFINITY;
    if (this.#choices.chance(0.5)) await this.#quiesce();
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
    memory.capacityBytes = memory.usedBytes + this.#choices.below(20_000);
  }

  #loseEverything(): void {
    this.#follower.stop();
    this.#model.promise(this.#follower.passed);
    this.#partition = undefined;
    this.#inFlight = [];
    this.#snapshots = [];
    this.#world.restart();
  }

  async #settle(outcome: Promise<unknown>): Promise<void> {
    await this.#world.settle(outcome);
  }

  /** The outcome, or undefined when an injected fault or the power cut stood in the way. */
  async #tolerate<Result>(outcome: Promise<Result>): Promise<Result | undefined> {
    try {
      return await this.#world.settle(outcome);
    } catch (error) {
      throwUnlessExpected(error);
      return undefined;
    }
  }
}

/**
 * One seed: a node of two to four partitions, their coordinator and its decision log run transactions and single writes at
 * the same time, some with tokens and again, on a disk that fails and fills up, while the power goes at any operation.
 * After each start, and whenever nothing is under way, it is looked at what is there; at the end, whether one order of
 * all explains everything that was seen. Everything follows from the seed.
 */
import assert from 'node:assert/strict';

import { PartitionError } from '../../../src/partition/errors.js';
import { spaceRetryMs } from '../../../src/partition/limits.js';
import type { Partition, Snapshot } from '../../../src/partition/types.js';
import { DECISIONS_REMOVED_MS, TOKEN_LIFE_MS } from '../../../src/transaction/limits.js';
import type { Action, Token } from '../../../src/transaction/types.js';
import { makeDirectoryDurably } from '../../../src/vfs/io.js';
import { MemoryDisk } from '../../../src/vfs/memory-disk.js';
import type { Operation } from '../../histories/history.js';
import { Choices } from '../choices.js';
import { throwUnlessExpected } from '../tolerance.js';
import { calm, type FaultCounts, type FaultRates, type Trace, World } from '../world.js';
import { type Attempt, Ledger, markerRange, type Request } from './ledger.js';
import { decisionsName, Node, type NodeSettings, type Place, READER, root } from './node.js';
import { choosePlan, type Plan, perform, readOf, type Step } from './plan.js';

/** By so much the wall clock may be wrong after a restart. */
const CLOCK_ERROR_MS = 10_000;

export interface TransactionSimulationResult {
  readonly operations: number;
  readonly committed: number;
  /** Of those committed, the ones that needed a decision. */
  readonly overSeveral: number;
  readonly repeated: number;
  readonly starts: number;
}

export class TransactionSimulation {
  readonly #choices: Choices;
  readonly #world: World;
  readonly #rates: FaultRates;
  readonly #settings: NodeSettings;
  /** Lists, and registers, of each partition. */
  readonly #keys: number;
  readonly #ledger = new Ledger();
  /** The last change learned of each partition. */
  readonly #learned = new Map<string, number>();
  #requests: Request[] = [];
  #node: Node | undefined;
  #inFlight: Promise<unknown>[] = [];
  /** Grows with each power cut: what is answered afterwards was answered by nobody. */
  #life = 0;
  readonly #counts = { overSeveral: 0, repeated: 0, starts: 0 };

  /** `trace` is told every operation on the disk. */
  constructor(seed: number, counts: FaultCounts, trace?: Trace) {
    this.#choices = new Choices(seed);
    this.#rates = this.#choices.faultRates();
    this.#world = new World(new MemoryDisk(), this.#choices.random, counts, trace);
    this.#keys = this.#choices.pick([1, 3, 10]);
    this.#settings = {
      partitions: 2 + this.#choices.below(3),
      partition: this.#choices.partitionOptions(),
      coordinator: {
        waitMs: this.#choices.pick([1, 50, 1000]),
        waitersMax: this.#choices.pick([1, 1024]),
        knownMax: this.#choices.pick([1, 5, 1000]),
      },
    };
  }

  async run(steps: number): Promise<TransactionSimulationResult> {
    await makeDirectoryDurably(this.#world.memory, root);
    for (let step = 0; step < steps; step += 1) {
      if (this.#node === undefined) await this.#start();
      else await this.#step(this.#node);
      if (this.#world.dead) this.#loseEverything();
    }
    await this.#quiesce();
    this.#world.rates = calm;
    if (!this.#world.dead) this.#world.cutNow();
    this.#loseEverything();
    await this.#start({ calmly: true });
    assert(this.#node !== undefined, 'a sound disk opens');
    await this.#end(this.#node);
    const committed = this.#ledger.count('committed');
    return { operations: this.#ledger.attempts, committed, ...this.#counts };
  }

  /** No fault any more: everything gets through, and the decisions go. */
  async #end(node: Node): Promise<void> {
    this.#transact(node, choosePlan(this.#choices, node.places.length, this.#keys));
    await this.#quiesce();
    await this.#world.settle(this.#audit(node, false));
    await this.#rest(2 * DECISIONS_REMOVED_MS);
    const first = await this.#world.settle(Promise.resolve(node.decisions.range({}).next()));
    assert.equal(first, undefined, 'no decision is kept for nobody');
    await this.#world.settle(this.#learn(node));
    await this.#world.settle(node.close());
    this.#ledger.end();
  }

  /** Nothing is asked for, for so long. */
  async #rest(ms: number): Promise<void> {
    const over = new Promise<void>((resolve) => this.#world.clock.after(ms, resolve));
    await this.#world.settle(over);
  }

  async #start(how: { readonly calmly?: boolean } = {}): Promise<void> {
    const isCalm = how.calmly === true;
    this.#world.rates = isCalm || this.#choices.chance(0.5) ? calm : this.#rates;
    if (!isCalm && this.#choices.chance(0.7)) this.#world.cutAfter(1 + this.#choices.below(800));
    this.#counts.starts += 1;
    const node = await this.#tolerate(Node.open(this.#world, this.#choices, this.#settings));
    if (node === undefined) return;
    this.#node = node;
    // A reader of every log, like any other.
    for (const { name, partition } of node.places) {
      const retained = partition.retain(READER, this.#learned.get(name) ?? 0);
      this.#inFlight.push(retained.catch(throwUnlessExpected));
    }
    await this.#tolerate(this.#audit(node, true));
  }

  async #step(node: Node): Promise<void> {
    const dice = this.#choices.below(100);
    if (dice < 44) this.#burst(node);
    else if (dice < 48) await this.#burstOverFailure(node);
    else if (dice < 60) await this.#quiesce();
    else if (dice < 70) this.#inFlight.push(this.#look(node));
    else if (dice < 76) this.#repeat(node);
    else if (dice < 84) await this.#auditQuietly(node);
    else if (dice < 89) this.#inFlight.push(this.#anyPartition(node).flush().catch(throwUnlessExpected));
    else if (dice < 91) this.#inFlight.push(this.#anyPartition(node).compact().catch(throwUnlessExpected));
    else if (dice < 94) this.#world.clock.advance(this.#choices.below(2000));
    else if (dice < 96) this.#changeSpace();
    else await this.#reopen(node);
    if (!this.#world.dead && node.hasFailed && this.#choices.chance(0.2)) await this.#reopen(node);
  }

  #burst(node: Node): void {
    for (let left = 1 + this.#choices.below(5); left > 0; left -= 1) {
      const plan = choosePlan(this.#choices, node.places.length, this.#keys);
      if (this.#choices.chance(0.25)) this.#writeOne(node, plan[0] as Step);
      else if (this.#choices.chance(0.5)) this.#transact(node, plan);
      else {
        const nowMs = this.#world.clock.now();
        const token = `token ${this.#ledger.attempts}`;
        const request = { plan, token, untilMs: nowMs + TOKEN_LIFE_MS - CLOCK_ERROR_MS, attempts: [] };
        this.#requests.push(request);
        this.#transact(node, plan, request);
      }
    }
  }

  /** A log fails under it, others go on at once, and who was told of the failure asks again. */
  async #burstOverFailure(node: Node): Promise<void> {
    const directories = [...node.places.map(({ name }) => name), decisionsName];
    this.#world.failNextWrite(`${root}/${this.#choices.pick(directories)}`);
    this.#burst(node);
    if (this.#choices.chance(0.5)) this.#burst(node);
    else {
      await this.#quiesce();
      if (this.#world.dead) return;
      // Perhaps so long that the log goes on.
      this.#world.clock.advance(this.#choices.pick([0, 2 * spaceRetryMs]));
      await this.#quiesce();
      for (let left = 5; left > 0 && !this.#world.dead; left -= 1) this.#repeat(node);
    }
  }

  /** The same again, as a client does that was not answered; or something else under the same token, by mistake. */
  #repeat(node: Node): void {
    const nowMs = this.#world.clock.now();
    this.#requests = this.#requests.filter(({ untilMs }) => nowMs < untilMs).slice(-20);
    if (this.#requests.length === 0) return;
    const recent = this.#choices.chance(0.5) ? this.#requests.slice(-3) : this.#requests;
    const request = this.#choices.pick(recent);
    if (this.#choices.chance(0.8)) this.#transact(node, request.plan, request);
    else this.#misuse(node, request);
  }

  #transact(node: Node, plan: Plan, request?: Request): void {
    const attempt = this.#ledger.begin(request);
    const actions = plan.map((step) => this.#action(node, step, attempt));
    const token = request && tokenOf(request, 'a');
    const outcome = node.coordinator.write(actions, { token }).then(({ kind }) => {
      if (kind === 'committed' && attempt.writesTo.size > 1) this.#counts.overSeveral += 1;
      if (kind === 'repeated') this.#counts.repeated += 1;
      return kind;
    });
    this.#inFlight.push(this.#answer(attempt, outcome));
  }

  /** It must not take effect where the token is known to have been used. */
  #misuse(node: Node, request: Request): void {
    const { plan, attempts } = request;
    const isUsed = attempts.some(({ outcome, endMs }) => outcome === 'committed' && endMs < Infinity);
    const wrote = attempts.some(({ outcome, writesTo }) => outcome === 'committed' && writesTo.size > 0);
    if (!isUsed || !wrote) return;
    const attempt = this.#ledger.begin();
    const actions = plan.map((step) => this.#action(node, step, attempt));
    const outcome = node.coordinator.write(actions, { token: tokenOf(request, 'b') }).then(({ kind }) => {
      assert.fail(`another transaction with the token of ${attempts.map(({ id }) => id)} was ${kind}`);
    });
    this.#inFlight.push(this.#answer(attempt, outcome));
  }

  #action(node: Node, step: Step, attempt: Attempt): Action<undefined, undefined> {
    const place = node.places[step.place] as Place;
    return {
      participant: place,
      key: step.key,
      mode: step.kind === 'check' ? 'shared' : 'exclusive',
      decide: (current) => {
        const { isRefused, mutations } = this.#decide(place, step, attempt, current);
        return isRefused
          ? { refused: true, refusal: undefined }
          : { refused: false, reply: undefined, mutations };
      },
    };
  }

  #decide({ name }: Place, step: Step, attempt: Attempt, current: Uint8Array | undefined) {
    const { found, written, mutation, isRefused } = perform(step, name, current, this.#ledger.nextValue());
    attempt.operations.push(found);
    if (written === undefined || mutation === undefined) return { isRefused, mutations: [] };
    attempt.operations.push(written);
    attempt.writesTo.add(name);
    const marker = this.#ledger.markerOf(attempt, this.#choices.value());
    return { isRefused, mutations: [mutation, marker] };
  }

  /** As owners of partitions do it: past the locks, or in the queue of the key. */
  #writeOne(node: Node, step: Step): void {
    const place = node.places[step.place] as Place;
    const { partition, admission } = place;
    const attempt = this.#ledger.begin();
    const isBlind = step.kind === 'replace' && step.unlucky === undefined && this.#choices.chance(0.5);
    const outcome = admission.write(step.key, (admitted) => {
      attempt.operations = [];
      if (isBlind) {
        const { written, mutation } = perform(step, place.name, undefined, this.#ledger.nextValue());
        attempt.operations.push(written as Operation);
        attempt.writesTo.add(place.name);
        const marker = this.#ledger.markerOf(attempt, this.#choices.value());
        return partition.write([mutation as NonNullable<typeof mutation>, marker], admitted);
      }
      return partition.update(step.key, (current) => {
        admitted.enter(step.key);
        const { isRefused, mutations } = this.#decide(place, step, attempt, current);
        return isRefused || mutations.length === 0 ? null : mutations;
      });
    });
    const kind = outcome.then((sequence) => (sequence === null ? 'refused' : 'committed'));
    this.#inFlight.push(this.#answer(attempt, kind));
  }

  async #answer(attempt: Attempt, outcome: Promise<'committed' | 'refused' | 'repeated'>): Promise<void> {
    const life = this.#life;
    const isOver = () => this.#world.dead || life !== this.#life;
    try {
      const kind = await outcome;
      if (isOver()) return;
      if (kind === 'repeated') this.#ledger.repeated(attempt);
      else if (kind === 'refused') this.#ledger.refused(attempt);
      else this.#ledger.committed(attempt);
    } catch (error) {
      throwUnlessExpected(error);
      if (isOver()) return;
      const isUnknown = error instanceof PartitionError && error.maySurvive;
      if (!isUnknown) this.#ledger.aborted(attempt);
    }
  }

  /** A transaction that reads: the same moment of all partitions. */
  async #look(node: Node): Promise<void> {
    const life = this.#life;
    const startMs = this.#ledger.tick();
    const plan = choosePlan(this.#choices, node.places.length, this.#keys);
    try {
      const operations = await this.#atOneMoment(node, (snapshots) =>
        Promise.all(
          plan.map(async ({ place, key }) => {
            const { name, partition } = node.places[place] as Place;
            return readOf(name, key, await partition.get(key, snapshots[place]));
          }),
        ),
      );
      if (!this.#world.dead && life === this.#life) this.#ledger.looked(startMs, operations);
    } catch (error) {
      throwUnlessExpected(error);
    }
  }

  async #atOneMoment<Result>(
    { places }: Node,
    read: (snapshots: readonly Snapshot[]) => Promise<Result>,
  ): Promise<Result> {
    const snapshots = places.map(({ partition }) => partition.snapshot());
    try {
      return await read(snapshots);
    } finally {
      for (const snapshot of snapshots) snapshot.release();
    }
  }

  async #auditQuietly(node: Node): Promise<void> {
    await this.#quiesce();
    if (!this.#world.dead) await this.#tolerate(this.#audit(node, false));
    if (!this.#world.dead) await this.#tolerate(this.#learn(node));
  }

  async #audit(node: Node, afterStart: boolean): Promise<void> {
    const startMs = this.#ledger.tick();
    const found = await this.#atOneMoment(node, async (snapshots) => {
      const markers = new Map<string, readonly string[]>();
      const items: Operation[] = [];
      for (const [index, { name, partition }] of node.places.entries()) {
        const snapshot = snapshots[index] as Snapshot;
        markers.set(name, await keysOf(partition, markerRange, snapshot));
        for (let key = 0; key < this.#keys; key += 1) {
          for (const each of [`l${key}`, `r${key}`]) {
            items.push(readOf(name, each, await partition.get(each, snapshot)));
          }
        }
      }
      return { markers, items };
    });
    if (this.#world.dead) return;
    this.#ledger.audit(found.markers, afterStart);
    this.#ledger.looked(startMs, found.items);
  }

  async #learn(node: Node): Promise<void> {
    for (const { name, partition } of node.places) {
      for await (const change of partition.changes(this.#learned.get(name) ?? 0)) {
        if (this.#world.dead) return;
        this.#ledger.learn(name, change);
        this.#learned.set(name, change.sequence);
      }
      await partition.retain(READER, this.#learned.get(name) ?? 0);
    }
  }

  #anyPartition({ partitions }: Node): Partition {
    return this.#choices.pick(partitions);
  }

  async #reopen(node: Node): Promise<void> {
    this.#world.memory.capacityBytes = Number.POSITIVE_INFINITY;
    if (this.#choices.chance(0.5)) await this.#quiesce();
    await this.#tolerate(node.close());
    await this.#quiesce();
    this.#node = undefined;
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

  async #quiesce(): Promise<void> {
    await this.#world.settle(Promise.all(this.#inFlight));
    this.#inFlight = [];
  }

  #loseEverything(): void {
    this.#life += 1;
    this.#node = undefined;
    this.#inFlight = [];
    this.#world.restart();
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

function tokenOf({ token }: Request, digit: string): Token {
  return { value: token, digest: digit.repeat(64) };
}

async function keysOf(
  partition: Partition,
  range: { readonly from: string; readonly to: string },
  snapshot: Snapshot,
): Promise<string[]> {
  const keys: string[] = [];
  const cursor = partition.range(range, snapshot);
  try {
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      keys.push(entry.key);
    }
  } finally {
    cursor.close();
  }
  return keys;
}

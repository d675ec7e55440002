/** The machine that a simulated partition runs on: a disk that loses power and fails, a clock that is moved by hand. */
import assert from 'node:assert/strict';

import { type DiskOperation, type Fault, FaultyDisk } from '../../src/vfs/faulty-disk.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { randomBelow, randomFraction, type SeededRandom } from '../../src/vfs/seeded-random.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';

export interface FaultCounts {
  powerCuts: number;
  errors: number;
  shorts: number;
  delays: number;
  flips: number;
  fullDisks: number;
}

export function noFaults(): FaultCounts {
  return { powerCuts: 0, errors: 0, shorts: 0, delays: 0, flips: 0, fullDisks: 0 };
}

/** Chances of each fault at each operation. */
export interface FaultRates {
  readonly error: number;
  readonly short: number;
  readonly delay: number;
  readonly flip: number;
}

export const calm: FaultRates = { error: 0, short: 0, delay: 0, flip: 0 };

/** Told every operation on the disk, when it is asked for. */
export type Trace = (operation: DiskOperation, atMs: number) => void;

export class World {
  readonly counts: FaultCounts;
  readonly random: SeededRandom;
  /** None until they are set. */
  rates: FaultRates = calm;
  memory: MemoryDisk;
  disk: FaultyDisk;
  clock = new VirtualClock();
  /** What the power cut left; set at the moment of the cut. */
  #remains: MemoryDisk | undefined;
  #operationsUntilCut = Number.POSITIVE_INFINITY;
  /** Where the next write fails. */
  #failing: string | undefined;
  readonly #trace: Trace | undefined;

  /** `memory`: what the disk holds at the beginning. */
  constructor(memory: MemoryDisk, random: SeededRandom, counts: FaultCounts, trace?: Trace) {
    this.memory = memory;
    this.random = random;
    this.counts = counts;
    this.#trace = trace;
    this.disk = this.#makeDisk();
  }

  get dead(): boolean {
    return this.#remains !== undefined;
  }

  /** The power goes at that operation from now on, while it is half done. */
  cutAfter(operations: number): void {
    this.#operationsUntilCut = operations;
  }

  /** The next write to a file in that directory fails, whatever the rates are. */
  failNextWrite(directory: string): void {
    this.#failing = `${directory}/`;
  }

  cutNow(): void {
    this.counts.powerCuts += 1;
    const survive = [0, 0.1, 0.5, 1][randomBelow(this.random, 4)] as number;
    this.#remains = this.memory.crashClone({ random: this.random, survive });
    this.disk.stop();
  }

  /** The machine starts again with what the power cut left. */
  restart(): void {
    assert(this.#remains !== undefined);
    this.memory = this.#remains;
    this.#remains = undefined;
    this.memory.capacityBytes = Number.POSITIVE_INFINITY;
    const nowMs = this.clock.now();
    // The wall clock need not come back where it was.
    this.clock = new VirtualClock(nowMs + randomBelow(this.random, 10_000) - 5_000);
    this.#operationsUntilCut = Number.POSITIVE_INFINITY;
    this.#failing = undefined;
    this.disk = this.#makeDisk();
  }

  /**
   * Lets everything happen until `outcome` is there; time passes only when nothing else can. Undefined when the power
   * went first.
   */
  async settle<Result>(outcome: Promise<Result>): Promise<Result | undefined> {
    let settled = false;
    const note = () => {
      settled = true;
    };
    outcome.then(note, note);
    for (let turns = 0; ; turns += 1) {
      await turn();
      if (this.dead) return undefined;
      if (settled) return outcome;
      assert(turns < 100_000, 'a promise that nothing settles');
      this.clock.advanceToNext();
    }
  }

  #makeDisk(): FaultyDisk {
    const disk = new FaultyDisk(this.memory, {
      clock: this.clock,
      plan: (operation) => this.#fault(operation),
      onIssued: () => {
        this.#operationsUntilCut -= 1;
        if (this.#operationsUntilCut === 0 && this.disk === disk) this.cutNow();
      },
    });
    return disk;
  }

  #fault(operation: DiskOperation): Fault | undefined {
    this.#trace?.(operation, this.clock.monotonic());
    const { kind, path, length = 0 } = operation;
    if (kind === 'write' && this.#failing !== undefined && path.startsWith(this.#failing)) {
      this.#failing = undefined;
      this.counts.errors += 1;
      const code = randomBelow(this.random, 2) === 0 ? 'EIO' : 'ENOSPC';
      return { kind: 'error', code, when: randomBelow(this.random, 2) === 0 ? 'before' : 'after' };
    }
    const chance = randomFraction(this.random);
    const { error, short, delay, flip } = this.rates;
    if (chance < error) {
      this.counts.errors += 1;
      return { kind: 'error', code: 'EIO', when: randomBelow(this.random, 2) === 0 ? 'before' : 'after' };
    }
    const moving = kind === 'read' || kind === 'write';
    if (chance < error + short && moving && length > 1) {
      this.counts.shorts += 1;
      return { kind: 'short', bytes: 1 + randomBelow(this.random, length - 1) };
    }
    if (chance < error + short + delay) {
      this.counts.delays += 1;
      return { kind: 'delay', delayMs: randomBelow(this.random, 20) };
    }
    // A log whose last batch reads wrong cannot be told from one whose last write was torn: flips are for tables.
    if (chance < error + short + delay + flip && kind === 'read' && path.endsWith('.sst')) {
      this.counts.flips += 1;
      return { kind: 'flip', bit: randomBelow(this.random, Math.max(1, length * 8)) };
    }
    return undefined;
  }
}

/** Everything that can happen without a timer has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

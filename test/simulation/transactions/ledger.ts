/**
 * What was asked of a simulated node, what it answered, and what it was found to hold.
 *
 * Each attempt (a transaction, or a single write) puts a marker of its own into every partition that it writes to, by the
 * same record as its items. So whoever reads the markers of all partitions as of one moment knows of each attempt whether
 * it is there: in all its partitions, or in none.
 */
import assert from 'node:assert/strict';

import type { Change, Mutation } from '../../../src/partition/types.js';
import { check } from '../../histories/checker.js';
import { isWrite, type Operation, type Outcome, type Transaction } from '../../histories/history.js';
import type { Plan } from './plan.js';

const MARKER = '~';

/** Keys of markers. */
export const markerRange = { from: MARKER, to: '\x7f' };

export interface Attempt extends Transaction {
  readonly id: number;
  readonly request: Request | undefined;
  outcome: Outcome;
  operations: Operation[];
  endMs: number;
  /** Names of the partitions that it writes to, once that is decided. */
  readonly writesTo: Set<string>;
}

/** What may be asked for again, with its token. */
export interface Request {
  readonly plan: Plan;
  readonly token: string;
  /** Of the wall clock: so long it counts once. */
  readonly untilMs: number;
  readonly attempts: Attempt[];
}

/** Of a transaction in the change feeds. */
interface Seen {
  readonly timestampMs: number;
  readonly marker: number;
  readonly partitions: Set<string>;
}

export class Ledger {
  readonly #attempts: Attempt[] = [];
  readonly #looks: Transaction[] = [];
  readonly #seen = new Map<string, Seen>();
  readonly #marked = new Map<number, Set<string>>();
  #ticks = 0;
  #values = 0;

  get attempts(): number {
    return this.#attempts.length;
  }

  count(outcome: Outcome): number {
    return this.#attempts.filter((attempt) => attempt.outcome === outcome).length;
  }

  /** Order of events is all there is of time. */
  tick(): number {
    this.#ticks += 1;
    return this.#ticks;
  }

  /** Never written before. */
  nextValue(): number {
    this.#values += 1;
    return this.#values;
  }

  begin(request?: Request): Attempt {
    const attempt: Attempt = {
      id: this.#attempts.length + 1,
      request,
      outcome: 'unknown',
      operations: [],
      startMs: this.tick(),
      endMs: Number.POSITIVE_INFINITY,
      writesTo: new Set(),
    };
    this.#attempts.push(attempt);
    request?.attempts.push(attempt);
    return attempt;
  }

  markerOf({ id }: Attempt, filler: Uint8Array): Mutation {
    return { key: `${MARKER}${id}`, value: filler };
  }

  committed(attempt: Attempt): void {
    attempt.outcome = 'committed';
    attempt.endMs = this.tick();
  }

  /** What it saw, it saw. */
  refused(attempt: Attempt): void {
    attempt.operations = attempt.operations.filter((operation) => !isWrite(operation));
    attempt.writesTo.clear();
    this.committed(attempt);
  }

  /** It was told that nothing was written. */
  aborted(attempt: Attempt): void {
    attempt.outcome = 'aborted';
    attempt.endMs = this.tick();
  }

  /** It was told that an attempt with the same token took effect. */
  repeated(attempt: Attempt): void {
    this.aborted(attempt);
    const others = attempt.request?.attempts.filter((other) => other !== attempt) ?? [];
    const possible = others.filter(({ outcome }) => outcome !== 'aborted');
    assert(possible.length > 0, `attempt ${attempt.id} repeats nothing`);
    const [only] = possible;
    if (possible.length === 1 && only?.outcome === 'unknown') this.committed(only);
  }

  /** A read of several keys as of one moment, begun at `startMs`. */
  looked(startMs: number, operations: readonly Operation[]): void {
    this.#looks.push({ outcome: 'committed', operations, startMs, endMs: this.tick() });
  }

  /**
   * Holds the keys of all markers, by partition and of one moment, against what was answered.
   * @param afterStart what is not there now never will be
   */
  audit(found: ReadonlyMap<string, readonly string[]>, afterStart: boolean): void {
    const partitionsOf = new Map<number, Set<string>>();
    for (const [partition, keys] of found) {
      for (const key of keys) addTo(partitionsOf, Number(key.slice(MARKER.length)), partition);
    }
    for (const attempt of this.#attempts) this.#auditOne(attempt, partitionsOf.get(attempt.id), afterStart);
    for (const { request } of this.#attempts) {
      const there = request?.attempts.filter(({ id }) => partitionsOf.has(id)) ?? [];
      assert(there.length <= 1, `attempts ${there.map(({ id }) => id)} have one token and are all there`);
    }
  }

  #auditOne(attempt: Attempt, there: Set<string> | undefined, afterStart: boolean): void {
    const { id, outcome, writesTo } = attempt;
    if (there === undefined) {
      assert(outcome !== 'committed' || writesTo.size === 0, `attempt ${id} was acknowledged and is gone`);
      // One that only checks leaves a token, and no marker.
      const leavesMarker = writesTo.size > 0 || attempt.operations.length === 0;
      if (afterStart && outcome === 'unknown' && leavesMarker) this.aborted(attempt);
      return;
    }
    assert(outcome !== 'aborted', `attempt ${id} is there, and it was said that it is not`);
    assert.deepEqual([...there].sort(), [...writesTo].sort(), `attempt ${id} is there as a whole`);
    if (outcome === 'unknown') this.committed(attempt);
  }

  /** The next change of a partition: all changes of a transaction say when it was, and say the same. */
  learn(partition: string, { mutations, transaction }: Change): void {
    const marker = Number(mutations.find(({ key }) => key.startsWith(MARKER))?.key.slice(MARKER.length));
    if (Number.isNaN(marker)) return;
    addTo(this.#marked, marker, partition);
    if (transaction === undefined) return;
    const { id, timestampMs } = transaction;
    const seen = this.#seen.get(id);
    if (seen === undefined) this.#seen.set(id, { timestampMs, marker, partitions: new Set([partition]) });
    else {
      assert.deepEqual(
        [timestampMs, marker],
        [seen.timestampMs, seen.marker],
        `changes of transaction ${id}`,
      );
      assert(!seen.partitions.has(partition), `transaction ${id} has two changes in ${partition}`);
      seen.partitions.add(partition);
    }
  }

  /** Every change has been learned, and nothing is under way. */
  end(): void {
    for (const { id, outcome, writesTo } of this.#attempts) {
      const marked = [...(this.#marked.get(id) ?? [])].sort();
      const expected = outcome === 'committed' ? [...writesTo].sort() : [];
      assert.deepEqual(marked, expected, `attempt ${id} in the change feeds`);
    }
    for (const [id, { marker, partitions }] of this.#seen) {
      assert.deepEqual(partitions, this.#marked.get(marker), `transaction ${id} in the change feeds`);
    }
    const [anomaly] = check([...this.#attempts, ...this.#looks]);
    if (anomaly !== undefined) assert.fail(`${anomaly.kind}\n${anomaly.text}`);
  }
}

function addTo(sets: Map<number, Set<string>>, id: number, name: string): void {
  sets.set(id, (sets.get(id) ?? new Set()).add(name));
}

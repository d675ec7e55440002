/**
 * What a partition must hold: a sorted map fed with the log's records, and the history of what was asked and answered.
 *
 * Every record carries the id of the operation that wrote it, under a marker key. So each record that the change feed
 * yields can be held against the one operation that may have written it.
 */
import assert from 'node:assert/strict';

import type { Change, Mutation } from '../../src/partition/types.js';

/** What an operation put into its record, and how it ended. */
export interface IssuedOperation {
  readonly id: number;
  readonly mutations: readonly Mutation[];
  /** Of an update: what its decision was made on. */
  readonly saw?: { readonly key: string; readonly value: string | undefined };
  /** Set when it was acknowledged. */
  sequence?: number;
  /** It was answered with an error that says that it was not written. */
  refused?: boolean;
}

export type Content = ReadonlyMap<string, string>;

const markerPrefix = '~';

export function markerOf(id: number): Mutation {
  return { key: `${markerPrefix}${id % 5}`, value: Buffer.from(`${id}`) };
}

export class Model {
  readonly #operations = new Map<number, IssuedOperation>();
  /** By sequence, from 1. */
  readonly #records: Change[] = [];
  readonly #content = new Map<string, string>();
  /** Highest sequence that somebody was told of: acknowledged, or visible to a reader. */
  #promised = 0;

  /** Sequence of the last record learned. */
  get sequence(): number {
    return this.#records.length;
  }

  get content(): Content {
    return this.#content;
  }

  /** After the record of that sequence. */
  contentAt(sequence: number): Content {
    assert(sequence <= this.sequence);
    const content = new Map<string, string>();
    for (const change of this.#records.slice(0, sequence)) apply(content, change);
    return content;
  }

  issue(operation: IssuedOperation): void {
    this.#operations.set(operation.id, operation);
  }

  acknowledge(id: number, sequence: number): void {
    const operation = this.#operations.get(id);
    assert(operation !== undefined);
    operation.sequence = sequence;
    this.promise(sequence);
  }

  /** Somebody saw the partition at that sequence: it must never be behind again. */
  promise(sequence: number): void {
    this.#promised = Math.max(this.#promised, sequence);
  }

  /** The next record of the log. */
  learn(change: Change): void {
    assert.equal(change.sequence, this.sequence + 1, 'the change feed has no gap');
    const marker = change.mutations.find(({ key }) => key.startsWith(markerPrefix));
    const id = Number(Buffer.from(marker?.value ?? []).toString());
    const operation = this.#operations.get(id);
    assert(operation !== undefined, `record ${change.sequence} was written by nobody`);
    assert(operation.refused !== true, `operation ${id} was refused, and is in record ${change.sequence}`);
    assert.equal(
      operation.sequence ?? change.sequence,
      change.sequence,
      `operation ${id} was acknowledged elsewhere`,
    );
    assert.deepEqual(plain(change.mutations), plain(operation.mutations), `operation ${id} is whole`);
    if (operation.saw !== undefined) {
      const { key, value } = operation.saw;
      assert.equal(value, this.#content.get(key), `operation ${id} saw what was there before it`);
    }
    apply(this.#content, change);
    this.#records.push(change);
    this.#operations.delete(id);
  }

  /** The partition has recovered through `sequence`, and all of it was learned. */
  recovered(sequence: number): void {
    assert.equal(sequence, this.sequence, 'everything recovered is in the change feed');
    assert(sequence >= this.#promised, `recovered through ${sequence}, but ${this.#promised} was promised`);
    for (const { id, sequence: acknowledged } of this.#operations.values()) {
      assert.equal(acknowledged, undefined, `operation ${id} was acknowledged and is gone`);
    }
    // What had not reached the disk never will.
    this.#operations.clear();
  }
}

/** Long values are compared by their bytes, too: a text of one character for each. */
export function text(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

function apply(content: Map<string, string>, { mutations }: Change): void {
  for (const { key, value } of mutations) {
    if (value === null) content.delete(key);
    else content.set(key, text(value));
  }
}

function plain(mutations: readonly Mutation[]): unknown {
  return mutations.map(({ key, value }) => [key, value === null ? null : text(value)]);
}

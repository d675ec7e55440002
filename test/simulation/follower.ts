/**
 * A replica: a map fed by the live change feed of a partition, over the lives of the partition. It remembers what it has
 * passed, as a replica on another machine would. Where the log no longer has what it needs, it begins anew, from a copy.
 */
import assert from 'node:assert/strict';

import type { Mutation, Partition } from '../../src/partition/types.js';
import { errorCode } from '../../src/vfs/errors.js';
import type { Choices } from './choices.js';
import { text } from './model.js';

/** Chance that it takes its time for a change, until it is woken. */
const slowness = 0.02;

export class Follower {
  /** Changes that it was given. */
  followed = 0;
  #passed = 0;
  readonly #content = new Map<string, string>();
  readonly #choices: Choices;
  #abort = new AbortController();
  #isFollowing = false;
  #onWake: (() => void) | undefined;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  /** Of the last change that it was given. What it has must never be taken back. */
  get passed(): number {
    return this.#passed;
  }

  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  get content(): ReadonlyMap<string, string> {
    return this.#content;
  }

  /** Goes on from where it was. Resolves when it is told to stop; rejects when a fault stands in the way. */
  async follow(partition: Partition): Promise<void> {
    this.stop();
    const { signal } = this.#abort;
    this.#isFollowing = true;
    try {
      await this.#follow(partition, signal);
    } finally {
      if (this.#abort.signal === signal) this.#isFollowing = false;
    }
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#isFollowing = false;
    this.#wake();
  }

  /** Resolves when it has passed `sequence`; with false when it has stopped before. */
  async through(sequence: number): Promise<boolean> {
    while (this.#passed < sequence && this.#isFollowing) {
      this.#wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return this.#passed >= sequence;
  }

  /** It takes what there is. */
  #wake(): void {
    this.#onWake?.();
    this.#onWake = undefined;
  }

  async #follow(partition: Partition, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        for await (const { sequence, mutations } of partition.changes(this.#passed, { live: true, signal })) {
          if (signal.aborted) return;
          assert(sequence > this.#passed, 'the live feed goes forward');
          this.#take(sequence, mutations);
          if (this.#choices.chance(slowness)) await this.#pause();
        }
        return;
      } catch (error) {
        if (errorCode(error) !== 'LOG_TRUNCATED') throw error;
        await this.#copy(partition, signal);
        if (signal.aborted) return;
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWake = resolve;
    });
  }

  #take(sequence: number, mutations: readonly Mutation[]): void {
    for (const { key, value } of mutations) {
      if (value === null) this.#content.delete(key);
      else this.#content.set(key, text(value));
    }
    this.#passed = sequence;
    this.followed += 1;
  }

  /** All that is there at this moment, instead of what was missed. */
  async #copy(partition: Partition, signal: AbortSignal): Promise<void> {
    const snapshot = partition.snapshot();
    const cursor = partition.range({}, snapshot);
    try {
      const content = new Map<string, string>();
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        content.set(entry.key, text(entry.value));
      }
      if (signal.aborted) return;
      this.#content.clear();
      for (const [key, value] of content) this.#content.set(key, value);
      this.#passed = snapshot.sequence;
    } finally {
      cursor.close();
      snapshot.release();
    }
  }
}

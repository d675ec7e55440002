/** A random sequence of operations as plain data, and what a partition answers to it. */
import type { Cursor, KeyRange, Mutation, Partition, Snapshot } from '../../src/partition/types.js';
import { Choices } from './choices.js';

export type Step =
  /** Records that are handed over together. */
  | { readonly kind: 'write'; readonly records: readonly (readonly Mutation[])[] }
  /** Writes the current value with something behind it. */
  | { readonly kind: 'extend'; readonly key: string; readonly by: Uint8Array }
  /** Deletes what is there; writes nothing when nothing is. */
  | { readonly kind: 'take'; readonly key: string }
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'range'; readonly range: KeyRange }
  | { readonly kind: 'hold snapshot' | 'release snapshots' | 'flush' | 'compact' | 'pass' }
  | { readonly kind: 'read snapshot'; readonly key: string; readonly range: KeyRange }
  /** The change feed from somewhere between what the reader has passed (0) and the present (1). */
  | { readonly kind: 'changes'; readonly from: number };

const reader = 'script';

export function makeScript(seed: number, length: number): Step[] {
  const choices = new Choices(seed);
  return Array.from({ length }, () => makeStep(choices));
}

function makeStep(choices: Choices): Step {
  const dice = choices.below(100);
  const key = choices.key();
  if (dice < 35) {
    return {
      kind: 'write',
      records: Array.from({ length: 1 + choices.below(6) }, () => choices.mutations()),
    };
  }
  if (dice < 42) return { kind: 'extend', key, by: choices.value() };
  if (dice < 47) return { kind: 'take', key };
  if (dice < 62) return { kind: 'get', key };
  if (dice < 74) return { kind: 'range', range: choices.range() };
  if (dice < 78) return { kind: 'hold snapshot' };
  if (dice < 84) return { kind: 'read snapshot', key, range: choices.range() };
  if (dice < 88) return { kind: 'release snapshots' };
  if (dice < 92) return { kind: 'flush' };
  if (dice < 94) return { kind: 'compact' };
  if (dice < 96) return { kind: 'pass' };
  return { kind: 'changes', from: choices.below(1000) / 1000 };
}

/** Runs a script, step by step. */
export class ScriptRun {
  readonly #open: () => Promise<Partition>;
  #partition: Partition | undefined;
  #held: Snapshot[] = [];
  #passed = 0;

  /** `open`: the partition of that directory, as often as asked. */
  constructor(open: () => Promise<Partition>) {
    this.#open = open;
  }

  get holdsSnapshots(): boolean {
    return this.#held.length > 0;
  }

  /** What can be told of the answer. */
  async answer(step: Step): Promise<unknown> {
    const partition = await this.#opened();
    switch (step.kind) {
      case 'write':
        return Promise.all(step.records.map((mutations) => partition.write(mutations)));
      case 'extend':
        return partition.update(step.key, (current = Buffer.alloc(0)) => [
          { key: step.key, value: Buffer.concat([current, step.by]).subarray(-5000) },
        ]);
      case 'take':
        return partition.update(step.key, (current) =>
          current === undefined ? null : [{ key: step.key, value: null }],
        );
      case 'get':
        return hex(await partition.get(step.key));
      case 'range':
        return entriesOf(partition.range(step.range));
      case 'hold snapshot': {
        const snapshot = partition.snapshot();
        this.#held.push(snapshot);
        return snapshot.sequence;
      }
      case 'read snapshot': {
        const snapshot = this.#held[0];
        if (snapshot === undefined) return undefined;
        return [
          hex(await partition.get(step.key, snapshot)),
          await entriesOf(partition.range(step.range, snapshot)),
        ];
      }
      case 'release snapshots':
        for (const snapshot of this.#held.splice(0)) snapshot.release();
        return undefined;
      case 'flush':
        return partition.flush();
      case 'compact':
        return partition.compact();
      case 'pass':
        this.#passed = partition.statistics.sequence;
        return partition.retain(reader, this.#passed);
      case 'changes': {
        const distance = partition.statistics.sequence - this.#passed;
        return this.#changes(partition, this.#passed + Math.floor(step.from * distance));
      }
    }
  }

  /** Everything that can be read. */
  async everything(): Promise<unknown> {
    const partition = await this.#opened();
    return [await entriesOf(partition.range({})), await this.#changes(partition, this.#passed)];
  }

  async close(): Promise<void> {
    for (const snapshot of this.#held.splice(0)) snapshot.release();
    await this.#partition?.close();
    this.#partition = undefined;
  }

  async #opened(): Promise<Partition> {
    if (this.#partition === undefined) {
      this.#partition = await this.#open();
      await this.#partition.retain(reader, this.#passed);
    }
    return this.#partition;
  }

  async #changes(partition: Partition, after: number): Promise<unknown> {
    const changes: unknown[] = [];
    for await (const { sequence, timestampMs, mutations } of partition.changes(after)) {
      changes.push([
        sequence,
        timestampMs,
        mutations.map(({ key, value }) => [key, hex(value ?? undefined)]),
      ]);
    }
    return changes;
  }
}

async function entriesOf(cursor: Cursor): Promise<unknown> {
  const entries: unknown[] = [];
  try {
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      entries.push([entry.key, entry.sequence, hex(entry.value)]);
    }
  } finally {
    cursor.close();
  }
  return entries;
}

function hex(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('hex');
}

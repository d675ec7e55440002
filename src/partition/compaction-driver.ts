/** Plans merges, has them run, installs what they made. One at a time for each partition. */
import assert from 'node:assert/strict';
import {
  type CompactionChoice,
  olderSpans,
  pickCompaction,
  pickFullCompaction,
  spanOf,
  sumOfBytes,
} from '../compaction/policy.js';
import { tablePath } from '../compaction/table-name.js';
import type { CompactionSpec, Executor, TableJobResult } from '../compaction/types.js';
import type { TableProperties } from '../sstable/types.js';
import type { PartitionOptions } from './limits.js';
import type { PartitionState } from './partition-state.js';
import type { TableSet } from './table-set.js';
import type { CompactionStatistics } from './types.js';

export interface CompactionEnvironment {
  readonly directory: string;
  readonly options: PartitionOptions;
  readonly executor: Executor;
  readonly state: PartitionState;
  readonly tables: TableSet;
  readonly onInstalled: () => void;
  /** Aborted when the partition closes. */
  readonly signal: AbortSignal;
}

export class CompactionDriver {
  readonly #environment: CompactionEnvironment;
  /** Of the merge that runs. */
  #hurry = new AbortController();
  #statistics = { merges: 0, moves: 0, readBytes: 0, writtenBytes: 0 };
  /** Merges go on until there is one sorted run. */
  full = false;

  constructor(environment: CompactionEnvironment) {
    this.#environment = environment;
  }

  get statistics(): CompactionStatistics {
    return this.#statistics;
  }

  /** To be called when level 0 has grown. */
  hurryWhenBehind(): void {
    if (this.#isBehind) this.#hurry.abort();
  }

  get #isBehind(): boolean {
    const { tables, options } = this.#environment;
    return (tables.current.shape[0]?.length ?? 0) >= 2 * options.compaction.level0TablesMax;
  }

  /** One step of the compaction task. */
  async step(): Promise<boolean> {
    const { tables, options } = this.#environment;
    const levels = tables.current.shape;
    const choice = this.full ? pickFullCompaction(levels) : this.#pick(levels, options);
    if (choice === undefined) {
      this.full = false;
      return false;
    }
    if (choice.move) await this.#move(choice);
    else await this.#merge(choice);
    this.#environment.onInstalled();
    return true;
  }

  #pick(levels: readonly (readonly TableProperties[])[], options: PartitionOptions) {
    return options.automaticCompaction ? pickCompaction(levels, options.compaction) : undefined;
  }

  async #move(choice: CompactionChoice): Promise<void> {
    const { tables, state } = this.#environment;
    await tables.install(
      {
        removed: choice.inputs.map(({ fileNumber }) => fileNumber),
        added: choice.inputs.map((properties) => ({ level: choice.outputLevel, properties })),
      },
      (version) => state.replaceVersion(version),
    );
    this.#statistics.moves += 1;
  }

  async #merge(choice: CompactionChoice): Promise<void> {
    const { directory, executor, tables, state, signal } = this.#environment;
    const spec = this.#plan(choice);
    this.#hurry = new AbortController();
    this.hurryWhenBehind();
    try {
      const { outputs } = await executor.run<TableJobResult>(spec, {
        cancel: signal,
        hurry: this.#hurry.signal,
      });
      checkOutputs(spec, outputs);
      await tables.install(
        {
          removed: spec.runs.flat().map(({ fileNumber }) => fileNumber),
          added: outputs.map((properties) => ({ level: spec.outputLevel, properties })),
        },
        (version) => state.replaceVersion(version),
      );
      this.#statistics.merges += 1;
      this.#statistics.readBytes += sumOfBytes(spec.runs.flat());
      this.#statistics.writtenBytes += sumOfBytes(outputs);
    } catch (error) {
      const numbers = Array.from({ length: spec.fileNumbersMax }, (_, at) => spec.firstFileNumber + at);
      tables.discard(numbers.map((fileNumber) => tablePath(directory, fileNumber)));
      throw error;
    }
  }

  #plan(choice: CompactionChoice): CompactionSpec {
    const { directory, options, tables } = this.#environment;
    const { inputLevel, inputs, outputLevel, overlapped } = choice;
    // Tables of level 0 overlap: each is a run of its own. A deeper level is one run.
    const runs = inputLevel === 0 ? inputs.map((table) => [table]) : [inputs];
    if (overlapped.length > 0) runs.push(overlapped);
    const all = runs.flat();
    const { targetTableBytes } = options.compaction;
    // Every output but the last reaches the target, and outputs together are hardly larger than the inputs: a table's
    // own overhead (index, filter, properties) can differ with its blocks. Twice as many numbers, and some, suffice.
    const fileNumbersMax = 8 + 2 * Math.ceil(sumOfBytes(all) / targetTableBytes);
    return {
      kind: 'compaction',
      directory,
      firstFileNumber: tables.reserveFileNumbers(fileNumbersMax),
      fileNumbersMax,
      targetTableBytes,
      table: options.table,
      outputLevel,
      runs,
      olderSpans: olderSpans(tables.current.shape, outputLevel, spanOf(all)),
      // What somebody asked for by hand is waited for.
      bytesPerSecond: this.full ? 0 : options.mergeRate.bytesPerSecond,
    };
  }
}

/** What a job hands back comes from another thread: it is checked before it is believed. */
function checkOutputs(spec: CompactionSpec, outputs: readonly TableProperties[]): void {
  const inputs = spec.runs.flat();
  const span = spanOf(inputs);
  let entriesMax = 0;
  for (const { entries } of inputs) entriesMax += entries;
  let previous = '';
  for (const { fileNumber, smallestKey, largestKey, entries } of outputs) {
    const offset = fileNumber - spec.firstFileNumber;
    assert(offset >= 0 && offset < spec.fileNumbersMax, 'an output has one of the reserved numbers');
    assert(previous < smallestKey && smallestKey <= largestKey, 'outputs are disjoint and in key order');
    assert(
      span.smallestKey <= smallestKey && largestKey <= span.largestKey,
      'outputs stay within the inputs',
    );
    previous = largestKey;
    entriesMax -= entries;
  }
  assert(entriesMax >= 0, 'a merge makes no entries');
}

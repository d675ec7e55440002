/** Checkpoints of a partition that were taken while it served, to be opened when it has gone on. */
import assert from 'node:assert/strict';

import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type { Partition } from '../../src/partition/types.js';
import { verifyPartition } from '../../src/partition/verify.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { Random } from '../../src/vfs/clock.js';
import type { Disk } from '../../src/vfs/disk.js';
import type { Finding } from '../../src/vfs/findings.js';
import { VirtualClock } from '../../src/vfs/virtual-clock.js';
import { compareRange } from './checks.js';
import type { Content } from './model.js';

const countMax = 4;

export class Checkpoints {
  readonly #parent: string;
  #asked = 0;
  /** Durable, so they must be there whatever comes. */
  readonly #taken: { readonly directory: string; readonly sequence: number }[] = [];

  constructor(parent: string) {
    this.#parent = parent;
  }

  get count(): number {
    return this.#taken.length;
  }

  /** Resolves with the sequence through which it holds all. */
  async take(partition: Partition): Promise<number> {
    if (this.#asked >= countMax) return 0;
    this.#asked += 1;
    const directory = `${this.#parent}/checkpoint-${this.#asked}`;
    const { sequence } = await partition.checkpoint(directory);
    this.#taken.push({ directory, sequence });
    return sequence;
  }

  /** Each is sound, and equals one moment. */
  async check(disk: Disk, random: Random, contentAt: (sequence: number) => Content): Promise<void> {
    for (const { directory, sequence } of this.#taken) {
      const findings: Finding[] = [];
      await verifyPartition({
        disk,
        directory,
        observer: { onBytes: () => undefined, onFinding: (finding) => void findings.push(finding) },
      });
      assert.deepEqual(findings, [], `${directory} is sound`);
      const partition = await openPartition({
        directory,
        disk,
        clock: new VirtualClock(),
        random,
        existing: true,
        executor: new InlineExecutor(disk),
        shared: {
          blockCache: new BlockCache({ budgetBytes: 4_000 }),
          openFiles: new OpenFiles({ limit: 4 }),
        },
        schedule: queueMicrotask,
      });
      assert.equal(partition.statistics.sequence, sequence, `${directory} holds all through its moment`);
      await compareRange(partition, contentAt(sequence), {});
      await partition.close();
    }
  }
}

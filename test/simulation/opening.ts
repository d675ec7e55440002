/** How a partition is opened in a simulated machine: its caches and its log by chance, so small that every bound is met. */
import { InlineExecutor } from '../../src/compaction/inline-executor.js';
import type { PartitionOptions } from '../../src/partition/limits.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type { Partition, PartitionEnvironment } from '../../src/partition/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import type { LogOptions } from '../../src/wal/limits.js';
import type { Choices } from './choices.js';
import type { World } from './world.js';

type Surroundings = Pick<PartitionEnvironment, 'disk' | 'clock' | 'random' | 'executor' | 'shared'> & {
  readonly log: LogOptions;
  readonly schedule: (flush: () => void) => void;
};

export function surroundings({ disk, clock }: World, choices: Choices): Surroundings {
  return {
    disk,
    clock,
    random: choices.random,
    executor: new InlineExecutor(disk),
    shared: {
      blockCache: new BlockCache({ budgetBytes: choices.pick([0, 4_000, 1_000_000]) }),
      openFiles: new OpenFiles({ limit: choices.pick([1, 2, 16]) }),
    },
    log: {
      segmentBytes: choices.pick([4096, 16_384]),
      batchBytesMax: choices.pick([512, 4096]),
    },
    schedule: queueMicrotask,
  };
}

export function openSimulated(
  directory: string,
  world: World,
  choices: Choices,
  options: Partial<PartitionOptions>,
): Promise<Partition> {
  return openPartition({ ...surroundings(world, choices), directory, options });
}

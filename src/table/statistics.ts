/** How many items a table has and how large they are: counted while it is small, estimated when it is big. */
import type { Partition, SequenceNumber } from '../partition/types.js';
import type { Clock } from '../vfs/clock.js';
import { Slice } from './event-loop.js';
import { HASH_END, hashBound } from './key-layout.js';
import { COUNTED_ENTRIES_MAX } from './limits.js';
import { storedSize } from './stored-item.js';

export interface SpaceStatistics {
  readonly itemCount: number;
  /** Sizes as the service counts them. */
  readonly sizeBytes: number;
}

interface Counted {
  readonly sequence: SequenceNumber;
  readonly statistics: SpaceStatistics;
}

/**
 * Of one partition. Counts a space anew only after something was written.
 *
 * What the partition says of its entries is an upper bound: it has overwritten ones in it, and idempotency tokens. So a
 * space is counted to see whether it is big, and only then estimated, for as long as the bound is as high.
 */
export class PartitionCounter {
  private readonly counted = new Map<number, Counted>();
  /** Spaces with more entries than are counted. */
  private readonly big = new Set<number>();

  /** @param spaces how many spaces (items, and each index) share the partition */
  constructor(
    private readonly partition: Partition,
    private readonly spaces: number,
    private readonly clock: Clock,
  ) {}

  async count(space: number): Promise<SpaceStatistics> {
    const { sequence, entriesEstimate, tableBytes, memtableBytes } = this.partition.statistics;
    const known = this.counted.get(space);
    if (known?.sequence === sequence) return known.statistics;
    if (entriesEstimate <= COUNTED_ENTRIES_MAX) this.big.delete(space);
    if (!this.big.has(space)) {
      const statistics = await this.countEntries(space);
      if (statistics !== undefined) {
        this.counted.set(space, { sequence, statistics });
        return statistics;
      }
      this.big.add(space);
    }
    return {
      itemCount: Math.round(entriesEstimate / this.spaces),
      sizeBytes: Math.round((tableBytes + memtableBytes) / this.spaces),
    };
  }

  /** Undefined: there are too many. */
  private async countEntries(space: number): Promise<SpaceStatistics | undefined> {
    let itemCount = 0;
    let sizeBytes = 0;
    const slice = new Slice(this.clock);
    const cursor = this.partition.range({ from: hashBound(space, 0), to: hashBound(space, HASH_END) });
    try {
      for (;;) {
        const next = cursor.next();
        const entry = next instanceof Promise ? await next : next;
        if (entry === undefined) return { itemCount, sizeBytes };
        if (itemCount === COUNTED_ENTRIES_MAX) return undefined;
        itemCount += 1;
        sizeBytes += storedSize(entry.value);
        const pause = slice.step();
        if (pause !== undefined) await pause;
      }
    } finally {
      cursor.close();
    }
  }
}

export function sumStatistics(parts: readonly SpaceStatistics[]): SpaceStatistics {
  let itemCount = 0;
  let sizeBytes = 0;
  for (const part of parts) {
    itemCount += part.itemCount;
    sizeBytes += part.sizeBytes;
  }
  return { itemCount, sizeBytes };
}

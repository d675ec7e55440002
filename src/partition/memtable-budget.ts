/**
 * One budget for the memtables of all partitions of a process: hundreds of partitions with small memtables add up. When
 * the sum is over the budget the partition with the most is asked to flush.
 */
import assert from 'node:assert/strict';

export interface BudgetedPartition {
  readonly memtableBytes: number;
  /** Of these, what takes more records; the rest is on its way to a table. */
  readonly activeBytes: number;
  /** Starts to write the active memtable to a table. */
  startFlush(): void;
}

export class MemtableBudget {
  readonly budgetBytes: number;
  readonly #partitions = new Set<BudgetedPartition>();
  /** Bytes put since the sums were last looked at. */
  #unchecked = 0;

  constructor(options: { readonly budgetBytes: number }) {
    assert(options.budgetBytes > 0);
    this.budgetBytes = options.budgetBytes;
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const partition of this.#partitions) bytes += partition.memtableBytes;
    return bytes;
  }

  join(partition: BudgetedPartition): void {
    this.#partitions.add(partition);
  }

  leave(partition: BudgetedPartition): void {
    this.#partitions.delete(partition);
  }

  /** A partition's memtable has grown by about `bytes`. Cheap: sums are made once for each 1/64 of the budget. */
  grew(bytes: number): void {
    this.#unchecked += bytes;
    if (this.#unchecked * 64 < this.budgetBytes) return;
    this.#unchecked = 0;
    let sum = 0;
    let largest: BudgetedPartition | undefined;
    let largestBytes = 0;
    for (const partition of this.#partitions) {
      const { activeBytes } = partition;
      sum += activeBytes;
      if (activeBytes > largestBytes) {
        largest = partition;
        largestBytes = activeBytes;
      }
    }
    if (sum > this.budgetBytes) largest?.startFlush();
  }
}

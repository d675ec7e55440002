/** As much of a partition as its owner needs, in one map; it counts who asks for what. */
import type {
  Cursor,
  Decide,
  Entry,
  Key,
  KeyRange,
  Mutation,
  Partition,
  SequenceNumber,
} from '../../src/partition/types.js';
import { PartitionOwner } from '../../src/table/owner.js';
import type { TableDefinition } from '../../src/table/types.js';
import { LockSpace, LockTable } from '../../src/transaction/lock-table.js';
import type { Clock } from '../../src/vfs/clock.js';

export class MemoryPartition implements Pick<Partition, 'get' | 'range' | 'write' | 'update'> {
  readonly calls = { write: 0, update: 0 };
  private sequence: SequenceNumber = 0;

  constructor(readonly entries = new Map<Key, Entry>()) {}

  get(key: Key): Uint8Array | undefined {
    return this.entries.get(key)?.value;
  }

  range({ from = '', to = '\xff', reverse }: KeyRange): Cursor {
    const keys = [...this.entries.keys()].filter((key) => key >= from && key < to).sort();
    if (reverse) keys.reverse();
    return {
      next: () => this.entries.get(keys.shift() ?? ''),
      close: () => undefined,
    };
  }

  async write(mutations: readonly Mutation[]): Promise<SequenceNumber> {
    this.calls.write += 1;
    return this.commit(mutations);
  }

  async update(key: Key, decide: Decide): Promise<SequenceNumber | null> {
    this.calls.update += 1;
    const mutations = decide(this.get(key));
    return mutations === null ? null : this.commit(mutations);
  }

  /** For what takes a whole partition but uses no more than this one has. */
  asPartition(): Partition {
    return this as unknown as Partition;
  }

  private commit(mutations: readonly Mutation[]): SequenceNumber {
    this.sequence += 1;
    for (const { key, value } of mutations) {
      if (value === null) this.entries.delete(key);
      else this.entries.set(key, { key, value, sequence: this.sequence });
    }
    return this.sequence;
  }
}

/** The owner of a partition that no transaction ever locks. */
export function ownerOf(
  definition: TableDefinition,
  partition: MemoryPartition,
  clock: Clock,
): PartitionOwner {
  const participant = { partition: partition.asPartition(), locks: new LockSpace('partition') };
  return new PartitionOwner(definition, participant, new LockTable(clock), clock);
}

/** A partition that keeps everything in one map: what tables are tested against without an engine. */
import type {
  Change,
  Cursor,
  Decide,
  Entry,
  Key,
  KeyRange,
  Mutation,
  Partition,
  PartitionStatistics,
  SequenceNumber,
  Snapshot,
} from '../../src/partition/types.js';
import type { Disk } from '../../src/vfs/disk.js';
import { readWholeFile, replaceFileDurably } from '../../src/vfs/io.js';

/** Opens partitions that find their data again under the same directory. */
export class MemoryPartitions {
  private readonly states = new Map<string, Map<Key, Entry>>();

  readonly open = async (directory: string): Promise<MemoryPartition> => {
    const state = this.states.get(directory) ?? new Map<Key, Entry>();
    this.states.set(directory, state);
    return new MemoryPartition(state);
  };
}

export class MemoryPartition implements Partition {
  readonly failure = undefined;
  /** Counts calls, so that tests can see which path a write took. */
  readonly calls = { write: 0, update: 0 };
  private sequence: SequenceNumber;
  private closed = false;

  constructor(protected readonly entries: Map<Key, Entry>) {
    this.sequence = Math.max(0, ...[...entries.values()].map((entry) => entry.sequence));
  }

  get(key: Key): Uint8Array | undefined {
    return this.entries.get(key)?.value;
  }

  range({ from, to, reverse }: KeyRange): Cursor {
    const keys = [...this.entries.keys()]
      .filter((key) => (from === undefined || key >= from) && (to === undefined || key < to))
      .sort();
    if (reverse) keys.reverse();
    const seen = keys.map((key) => this.entries.get(key));
    return { next: () => seen.shift(), close: () => undefined };
  }

  snapshot(): Snapshot {
    return { sequence: this.sequence, release: () => undefined };
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

  // biome-ignore lint/correctness/useYield: nothing is retained
  async *changes(): AsyncIterable<Change> {
    throw new Error('not kept here');
  }

  async flush(): Promise<void> {}
  async compact(): Promise<void> {}

  get statistics(): PartitionStatistics {
    return {
      sequence: this.sequence,
      memtableBytes: 0,
      tableBytes: 0,
      tablesPerLevel: [],
      entriesEstimate: this.entries.size,
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  protected async commit(mutations: readonly Mutation[]): Promise<SequenceNumber> {
    if (this.closed) throw new Error('the partition is closed');
    this.sequence += 1;
    for (const { key, value } of mutations) {
      if (value === null) this.entries.delete(key);
      else this.entries.set(key, { key, value, sequence: this.sequence });
    }
    return this.sequence;
  }
}

/** Writes its whole state to one file with each record: durable on return, and nothing to it that could go wrong. */
export class FilePartition extends MemoryPartition {
  static async open(disk: Disk, directory: string): Promise<FilePartition> {
    const path = `${directory}/state`;
    const entries = new Map<Key, Entry>();
    if ((await disk.status(path)) !== undefined) {
      const stored = JSON.parse((await readWholeFile(disk, path)).toString()) as [Key, string][];
      for (const [key, value] of stored) {
        entries.set(key, { key, value: Buffer.from(value, 'base64'), sequence: 1 });
      }
    }
    return new FilePartition(disk, path, entries);
  }

  private constructor(
    private readonly disk: Disk,
    private readonly path: string,
    entries: Map<Key, Entry>,
  ) {
    super(entries);
  }

  protected override async commit(mutations: readonly Mutation[]): Promise<SequenceNumber> {
    const sequence = await super.commit(mutations);
    const stored = [...this.entries.values()].map(({ key, value }) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    await replaceFileDurably(this.disk, this.path, Buffer.from(JSON.stringify(stored)));
    return sequence;
  }
}

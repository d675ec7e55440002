/**
 * A second copy of every partition, made of nothing but its log: what the daemon's memtables, flushes and merges make of the
 * same log must be equal to it. It keeps the log from where it is (a reader by name), as a replica would.
 */
import type { Partition } from '../../src/partition/types.js';
import { RealDisk } from '../../src/vfs/real-disk.js';
import { SystemClock, SystemRandom } from '../../src/vfs/system-clock.js';
import { openStoppedTables } from '../../tools/stopped-tables.js';

const READER = 'soak';

interface Copy {
  /** Of the last change that it took. */
  sequence: number;
  readonly content: Map<string, string>;
}

export class Replica {
  /** Changes that it took. */
  changes = 0;
  /** By table id and number of the partition. */
  readonly #copies = new Map<string, Copy>();

  constructor(private readonly directory: string) {}

  /** Of a directory that no daemon serves: what differs. */
  async compare(): Promise<readonly string[]> {
    const { tables, close } = await openStoppedTables({
      disk: new RealDisk(),
      clock: new SystemClock(),
      random: new SystemRandom(),
      directory: this.directory,
      create: false,
    });
    const differences: string[] = [];
    const seen = new Set<string>();
    try {
      for (const name of tables.names()) {
        const table = tables.find(name);
        for (const [index, partition] of (table?.partitions ?? []).entries()) {
          const id = `${table?.definition.id}/${index}`;
          seen.add(id);
          differences.push(...(await this.#compare(id, partition)).map((what) => `${name}, ${id}: ${what}`));
        }
      }
    } finally {
      await close();
    }
    for (const id of this.#copies.keys()) if (!seen.has(id)) this.#copies.delete(id);
    return differences;
  }

  async #compare(id: string, partition: Partition): Promise<readonly string[]> {
    const known = this.#copies.get(id);
    const copy: Copy = known ?? { sequence: 0, content: new Map() };
    const differences: string[] = [];
    for await (const { sequence, mutations } of partition.changes(copy.sequence)) {
      if (sequence <= copy.sequence) differences.push(`change ${sequence} came after ${copy.sequence}`);
      for (const { key, value } of mutations) {
        if (value === null) copy.content.delete(key);
        else copy.content.set(key, text(value));
      }
      copy.sequence = sequence;
      this.changes += 1;
    }
    const found = await contentOf(partition);
    for (const [key, value] of found) {
      if (copy.content.get(key) !== value) differences.push(`${JSON.stringify(key)} differs from its log`);
    }
    for (const key of copy.content.keys()) {
      if (!found.has(key)) differences.push(`${JSON.stringify(key)} is in its log alone`);
    }
    await partition.retain(READER, copy.sequence);
    this.#copies.set(id, copy);
    return differences;
  }
}

async function contentOf(partition: Partition): Promise<ReadonlyMap<string, string>> {
  const cursor = partition.range({});
  const content = new Map<string, string>();
  try {
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      content.set(entry.key, text(entry.value));
    }
  } finally {
    cursor.close();
  }
  return content;
}

const text = (value: Uint8Array) => Buffer.from(value).toString('latin1');

/** The contestants, each as its users would drive it when speed matters. */
import { ClassicLevel } from 'classic-level';
import type { JobSignals } from '../../src/compaction/job-control.js';
import { PiscinaExecutor } from '../../src/compaction/piscina-executor.js';
import type { BackgroundJob, CompactionSpec, Executor, TableJobResult } from '../../src/compaction/types.js';
import type { PartitionOptions } from '../../src/partition/limits.js';
import { openPartition } from '../../src/partition/open-partition.js';
import type { Partition } from '../../src/partition/types.js';
import { BlockCache } from '../../src/sstable/block-cache.js';
import { OpenFiles } from '../../src/sstable/open-files.js';
import { RealDisk } from '../../src/vfs/real-disk.js';
import { SystemClock, SystemRandom } from '../../src/vfs/system-clock.js';
import type { LogOptions } from '../../src/wal/limits.js';
import type { KeyValue } from './data.js';

export interface Store {
  readonly name: string;
  /** Durable, unless the store was opened otherwise. */
  put(key: string, value: Uint8Array): Promise<unknown>;
  putBatch(batch: readonly KeyValue[]): Promise<unknown>;
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Walks up to `limit` entries; resolves with how many there were. */
  walk(from: string, limit: number): Promise<number>;
  /** Everything in one sorted run. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** The memtable of both. */
export const MEMTABLE_BYTES = 16 * 1024 * 1024;

export interface StoreSettings {
  readonly directory: string;
  readonly cacheBytes: number;
  /** Default true. */
  readonly durable?: boolean;
}

export async function openLevel({ directory, cacheBytes, durable = true }: StoreSettings): Promise<Store> {
  const database = new ClassicLevel<string, Uint8Array>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
    cacheSize: cacheBytes,
    writeBufferSize: MEMTABLE_BYTES,
    // The values are incompressible: trying would only cost it time.
    compression: false,
  });
  await database.open();
  return {
    name: 'classic-level',
    put: (key, value) => database.put(key, value, { sync: durable }),
    putBatch: (batch) =>
      database.batch(
        batch.map(([key, value]) => ({ type: 'put', key, value })),
        { sync: durable },
      ),
    get: (key) => database.get(key),
    walk: async (from, limit) => {
      // In large pieces: by default it stops at 16 KiB, and pays for a thread's turn each time.
      const iterator = database.iterator({ gte: from, limit, highWaterMarkBytes: 1024 * 1024 });
      let count = 0;
      for (;;) {
        const entries = await iterator.nextv(Math.min(limit, 1000));
        count += entries.length;
        if (entries.length === 0 || count >= limit) break;
      }
      await iterator.close();
      return count;
    },
    compact: () => database.compactRange('', '~'),
    close: () => database.close(),
  };
}

export interface VarveSettings extends StoreSettings {
  readonly options?: Partial<PartitionOptions>;
  readonly log?: LogOptions;
  readonly disk?: RealDisk;
}

export interface VarveStore extends Store {
  readonly partition: Partition;
  readonly jobs: CountingExecutor;
  /** Flushes, then waits until merges that run by themselves have come to an end. */
  settle(): Promise<void>;
}

export async function openVarve(settings: VarveSettings): Promise<VarveStore> {
  const { directory, cacheBytes, durable = true, options, log, disk = new RealDisk() } = settings;
  const jobs = new CountingExecutor(new PiscinaExecutor());
  const partition = await openPartition({
    directory,
    disk,
    clock: new SystemClock(),
    random: new SystemRandom(),
    executor: jobs,
    shared: {
      blockCache: new BlockCache({ budgetBytes: cacheBytes }),
      openFiles: new OpenFiles({ limit: 512 }),
    },
    options: { memtableBytes: MEMTABLE_BYTES, ...options },
    log: { durable, ...log },
  });
  return {
    name: 'varve',
    partition,
    jobs,
    put: (key, value) => partition.write([{ key, value }]),
    putBatch: (batch) => partition.write(batch.map(([key, value]) => ({ key, value }))),
    get: (key) => partition.get(key),
    walk: async (from, limit) => {
      const cursor = partition.range({ from });
      let count = 0;
      for (; count < limit; count += 1) {
        const next = cursor.next();
        if ((next instanceof Promise ? await next : next) === undefined) break;
      }
      cursor.close();
      return count;
    },
    compact: () => partition.compact(),
    settle: async () => {
      await partition.flush();
      await jobs.idle();
    },
    close: async () => {
      await partition.close();
      await jobs.close();
    },
  };
}

/** Knows what flushes and merges wrote, into which level, and how long merges ran. */
export class CountingExecutor implements Executor {
  /** By output level. */
  readonly writtenBytes: number[] = [];
  #busyMs = 0;
  #running = 0;
  #startMs = 0;
  #lastEndMs = performance.now();

  constructor(private readonly inner: Executor) {}

  /** Time in which a merge ran, up to now. */
  get busyMs(): number {
    return this.#busyMs + (this.#running > 0 ? performance.now() - this.#startMs : 0);
  }

  async run<Result>(job: BackgroundJob, signals?: JobSignals): Promise<Result> {
    if (job.kind === 'flush') return this.#runFlush(job, signals);
    if (this.#running === 0) this.#startMs = performance.now();
    this.#running += 1;
    try {
      const result = await this.inner.run<Result>(job, signals);
      const { outputLevel } = job as CompactionSpec;
      const { outputs } = result as TableJobResult;
      for (const { sizeBytes } of outputs) {
        this.writtenBytes[outputLevel] = (this.writtenBytes[outputLevel] ?? 0) + sizeBytes;
      }
      return result;
    } finally {
      this.#running -= 1;
      this.#lastEndMs = performance.now();
      if (this.#running === 0) this.#busyMs += this.#lastEndMs - this.#startMs;
    }
  }

  async #runFlush<Result>(job: BackgroundJob, signals: JobSignals | undefined): Promise<Result> {
    const result = await this.inner.run<Result>(job, signals);
    for (const { sizeBytes } of (result as TableJobResult).outputs) {
      this.writtenBytes[0] = (this.writtenBytes[0] ?? 0) + sizeBytes;
    }
    return result;
  }

  /** Resolves when no merge has run for half a second. */
  async idle(): Promise<void> {
    this.#lastEndMs = performance.now();
    while (this.#running > 0 || performance.now() - this.#lastEndMs < 500) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

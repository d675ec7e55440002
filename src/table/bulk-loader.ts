/**
 * Fills partitions that nobody else writes to: packs their entries, and loads them (partition/load.ts) when there are
 * enough for a table. What is packed is in pieces of shared memory, which the thread that writes the table reads as they
 * are, and which are used again: a restoration takes as much memory for them as it ever will, whatever its size.
 */
import { EntryPacker, packedBytes } from '../compaction/packed-entries.js';
import type { Key, Partition } from '../partition/types.js';
import { LOAD_PIECE_BYTES, LOAD_PIECES, LOAD_PIECES_MAX } from './limits.js';

interface Piece {
  readonly memory: SharedArrayBuffer;
  readonly packer: EntryPacker;
}

/** Of one partition. */
class Filling {
  pieces: Piece[] = [];
  loading: Promise<void> = Promise.resolve();

  constructor(readonly partition: Partition) {}
}

export class BulkLoader {
  private readonly fillings = new Map<Partition, Filling>();
  private readonly free: SharedArrayBuffer[] = [];
  private readonly loads = new Set<Promise<void>>();
  /** Filled, or being loaded. */
  private taken = 0;
  private readonly piecesMax: number;
  private failure: unknown;

  /** @param partitions of the largest table: each can have a piece at a time, in whatever order their entries come */
  constructor(partitions: number) {
    this.piecesMax = Math.max(LOAD_PIECES_MAX, partitions + LOAD_PIECES);
  }

  /** Copies the entry. A promise only when there is no room for it yet. Rejects with what failed before it. */
  add(partition: Partition, key: Key, value: Uint8Array): Promise<void> | undefined {
    const packer = this.fillings.get(partition)?.pieces.at(-1)?.packer;
    if (packer === undefined || packer.roomBytes < packedBytes(key, value)) {
      return this.addToNext(partition, key, value);
    }
    packer.add({ key, sequence: 0, value });
    return undefined;
  }

  /** Resolves when all that was added is durable and visible. Rejects with the first failure. */
  async finish(): Promise<void> {
    for (const filling of this.fillings.values()) this.load(filling);
    await this.settled();
    if (this.failure !== undefined) throw this.failure;
  }

  /** Has all that was added of some partitions loaded soon: there is nothing more to come. */
  complete(partitions: readonly Partition[]): void {
    for (const partition of partitions) {
      const filling = this.fillings.get(partition);
      if (filling !== undefined) this.load(filling);
    }
  }

  /** Resolves when all that was added of the partition is durable and visible. Rejects with the first failure. */
  async loaded(partition: Partition): Promise<void> {
    this.complete([partition]);
    await this.fillings.get(partition)?.loading;
    if (this.failure !== undefined) throw this.failure;
  }

  /** Resolves when no partition is being loaded. */
  async settled(): Promise<void> {
    while (this.loads.size > 0) await Promise.all(this.loads);
  }

  private async addToNext(partition: Partition, key: Key, value: Uint8Array): Promise<void> {
    let filling = this.fillings.get(partition);
    if (filling === undefined) {
      filling = new Filling(partition);
      this.fillings.set(partition, filling);
    }
    if (filling.pieces.length >= LOAD_PIECES) this.load(filling);
    while (this.taken >= this.piecesMax) {
      if (this.loads.size === 0) this.load(this.fullest());
      await Promise.race(this.loads);
    }
    if (this.failure !== undefined) throw this.failure;
    const bytes = packedBytes(key, value);
    const memory =
      bytes > LOAD_PIECE_BYTES
        ? new SharedArrayBuffer(bytes)
        : (this.free.pop() ?? new SharedArrayBuffer(LOAD_PIECE_BYTES));
    this.taken += 1;
    const packer = new EntryPacker(memory);
    packer.add({ key, sequence: 0, value });
    filling.pieces.push({ memory, packer });
  }

  private fullest(): Filling {
    const [first, ...others] = this.fillings.values();
    if (first === undefined) throw new TypeError('what was added is of a partition');
    return others.reduce((most, next) => (next.pieces.length > most.pieces.length ? next : most), first);
  }

  private load(filling: Filling): void {
    const { pieces, partition } = filling;
    if (pieces.length === 0) return;
    filling.pieces = [];
    const packed = pieces.map(({ memory, packer }) => ({ entries: memory, count: packer.count }));
    const loading = filling.loading
      .then(() => (this.failure === undefined ? partition.load(packed) : undefined))
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.loads.delete(loading);
        this.taken -= pieces.length;
        for (const { memory } of pieces) if (memory.byteLength === LOAD_PIECE_BYTES) this.free.push(memory);
      });
    filling.loading = loading;
    this.loads.add(loading);
  }
}

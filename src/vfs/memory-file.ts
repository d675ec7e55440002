/**
 * The content of one file of a `MemoryDisk`, and which part of it a power cut may take.
 *
 * `content` is what a process reads (the page cache). `durable` is what the platter holds. Between the two lie the
 * `pending` changes since the last sync: pieces of at most one sector, and truncations. A crash keeps any subset of
 * them, since a kernel writes back dirty pages in an order of its own; within one sector the latest kept piece wins.
 */
import type { Random } from './clock.js';
import { randomFraction } from './seeded-random.js';

/** What a drive writes atomically. */
export const SECTOR_BYTES = 512;

type PendingChange =
  | { readonly kind: 'piece'; readonly position: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly sizeBytes: number };

/** Bytes with a length and spare room behind it. What lies beyond the length is always zero. */
class Content {
  #buffer: Buffer = Buffer.alloc(0);
  sizeBytes = 0;

  write(data: Uint8Array, position: number): void {
    const end = position + data.length;
    this.#reserve(end);
    this.#buffer.set(data, position);
    if (end > this.sizeBytes) this.sizeBytes = end;
  }

  resize(sizeBytes: number): void {
    if (sizeBytes < this.sizeBytes) this.#buffer.fill(0, sizeBytes, this.sizeBytes);
    else this.#reserve(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  /** A view. */
  slice(from: number, to: number): Buffer {
    return this.#buffer.subarray(from, Math.min(to, this.sizeBytes));
  }

  copy(): Content {
    const copy = new Content();
    copy.#buffer = Buffer.from(this.slice(0, this.sizeBytes));
    copy.sizeBytes = this.sizeBytes;
    return copy;
  }

  #reserve(capacity: number): void {
    if (capacity <= this.#buffer.length) return;
    const grown = Buffer.alloc(
      Math.max(capacity, Math.min(this.#buffer.length * 2, this.#buffer.length + 2 ** 24)),
    );
    this.#buffer.copy(grown, 0, 0, this.sizeBytes);
    this.#buffer = grown;
  }
}

export class MemoryFile {
  readonly kind = 'file';
  #content = new Content();
  #durable = new Content();
  #pending: PendingChange[] = [];
  /** Directory entries that name this file. */
  links = 0;

  constructor(private readonly trackDurability: boolean) {}

  get sizeBytes(): number {
    return this.#content.sizeBytes;
  }

  read(target: Uint8Array, targetOffset: number, length: number, position: number): number {
    if (position >= this.#content.sizeBytes) return 0;
    const source = this.#content.slice(position, position + length);
    target.set(source, targetOffset);
    return source.length;
  }

  write(data: Uint8Array, position: number): void {
    this.#content.write(data, position);
    if (!this.trackDurability) return;
    for (let from = 0; from < data.length; ) {
      const toSectorEnd = SECTOR_BYTES - ((position + from) % SECTOR_BYTES);
      // A copy (`slice` of a Buffer would be a view): the caller uses its buffer again.
      const piece = Uint8Array.from(data.subarray(from, from + toSectorEnd));
      this.#pending.push({ kind: 'piece', position: position + from, data: piece });
      from += piece.length;
    }
  }

  truncate(sizeBytes: number): void {
    this.#content.resize(sizeBytes);
    if (this.trackDurability) this.#pending.push({ kind: 'truncate', sizeBytes });
  }

  sync(): void {
    for (const change of this.#pending) apply(this.#durable, change);
    this.#pending = [];
  }

  /** What an O_DSYNC write of that range makes durable: the sectors it touches, whoever wrote to them. */
  syncRange(position: number, length: number): void {
    if (!this.trackDurability) return;
    if (this.#pending.some((change) => change.kind === 'truncate')) {
      this.sync();
      return;
    }
    const from = Math.floor(position / SECTOR_BYTES) * SECTOR_BYTES;
    const to = Math.ceil((position + length) / SECTOR_BYTES) * SECTOR_BYTES;
    const others: PendingChange[] = [];
    for (const change of this.#pending) {
      if (change.kind === 'piece' && change.position >= from && change.position < to)
        apply(this.#durable, change);
      else others.push(change);
    }
    this.#pending = others;
  }

  /** The file as a power cut at this moment leaves it. `survive`: the chance of each pending change. */
  crashClone(random: Random, survive: number): MemoryFile {
    const clone = new MemoryFile(this.trackDurability);
    const durable = this.trackDurability ? this.#durable.copy() : this.#content.copy();
    for (const change of this.#pending) {
      if (randomFraction(random) < survive) apply(durable, change);
    }
    clone.#durable = durable;
    clone.#content = durable.copy();
    return clone;
  }
}

function apply(content: Content, change: PendingChange): void {
  if (change.kind === 'piece') content.write(change.data, change.position);
  else content.resize(change.sizeBytes);
}

/** A batch that fills while the one before it is being written. */
import assert from 'node:assert/strict';

import {
  BATCH_HEADER_BYTES,
  BatchKind,
  encodeFragmentHeader,
  FRAGMENT_HEADER_BYTES,
  FragmentType,
} from './format.js';
import type { DurableCallback } from './types.js';

export type Encode = (target: Buffer, offset: number) => void;

export class PendingBatch {
  kind: BatchKind = BatchKind.records;
  #buffer: Buffer;
  #used = BATCH_HEADER_BYTES;
  readonly #callbacks: DurableCallback[] = [];
  /** Of the records (or parts of records) in it, without headers. */
  payloadBytes = 0;
  /** The highest of which a fragment is in it; 0 while empty. */
  lastSequence = 0;

  /** `buffer`: owned by the batch until it is durable. */
  constructor(
    buffer: Buffer,
    private readonly bytesMax: number,
  ) {
    this.#buffer = buffer;
  }

  /** Records that end in it, and whoever else waits for it. */
  get callbacks(): number {
    return this.#callbacks.length;
  }

  get sizeBytes(): number {
    return this.#used;
  }

  get isEmpty(): boolean {
    return this.#used === BATCH_HEADER_BYTES;
  }

  /** The whole buffer, for the next batch to use. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Header (still to be filled in) and body. Not to be changed while it is being written. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  fits(payloadBytes: number): boolean {
    return this.#used + FRAGMENT_HEADER_BYTES + payloadBytes <= this.bytesMax;
  }

  /** Payload that fits beside what is there. */
  get room(): number {
    return this.bytesMax - this.#used - FRAGMENT_HEADER_BYTES;
  }

  /** Adds a whole record. When `encode` throws, the batch is as before. */
  add(sequence: number, payloadBytes: number, encode: Encode, onDurable: DurableCallback): void {
    const at = this.#reserve(payloadBytes);
    encode(this.#buffer, at + FRAGMENT_HEADER_BYTES);
    encodeFragmentHeader(this.#buffer, at, { payloadBytes, type: FragmentType.full, sequence });
    this.#commit(sequence, payloadBytes);
    this.#callbacks.push(onDurable);
  }

  /** Adds a part of a record. The callback comes with the last part. */
  addPart(sequence: number, type: FragmentType, part: Buffer, onDurable: DurableCallback | undefined): void {
    const at = this.#reserve(part.length);
    encodeFragmentHeader(this.#buffer, at, { payloadBytes: part.length, type, sequence });
    part.copy(this.#buffer, at + FRAGMENT_HEADER_BYTES);
    this.#commit(sequence, part.length);
    if (onDurable !== undefined) this.#callbacks.push(onDurable);
  }

  /** Called when the batch, with whatever it holds, is durable or has failed. */
  onSettled(callback: DurableCallback): void {
    this.#callbacks.push(callback);
  }

  /** In log order. A callback that throws is a defect of its owner and must not stop the others, nor the log. */
  settle(error: Error | undefined): void {
    for (const callback of this.#callbacks) {
      try {
        callback(error);
      } catch (defect) {
        queueMicrotask(() => {
          throw defect;
        });
      }
    }
  }

  #commit(sequence: number, payloadBytes: number): void {
    this.#used += FRAGMENT_HEADER_BYTES + payloadBytes;
    this.payloadBytes += payloadBytes;
    this.lastSequence = sequence;
  }

  /** Makes room for a fragment; returns where it goes. */
  #reserve(payloadBytes: number): number {
    assert(this.fits(payloadBytes), 'the fragment fits into the batch');
    const needed = this.#used + FRAGMENT_HEADER_BYTES + payloadBytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(this.bytesMax, Math.max(needed, this.#buffer.length * 2)),
      );
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
    }
    return this.#used;
  }
}

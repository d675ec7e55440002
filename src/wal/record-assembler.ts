/** From the fragments of batches, in order, to whole records. Checks what the writer guarantees. */
import type { Batch } from './batch-reader.js';
import {
  BATCH_HEADER_BYTES,
  BatchKind,
  decodeFragmentHeader,
  FRAGMENT_HEADER_BYTES,
  FragmentType,
} from './format.js';
import type { LogPosition, LogRecord } from './types.js';

/** A batch has an intact checksum and yet cannot be what the writer wrote. */
export class MalformedBatchError extends Error {
  override readonly name = 'MalformedBatchError';
}

export class RecordAssembler {
  #parts: Buffer[] = [];
  #partSequence = 0;
  #partPosition: LogPosition | undefined;
  #lastSequence = 0;

  /**
   * `skipThrough`: a log that begins in the midst of a record may do so only with one of a sequence up to this, which is
   * passed over.
   */
  constructor(private readonly skipThrough: number) {}

  /** Where the record began of which the last fragment has not come. */
  get incompleteSince(): LogPosition | undefined {
    return this.#partPosition;
  }

  /** The records that `batch` completes. Throws `MalformedBatchError`. */
  add(batch: Batch, segment: number): LogRecord[] {
    const records: LogRecord[] = [];
    const { body } = batch;
    if (batch.header.kind === BatchKind.mark && body.length > 0)
      throw new MalformedBatchError('a mark with a body');
    const bodyOffset = batch.header.offset + BATCH_HEADER_BYTES;
    for (let at = 0; at < body.length; ) {
      const fragment = decodeFragmentHeader(body, at);
      if (fragment === undefined) throw new MalformedBatchError(`no fragment at byte ${bodyOffset + at}`);
      const from = at + FRAGMENT_HEADER_BYTES;
      const payload = body.subarray(from, from + fragment.payloadBytes);
      const position = { segment, offset: bodyOffset + at };
      const record = this.#take(fragment.type, fragment.sequence, payload, position);
      if (record !== undefined) records.push(record);
      at = from + fragment.payloadBytes;
    }
    return records;
  }

  #take(type: FragmentType, sequence: number, payload: Buffer, position: LogPosition): LogRecord | undefined {
    switch (type) {
      case FragmentType.full:
        this.#begin(sequence, position);
        return { sequence, payload, position };
      case FragmentType.first:
        this.#begin(sequence, position);
        this.#parts = [payload];
        this.#partSequence = sequence;
        this.#partPosition = position;
        return undefined;
      case FragmentType.middle:
        this.#continue(sequence, payload, position);
        return undefined;
      case FragmentType.last:
        return this.#finish(sequence, payload, position);
    }
  }

  #begin(sequence: number, position: LogPosition): void {
    if (this.#partPosition !== undefined) {
      throw new MalformedBatchError(
        `record ${this.#partSequence} is not complete at byte ${position.offset}`,
      );
    }
    if (sequence <= this.#lastSequence) {
      throw new MalformedBatchError(
        `record ${sequence} at byte ${position.offset} follows ${this.#lastSequence}`,
      );
    }
    this.#lastSequence = sequence;
  }

  #continue(sequence: number, payload: Buffer, position: LogPosition): void {
    if (this.#partPosition === undefined && this.#lastSequence === 0 && sequence <= this.skipThrough) return;
    if (this.#partPosition === undefined || sequence !== this.#partSequence) {
      throw new MalformedBatchError(
        `a part of record ${sequence} at byte ${position.offset} without its beginning`,
      );
    }
    this.#parts.push(payload);
  }

  #finish(sequence: number, payload: Buffer, position: LogPosition): LogRecord | undefined {
    this.#continue(sequence, payload, position);
    const begin = this.#partPosition;
    if (begin === undefined) return undefined;
    const record = { sequence, payload: Buffer.concat(this.#parts), position: begin };
    this.#parts = [];
    this.#partPosition = undefined;
    return record;
  }
}

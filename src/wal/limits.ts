/** Sizes of the log, with their bounds. */
import assert from 'node:assert/strict';

import { BATCH_HEADER_BYTES, FRAGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './format.js';

export interface LogOptions {
  /**
   * Length to which a segment grows. Larger: fewer rotations, but more disk space held by each log and released in
   * larger steps. Default 16 MiB, at least 4 KiB.
   */
  readonly segmentBytes?: number;
  /**
   * What is preallocated of the first segment; it grows from there ahead of the writer, first to `GROWN_BYTES_MIN`, then
   * fourfold, up to `segmentBytes`. Small, because a table makes several logs, and many are never written to. Default
   * 4 KiB.
   */
  readonly firstChunkBytes?: number;
  /**
   * Longest write. A record that does not fit is spread over several. Larger: more records share a sync under load, but
   * the first of them waits longer. Default 1 MiB, at most `segmentBytes` less its header.
   */
  readonly batchBytesMax?: number;
  /** Released segments that are kept for reuse instead of being removed. Default 1. */
  readonly sparesMax?: number;
  /**
   * False: a record counts as durable once the operating system has it. It survives the end of the process, but not a
   * power cut, after which the log may open only with `repair`. For data that can be made again: a bulk load, a test.
   * Default true: nothing is acknowledged before it is on stable storage.
   */
  readonly durable?: boolean;
  /**
   * Milliseconds for which a log must have been idle until a mark is written behind its last record (it takes up to
   * twice as long). Only after that damage to the record is told from a write that was cut off. Shorter: more writes.
   * Default 1000.
   */
  readonly markAfterMs?: number;
}

export type LogLimits = Required<LogOptions>;

const MIB = 2 ** 20;

/** Preallocation is written and synced in pieces of this size, so that records are never stuck behind a long one. */
export const PREALLOCATION_PIECE_BYTES = MIB;

/** A segment that grows has at least this length afterwards: what is written to is likely to be written to again. */
export const GROWN_BYTES_MIN = 256 * 1024;

/** Buffers start at this size and go back to it when a log falls idle. */
export const IDLE_BUFFER_BYTES = 16 * 1024;

/** A batch of fewer records waits for the end of the turn: their replies cost less time than another write does. */
export const TURN_RECORDS_MIN = 24;

/** How much is read at once. Records point into what was read, so a kept record keeps up to this much memory. */
export const READ_CHUNK_BYTES = MIB;

/** A segment's offsets are 32-bit. */
const SEGMENT_BYTES_MAX = 2 ** 31;

export function logLimits(options: LogOptions): LogLimits {
  const segmentBytes = options.segmentBytes ?? 16 * MIB;
  const limits = {
    segmentBytes,
    firstChunkBytes: Math.min(options.firstChunkBytes ?? 4096, segmentBytes),
    batchBytesMax: Math.min(options.batchBytesMax ?? MIB, segmentBytes - SEGMENT_HEADER_BYTES),
    sparesMax: options.sparesMax ?? 1,
    durable: options.durable ?? true,
    markAfterMs: options.markAfterMs ?? 1000,
  };
  assert(segmentBytes >= 4096 && segmentBytes <= SEGMENT_BYTES_MAX, 'segmentBytes in [4 KiB, 2 GiB]');
  assert(limits.firstChunkBytes >= SEGMENT_HEADER_BYTES, 'the first chunk holds the segment header');
  // A batch must make progress: room for its header, one fragment header and some payload.
  assert(
    limits.batchBytesMax >= BATCH_HEADER_BYTES + FRAGMENT_HEADER_BYTES + 64,
    'batchBytesMax is too small',
  );
  assert(limits.sparesMax >= 0, 'sparesMax is not negative');
  return limits;
}

/**
 * How far beyond a damaged batch to look for a later one (which proves that the damaged one had been durable). The next
 * batch begins within one `batchBytesMax`; the rest is for the case that it is damaged too.
 */
export function searchWindowBytes(limits: LogLimits): number {
  return 4 * (limits.batchBytesMax + BATCH_HEADER_BYTES);
}

/**
 * From what a crash left to a log that can be written to.
 *
 * After the walk (`log-scan.ts`) the end is put in order, from the back to the front, so that a crash in the midst
 * leaves again a log that ends in a torn write:
 *   1. later segments go: they hold nothing, or only parts of a record that was never complete;
 *   2. a torn write, and the batches of an incomplete record, are overwritten with zeros;
 *   3. the last batch is written once more. It parsed, but perhaps only out of the page cache: the process may have
 *      died before its write was synced, or its sync may have failed and dropped the pages. What is replayed must be
 *      durable before anybody can read it.
 */
import assert from 'node:assert/strict';

import type { DiskFile } from '../vfs/disk.js';
import { makeDirectoryDurably, readFully, writeFully } from '../vfs/io.js';
import { LogCorruptionError } from './errors.js';
import { SEGMENT_HEADER_BYTES } from './format.js';
import { PREALLOCATION_PIECE_BYTES } from './limits.js';
import { type BatchPlace, type LogEnd, LogScan } from './log-scan.js';
import type { Segment } from './segment.js';
import type { SegmentStore } from './segment-store.js';
import type { LogRecord } from './types.js';

/** What the open log starts from. */
export interface LogState {
  /** Oldest first. The last one is written to. */
  readonly segments: readonly Segment[];
  readonly file: DiskFile;
  readonly lastSequence: number;
  readonly nextOrdinal: number;
  readonly endsWithMark: boolean;
}

/** What was found at the start, for the operator. */
export interface LogRecovery {
  /** Retained. */
  readonly segments: number;
  /** Replayed: with a sequence > `after`. */
  readonly records: number;
  /** Of batches that were read. */
  readonly bytes: number;
  /** Of the last record; `after` when there is none later. */
  readonly lastSequence: number;
  /** A write that a crash cut off, and that was never acknowledged. It was removed. */
  readonly tornTail: { readonly file: string; readonly offset: number; readonly bytes: number } | undefined;
  /** Damage behind which everything was removed, because `repair` was asked for. */
  readonly repaired: LogCorruptionError | undefined;
}

export interface RecoveryOptions {
  readonly after: number;
  readonly onRecord: (record: LogRecord) => void;
  readonly repair: boolean;
  /** It has been there: to find no segment is damage. */
  readonly existing: boolean;
}

export async function recoverLog(
  store: SegmentStore,
  options: RecoveryOptions,
): Promise<{ state: LogState; recovery: LogRecovery }> {
  const { disk, directory, limits } = store;
  const damage = options.existing ? new LogCorruptionError(directory, 0, 'the log is missing') : undefined;
  // Of one that has been there the directory was made durable then.
  const isMissing = damage !== undefined && (await disk.status(directory)) === undefined;
  if (isMissing && !options.repair) throw damage;
  if (isMissing || !options.existing) await makeDirectoryDurably(disk, directory);
  const numbers = await store.scan();
  if (numbers.length === 0) {
    if (damage !== undefined && !options.repair) throw damage;
    return begin(store, 1, options.after, damage);
  }

  const scan = new LogScan({ disk, directory, limits, ...options });
  const end = await scan.run(numbers);
  if (end === undefined) {
    await store.removeAll(numbers);
    return begin(store, Math.max(...numbers) + 1, options.after, scan.damage);
  }
  const kept = scan.segments.slice(0, end.index + 1);
  await store.removeAll(numbers.filter((number) => number > numberOf(kept)));
  return reopen(store, kept, end, options.after);
}

async function begin(
  store: SegmentStore,
  number: number,
  after: number,
  repaired: LogCorruptionError | undefined,
): Promise<{ state: LogState; recovery: LogRecovery }> {
  const { segment, file } = await store.create(number, undefined, store.limits.firstChunkBytes);
  const state = { segments: [segment], file, lastSequence: after, nextOrdinal: 1, endsWithMark: false };
  const recovery = { segments: 1, records: 0, bytes: 0, lastSequence: after, tornTail: undefined, repaired };
  return { state, recovery };
}

async function reopen(
  store: SegmentStore,
  segments: Segment[],
  end: LogEnd,
  after: number,
): Promise<{ state: LogState; recovery: LogRecovery }> {
  const last = () => {
    const segment = segments.at(-1);
    assert(segment !== undefined, 'a log has a segment');
    return segment;
  };
  let file = await store.openForWriting(last().path);
  try {
    const tornTail = tornTailOf(last(), end);
    const endOfDamage = end.damage === undefined ? end.offset + end.tornBytes : last().allocatedBytes;
    // What was cut off the file stays missed until it is long enough again.
    if (end.damage !== undefined) await store.extend(last(), last().knownBytes);
    await overwriteWithZeros(file, end.offset, endOfDamage - end.offset);
    last().end = end.offset;
    for (const place of end.incomplete.toReversed()) {
      while (segments.length - 1 > place.index) {
        await file.close();
        await store.removeAll([last().number]);
        segments.pop();
        file = await store.openForWriting(last().path);
      }
      await overwriteWithZeros(file, place.offset, place.bytes);
      last().end = place.offset;
    }
    if (end.lastBatch !== undefined && end.lastBatch.index === segments.length - 1) {
      await writeAgain(file, end.lastBatch);
    }
    // A process that died while the file grew had not synced its length, which batches state from now on.
    if (last().allocatedBytes > last().knownBytes) await file.sync();
    await store.disk.syncDirectory(store.directory);
    forgetFirstBatchIfGone(last());
    const lastSequence = Math.max(after, end.lastSequence);
    const nextOrdinal = end.nextOrdinal - end.incomplete.length;
    const endsWithMark = end.endsWithMark && end.incomplete.length === 0;
    const { records, bytes } = end;
    return {
      state: { segments, file, lastSequence, nextOrdinal, endsWithMark },
      recovery: { segments: segments.length, records, bytes, lastSequence, tornTail, repaired: end.damage },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function tornTailOf(segment: Segment, end: LogEnd): LogRecovery['tornTail'] {
  const bytes = end.incomplete.reduce((sum, place) => sum + place.bytes, end.tornBytes);
  if (bytes === 0 || end.damage !== undefined) return undefined;
  const first = end.incomplete[0];
  const offset = first?.index === end.index ? first.offset : end.offset;
  return { file: segment.path, offset, bytes };
}

/** The first batch may have been the torn one. */
function forgetFirstBatchIfGone(segment: Segment): void {
  if (segment.end > SEGMENT_HEADER_BYTES) return;
  segment.firstOrdinal = undefined;
  segment.previousSequence = undefined;
}

async function overwriteWithZeros(file: DiskFile, offset: number, bytes: number): Promise<void> {
  for (let done = 0; done < bytes; done += PREALLOCATION_PIECE_BYTES) {
    await writeFully(file, Buffer.alloc(Math.min(PREALLOCATION_PIECE_BYTES, bytes - done)), offset + done);
  }
}

async function writeAgain(file: DiskFile, place: BatchPlace): Promise<void> {
  const bytes = Buffer.alloc(place.bytes);
  await readFully(file, bytes, 0, bytes.length, place.offset);
  await writeFully(file, bytes, place.offset);
}

function numberOf(segments: readonly Segment[]): number {
  return segments.at(-1)?.number ?? 0;
}

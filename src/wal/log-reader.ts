/** Reads records from the retained segments of a log that is being written. */
import assert from 'node:assert/strict';

import type { Disk, DiskFile } from '../vfs/disk.js';
import { errorCode } from '../vfs/errors.js';
import { type Batch, BatchReader, type NoBatch } from './batch-reader.js';
import { LogCorruptionError, LogTruncatedError } from './errors.js';
import { MalformedBatchError, RecordAssembler } from './record-assembler.js';
import type { Segment } from './segment.js';
import type { LogRecord } from './types.js';

export interface ReadSource {
  readonly disk: Disk;
  readonly directory: string;
  /** The log's own list: it changes while the read goes on. */
  readonly segments: readonly Segment[];
  readonly after: number;
  /** See `WriteAheadLog.read`. */
  readonly more: (() => Promise<boolean>) | undefined;
  /** Of the next batch that the log will write. */
  readonly nextOrdinal: () => number;
}

/** Durable records with a sequence > `after`, in order. See `WriteAheadLog.read`. */
export async function* readLog(source: ReadSource): AsyncGenerator<LogRecord> {
  const assembler = new RecordAssembler(source.after);
  let passed = source.after;
  let segment: Segment | undefined = firstToRead(source);
  while (segment !== undefined) {
    let file: DiskFile | undefined;
    // Before the file is opened: from here on it is not recycled under the reader.
    segment.readers += 1;
    try {
      file = await openForReading(source, segment);
      const batches = file === undefined ? [] : readSegment(source, segment, file);
      for await (const batch of batches) {
        for (const record of recordsOf(assembler, batch, segment)) {
          if (record.sequence <= source.after) continue;
          passed = record.sequence;
          yield record;
        }
      }
    } finally {
      segment.readers -= 1;
      await file?.close();
    }
    segment = successor(source, segment, { wasRead: file !== undefined, passed });
  }
}

function recordsOf(assembler: RecordAssembler, batch: Batch, segment: Segment): LogRecord[] {
  try {
    return assembler.add(batch, segment.number);
  } catch (error) {
    if (!(error instanceof MalformedBatchError)) throw error;
    throw new LogCorruptionError(segment.path, batch.header.offset, error.message);
  }
}

async function* readSegment(source: ReadSource, segment: Segment, file: DiskFile): AsyncGenerator<Batch> {
  const reader = new BatchReader(file, segment.header.identity, segment.end);
  let ordinal = segment.firstOrdinal;
  for (;;) {
    const item = reader.next();
    if (item === undefined) {
      await reader.fill();
    } else if ('body' in item) {
      ordinal = item.header.ordinal + 1;
      yield item;
    } else if (item.offset >= segment.end || endsThere(source, segment, item, ordinal)) {
      if (!isLast(source, segment) || (await source.more?.()) !== true) return;
      if (!reader.extendTo(segment.end)) return;
    } else if (!reader.extendTo(segment.end)) {
      throw new LogCorruptionError(segment.path, item.offset, 'a batch that had been written is not there');
    }
  }
}

const isLast = ({ segments }: ReadSource, segment: Segment) => segments.at(-1) === segment;

/** The last segment of which everything before it has a sequence <= `after`. */
function firstToRead({ segments, after, directory }: ReadSource): Segment | undefined {
  const oldest = segments[0];
  assert(oldest !== undefined, 'a log has a segment');
  if (oldest.previousSequence !== undefined && oldest.previousSequence > after) {
    throw new LogTruncatedError(directory, after, oldest.previousSequence);
  }
  const holdsNext = ({ previousSequence }: Segment) =>
    previousSequence !== undefined && previousSequence <= after;
  return segments.findLast(holdsNext) ?? oldest;
}

/**
 * The segment to read after `segment`. Segments in between may have been released meanwhile: no harm when they held
 * nothing beyond `passed`, the last record that was read.
 */
function successor(
  { segments, after, directory }: ReadSource,
  segment: Segment,
  { wasRead, passed }: { readonly wasRead: boolean; readonly passed: number },
): Segment | undefined {
  const next = segments.find((candidate) => candidate.number > segment.number);
  if (next === undefined || (wasRead && next.number === segment.number + 1)) return next;
  const before = next.previousSequence ?? Number.POSITIVE_INFINITY;
  if (before > passed) throw new LogTruncatedError(directory, after, before);
  return next;
}

/** Of a segment that was there before the log was opened, the end is found by reading it. */
function endsThere(
  { segments, nextOrdinal }: ReadSource,
  segment: Segment,
  item: NoBatch,
  ordinal: number | undefined,
): boolean {
  const next = segments.find((candidate) => candidate.number > segment.number);
  if (next === undefined) return false;
  if (next.number === segment.number + 1) {
    // An empty one is the last: its first batch will be the log's next one.
    if (ordinal !== (next.firstOrdinal ?? nextOrdinal())) return false;
    segment.end = item.offset;
  }
  // With both released meanwhile, whether anything is missing is for `successor` to tell.
  return true;
}

/** Undefined when it was released while it was being opened: the file may already serve another segment. */
async function openForReading({ disk }: ReadSource, segment: Segment): Promise<DiskFile | undefined> {
  let file: DiskFile | undefined;
  try {
    file = await disk.open(segment.path, { access: 'read' });
  } catch (error) {
    if (!segment.released || errorCode(error) !== 'ENOENT') throw error;
  }
  if (!segment.released) return file;
  await file?.close();
  return undefined;
}

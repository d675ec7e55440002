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
}

/** Durable records with a sequence > `after`, in order. See `WriteAheadLog.read`. */
export async function* readLog(source: ReadSource): AsyncGenerator<LogRecord> {
  const assembler = new RecordAssembler(source.after);
  let segment = firstToRead(source);
  while (segment !== undefined) {
    for await (const batch of readSegment(source, segment)) {
      for (const record of recordsOf(assembler, batch, segment)) {
        if (record.sequence > source.after) yield record;
      }
    }
    segment = successor(source, segment);
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

async function* readSegment(source: ReadSource, segment: Segment): AsyncGenerator<Batch> {
  segment.readers += 1;
  let file: DiskFile | undefined;
  try {
    file = await openForReading(source, segment);
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
        return;
      } else if (!reader.extendTo(segment.end)) {
        throw new LogCorruptionError(segment.path, item.offset, 'a batch that had been written is not there');
      }
    }
  } finally {
    segment.readers -= 1;
    await file?.close();
  }
}

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

function successor({ segments, after, directory }: ReadSource, segment: Segment): Segment | undefined {
  const next = segments.find((candidate) => candidate.number > segment.number);
  if (next !== undefined && next.number !== segment.number + 1) {
    throw new LogTruncatedError(directory, after, next.previousSequence ?? after);
  }
  return next;
}

/** Of a segment that was there before the log was opened, the end is found by reading it. */
function endsThere(
  source: ReadSource,
  segment: Segment,
  item: NoBatch,
  ordinal: number | undefined,
): boolean {
  const next = successor(source, segment);
  if (next?.firstOrdinal === undefined || next.firstOrdinal !== ordinal) return false;
  segment.end = item.offset;
  return true;
}

async function openForReading({ disk, directory, after }: ReadSource, segment: Segment): Promise<DiskFile> {
  let file: DiskFile | undefined;
  try {
    file = await disk.open(segment.path, { access: 'read' });
  } catch (error) {
    if (!segment.released || errorCode(error) !== 'ENOENT') throw error;
  }
  // Released while it was being opened: the file may already serve another segment.
  if (file === undefined || segment.released) {
    await file?.close();
    throw new LogTruncatedError(directory, after, segment.previousSequence ?? after);
  }
  return file;
}

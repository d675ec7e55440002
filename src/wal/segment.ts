/** What is known of a segment: its header, its files' names, and how far it is filled. */
import { posix } from 'node:path';

import type { DiskFile } from '../vfs/disk.js';
import { readUpTo } from '../vfs/io.js';
import { LogCorruptionError, LogVersionError } from './errors.js';
import { decodeSegmentHeader, FORMAT_VERSION, SEGMENT_HEADER_BYTES, type SegmentHeader } from './format.js';

const SUFFIX = '.wal';
const SPARE_SUFFIX = '.spare';
const NAME = /^(\d{16})\.(wal|spare)$/;

export class Segment {
  /** Where the next batch goes: everything before is durable. Of an old segment that was not read yet: its length. */
  end = SEGMENT_HEADER_BYTES;
  /** Of the first batch. Undefined until there is one. */
  firstOrdinal: number | undefined;
  /** The highest sequence of which a fragment lies before this segment. Undefined until the first batch. */
  previousSequence: number | undefined;
  /** Length that the file had once, as it says itself. Shorter, it was cut. */
  knownBytes: number;
  /** Reads under way. A file that is being read is not recycled. */
  readers = 0;
  released = false;

  constructor(
    readonly path: string,
    readonly header: SegmentHeader,
    /** The file's length: as far as batches may go without growing it. */
    public allocatedBytes: number,
  ) {
    this.knownBytes = header.firstSizeBytes;
  }

  get number(): number {
    return this.header.number;
  }

  get isEmpty(): boolean {
    return this.end === SEGMENT_HEADER_BYTES;
  }
}

export function segmentPath(directory: string, number: number): string {
  return posix.join(directory, `${String(number).padStart(16, '0')}${SUFFIX}`);
}

export function sparePath(directory: string, number: number): string {
  return posix.join(directory, `${String(number).padStart(16, '0')}${SPARE_SUFFIX}`);
}

/** Of a file name in a log's directory; undefined for other files. */
export function parseSegmentName(
  name: string,
): { readonly number: number; readonly spare: boolean } | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { number: Number(match[1]), spare: match[2] === 'spare' };
}

/** Throws `LogCorruptionError` or `LogVersionError`. A segment gets its name only when its header is durable. */
export async function readSegmentHeader(file: DiskFile, number: number): Promise<SegmentHeader> {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  const length = await readUpTo(file, bytes, 0, bytes.length, 0);
  const header = decodeSegmentHeader(bytes.subarray(0, length));
  if ('invalid' in header) {
    if (header.version !== undefined) throw new LogVersionError(file.path, header.version, FORMAT_VERSION);
    throw new LogCorruptionError(file.path, 0, header.invalid);
  }
  if (header.number !== number) {
    throw new LogCorruptionError(file.path, 0, `it says that it is segment ${header.number}`);
  }
  return header;
}

/**
 * Walks a log from its segments' headers to its end, changing nothing: replay and the judgement of the end.
 *
 * 1. Headers: numbers without a gap, each naming the identity of the one before; and the first batch of each segment,
 *    which says what came before it. Segments that hold nothing after `after` are not read any further.
 * 2. Batches: each where the last one ended, with the next ordinal. Where one ends and the next segment begins with the
 *    ordinal that is due, the walk goes on there.
 * 3. Where neither is so, the log ends. It is the true end, or a torn last write, unless something later in this
 *    segment or in a later one was written by this log (that proves that what is missing here had been durable), or the
 *    file is shorter than it says that it was: it was cut, and nobody knows what was behind the cut.
 */
import type { Disk, DiskFile } from '../vfs/disk.js';
import { readUpTo } from '../vfs/io.js';
import { type Batch, BatchReader, findBatchHeader, type NoBatch } from './batch-reader.js';
import { LogCorruptionError } from './errors.js';
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  BatchKind,
  decodeBatchHeader,
  IDENTITY_BYTES,
  SEGMENT_HEADER_BYTES,
} from './format.js';
import { type LogLimits, searchWindowBytes } from './limits.js';
import { MalformedBatchError, RecordAssembler } from './record-assembler.js';
import { readSegmentHeader, Segment, segmentPath } from './segment.js';
import type { LogRecord } from './types.js';

/** Where a batch lies. `index`: of its segment, among those that were scanned. */
export interface BatchPlace {
  readonly index: number;
  readonly offset: number;
  readonly bytes: number;
}

/** The end of a log as the walk found it. */
export interface LogEnd {
  /** Of the segment that holds the end; everything behind `offset` in it, and all later segments, is of no use. */
  readonly index: number;
  readonly offset: number;
  /** Of a write that was cut off: what can be told from the end of the log. 0 when it ends cleanly. */
  readonly tornBytes: number;
  /** Batches at the end that hold parts of one record, whose last part never came. */
  readonly incomplete: readonly BatchPlace[];
  /** The last batch before those, if the walk saw one. */
  readonly lastBatch: BatchPlace | undefined;
  /** Damage that the walk was told to take as the end. */
  readonly damage: LogCorruptionError | undefined;
  readonly nextOrdinal: number;
  /** Of the last whole record. */
  readonly lastSequence: number;
  readonly endsWithMark: boolean;
  readonly records: number;
  readonly bytes: number;
}

export interface ScanOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly limits: LogLimits;
  readonly after: number;
  readonly onRecord: (record: LogRecord) => void;
  /** Take damage as the end of the log instead of throwing. */
  readonly repair: boolean;
}

type SegmentEnd = Pick<LogEnd, 'offset' | 'tornBytes'> & { readonly damage?: LogCorruptionError };

export class LogScan {
  readonly segments: Segment[] = [];
  /** Of a segment's header, which was taken as the end of the log. */
  damage: LogCorruptionError | undefined;
  #expected = 1;
  #lastSequence = 0;
  #endsWithMark = false;
  #incomplete: BatchPlace[] = [];
  #lastBatch: BatchPlace | undefined;
  #records = 0;
  #bytes = 0;
  readonly #assembler: RecordAssembler;

  constructor(private readonly options: ScanOptions) {
    this.#assembler = new RecordAssembler(options.after);
  }

  /** `numbers`: of the segments that are there, ascending. Undefined: damage at the very beginning leaves no log. */
  async run(numbers: readonly number[]): Promise<LogEnd | undefined> {
    try {
      await this.#loadHeaders(numbers);
    } catch (error) {
      this.damage = this.#tolerated(error);
    }
    if (this.segments.length === 0) return undefined;
    try {
      this.#checkBeginning();
    } catch (error) {
      const damage = this.#tolerated(error);
      return this.#endAt(0, { offset: SEGMENT_HEADER_BYTES, tornBytes: 0, damage });
    }
    for (let index = this.#start(); ; index++) {
      const at = await this.#walkSegment(index);
      if (at !== 'next') return this.#endAt(index, at);
    }
  }

  #endAt(index: number, at: SegmentEnd): LogEnd {
    return {
      index,
      offset: at.offset,
      tornBytes: at.tornBytes,
      damage: at.damage ?? this.damage,
      incomplete: this.#incomplete,
      lastBatch: this.#lastBatch,
      nextOrdinal: this.#expected,
      lastSequence: this.#lastSequence,
      endsWithMark: this.#endsWithMark,
      records: this.#records,
      bytes: this.#bytes,
    };
  }

  async #loadHeaders(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      const path = segmentPath(this.options.directory, number);
      const previous = this.segments.at(-1);
      if (previous !== undefined && previous.number + 1 !== number) {
        throw new LogCorruptionError(
          path,
          0,
          `segment ${previous.number + 1}, which comes before it, is missing`,
        );
      }
      const segment = await withFile(this.options.disk, path, (file) => loadSegment(file, number));
      const { previousIdentity } = segment.header;
      if (previous !== undefined && previousIdentity?.equals(previous.header.identity) !== true) {
        throw new LogCorruptionError(path, 0, `it does not follow segment ${previous.number}`);
      }
      this.segments.push(segment);
    }
  }

  /** The oldest segment must reach back to `after`. */
  #checkBeginning(): void {
    const { after } = this.options;
    const [oldest] = this.segments;
    if (oldest === undefined) return;
    if (oldest.firstOrdinal === undefined && oldest.header.previousIdentity !== undefined) {
      throw new LogCorruptionError(oldest.path, SEGMENT_HEADER_BYTES, 'its first batch is damaged');
    }
    if (oldest.previousSequence !== undefined && oldest.previousSequence > after) {
      const missing = `records ${after + 1} to ${oldest.previousSequence}, which come before it, are missing`;
      throw new LogCorruptionError(oldest.path, SEGMENT_HEADER_BYTES, missing);
    }
  }

  /** Index of the first segment to read: the last of which everything before it has a sequence <= `after`. */
  #start(): number {
    const { after } = this.options;
    const holdsNext = ({ previousSequence }: Segment) =>
      previousSequence !== undefined && previousSequence <= after;
    const start = Math.max(0, this.segments.findLastIndex(holdsNext));
    const segment = this.segments[start];
    if (segment?.header.previousIdentity !== undefined) this.#expected = segment.firstOrdinal ?? 1;
    this.#lastSequence = segment?.previousSequence ?? 0;
    return start;
  }

  async #walkSegment(index: number): Promise<'next' | SegmentEnd> {
    const segment = this.segments[index];
    if (segment === undefined) throw new RangeError(`no segment ${index}`);
    return withFile(this.options.disk, segment.path, async (file) => {
      const reader = new BatchReader(file, segment.header.identity, segment.allocatedBytes);
      try {
        const item = await this.#readBatches(reader, index, segment);
        segment.end = item.offset;
        if (item.header !== undefined) noteSize(segment, item.header);
        const next = this.segments[index + 1];
        if (next?.firstOrdinal === this.#expected) return 'next';
        await this.#refuteDamage(file, index, segment, item);
        refuteCut(segment, item.offset);
        return { offset: item.offset, tornBytes: await this.#tornBytes(file, segment, item) };
      } catch (error) {
        const damage = this.#tolerated(error);
        return { offset: damage.offset, tornBytes: 0, damage };
      }
    });
  }

  async #readBatches(reader: BatchReader, index: number, segment: Segment): Promise<NoBatch> {
    for (;;) {
      const item = reader.next();
      if (item === undefined) await reader.fill();
      else if ('body' in item) this.#take(item, index, segment);
      else return item;
    }
  }

  #take(batch: Batch, index: number, segment: Segment): void {
    const { header } = batch;
    noteSize(segment, header);
    const records = this.#recordsOf(batch, segment);
    const place = { index, offset: header.offset, bytes: BATCH_HEADER_BYTES + header.bodyBytes };
    if (this.#assembler.incompleteSince === undefined) {
      this.#incomplete = [];
      this.#lastBatch = place;
    } else {
      this.#incomplete.push(place);
    }
    this.#expected += 1;
    this.#endsWithMark = header.kind === BatchKind.mark;
    this.#bytes += place.bytes;
    for (const record of records) {
      this.#lastSequence = record.sequence;
      if (record.sequence <= this.options.after) continue;
      this.#records += 1;
      this.options.onRecord(record);
    }
  }

  #recordsOf(batch: Batch, segment: Segment): LogRecord[] {
    const { offset, ordinal } = batch.header;
    if (ordinal !== this.#expected) {
      throw new LogCorruptionError(
        segment.path,
        offset,
        `batch ${ordinal} stands where ${this.#expected} is due`,
      );
    }
    try {
      return this.#assembler.add(batch, segment.number);
    } catch (error) {
      if (!(error instanceof MalformedBatchError)) throw error;
      throw new LogCorruptionError(segment.path, offset, error.message);
    }
  }

  /** Throws when something was written after what is missing at `item`. */
  async #refuteDamage(file: DiskFile, index: number, segment: Segment, item: NoBatch): Promise<void> {
    const what = item.header === undefined ? 'no batch header' : 'a batch with a wrong checksum';
    const later = await this.#findLater(file, segment, item.offset + 1);
    if (later !== undefined) {
      throw new LogCorruptionError(segment.path, item.offset, `${what}, but a later batch at byte ${later}`);
    }
    for (const candidate of this.segments.slice(index + 1)) {
      const found = await withFile(this.options.disk, candidate.path, (other) =>
        this.#findLater(other, candidate, SEGMENT_HEADER_BYTES),
      );
      if (found === undefined) continue;
      throw new LogCorruptionError(
        segment.path,
        item.offset,
        `${what}, but a later batch in ${candidate.path}`,
      );
    }
  }

  #findLater(file: DiskFile, segment: Segment, from: number): Promise<number | undefined> {
    const to = Math.min(segment.allocatedBytes, from + searchWindowBytes(this.options.limits));
    return findBatchHeader(file, segment.header.identity, from, to);
  }

  /**
   * How much of a cut-off write there is at the end. In a recycled file only a batch's own header tells it from what
   * the file held before.
   */
  async #tornBytes(file: DiskFile, segment: Segment, item: NoBatch): Promise<number> {
    const { identity, recycled } = segment.header;
    const rest = segment.allocatedBytes - item.offset;
    if (item.header !== undefined) return Math.min(rest, BATCH_HEADER_BYTES + item.header.bodyBytes);
    const window = Buffer.alloc(Math.min(rest, BATCH_HEADER_BYTES + this.options.limits.batchBytesMax));
    const bytes = await readUpTo(file, window, 0, window.length, item.offset);
    const found = window.subarray(0, bytes);
    const start = found.subarray(0, IDENTITY_BYTES);
    if (recycled) return bytes > 0 && start.equals(identity) ? Math.min(rest, BATCH_HEADER_BYTES) : 0;
    return found.findLastIndex((byte) => byte !== 0) + 1;
  }

  #tolerated(error: unknown): LogCorruptionError {
    if (this.options.repair && error instanceof LogCorruptionError) return error;
    throw error;
  }
}

/** Room is grown and synced before a batch is written to it: all of the batch was within the file. */
function noteSize(segment: Segment, { offset, bodyBytes, fileSizeBytes }: BatchHeader): void {
  const end = offset + BATCH_HEADER_BYTES + bodyBytes;
  segment.knownBytes = Math.max(segment.knownBytes, fileSizeBytes, end);
}

/** Throws when the file lost its end, and with it perhaps batches from `offset` on. */
function refuteCut({ path, allocatedBytes, knownBytes }: Segment, offset: number): void {
  if (allocatedBytes >= knownBytes) return;
  throw new LogCorruptionError(
    path,
    offset,
    `the file was cut: it has ${allocatedBytes} bytes and had at least ${knownBytes}`,
  );
}

async function loadSegment(file: DiskFile, number: number): Promise<Segment> {
  const header = await readSegmentHeader(file, number);
  const segment = new Segment(file.path, header, await file.sizeBytes());
  segment.end = segment.allocatedBytes;
  const bytes = Buffer.alloc(BATCH_HEADER_BYTES);
  const length = await readUpTo(file, bytes, 0, bytes.length, SEGMENT_HEADER_BYTES);
  const first = decodeBatchHeader(bytes.subarray(0, length), 0, header.identity, SEGMENT_HEADER_BYTES);
  segment.firstOrdinal = first?.ordinal;
  segment.previousSequence = first?.previousSequence;
  return segment;
}

async function withFile<Result>(
  disk: Disk,
  path: string,
  use: (file: DiskFile) => Promise<Result>,
): Promise<Result> {
  const file = await disk.open(path, { access: 'read' });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

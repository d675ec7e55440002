/**
 * Reads every byte of a log that nobody writes to and holds its parts against each other: headers and batches intact;
 * segments without a gap, each naming the one before it; ordinals without a gap through the whole log; records whole and
 * ascending. Goes on behind damage, at the next intact batch.
 *
 * What cannot be damaged, because it has no meaning, is not judged: spare files, and what lies behind the last batch of
 * a segment. Of the end of the log a warning tells, when something is there that a cut-off write may have left.
 */
import { posix } from 'node:path';

import type { Disk } from '../vfs/disk.js';
import { type CheckObserver, type Finding, unreadable } from '../vfs/findings.js';
import type { Batch } from './batch-reader.js';
import { BatchKind, SEGMENT_HEADER_BYTES, type SegmentHeader } from './format.js';
import { MalformedBatchError, RecordAssembler } from './record-assembler.js';
import { parseSegmentName, segmentPath } from './segment.js';
import { type SegmentStep, walkSegment } from './segment-walk.js';
import type { LogRecord } from './types.js';

export interface LogCheckOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly observer: CheckObserver;
  /**
   * Called for each whole record, in order. `path`: of the segment in which it ends. `previousSequence`: of the record
   * before it, as the log has it, whether or not that one could be read.
   */
  readonly onRecord: (record: LogRecord, path: string, previousSequence: number) => void;
}

export interface LogCheck {
  /** Paths, oldest first. */
  readonly segments: readonly string[];
  /** Highest sequence before the first batch; undefined when no batch could be read. */
  readonly previousSequence: number | undefined;
  /** Highest sequence that the log shows to have been durable. */
  readonly lastSequence: number;
  readonly damaged: boolean;
}

/** Throws what the disk throws when the directory cannot be listed. */
export function verifyLog(options: LogCheckOptions): Promise<LogCheck> {
  return new LogVerification(options).run();
}

/** Where the batches of a segment end, if nothing is known to be wrong there. */
interface SoundEnd {
  readonly path: string;
  readonly offset: number;
  readonly residueBytes: number;
}

class LogVerification {
  readonly #options: LogCheckOptions;
  #previousHeader: SegmentHeader | undefined;
  /** Ordinal of the next batch; undefined at the beginning, and behind damage. */
  #expected: number | undefined;
  #lastEnd: SoundEnd | undefined;
  #assembler: RecordAssembler | undefined;
  #incomplete: { readonly path: string; readonly offset: number } | undefined;
  #previousSequence: number | undefined;
  #lastSequence = 0;
  #endsWithMark = false;
  #damaged = false;

  constructor(options: LogCheckOptions) {
    this.#options = options;
  }

  async run(): Promise<LogCheck> {
    const { disk, directory } = this.#options;
    const segments: string[] = [];
    let before: number | undefined;
    for (const number of await this.#numbers()) {
      const path = segmentPath(directory, number);
      segments.push(path);
      if (before !== undefined && number !== before + 1) {
        this.#damage(path, undefined, `segment ${before + 1}, which comes before it, is missing`);
        this.#forget();
      }
      before = number;
      try {
        await this.#segment(disk, path, number);
      } catch (error) {
        this.#find(unreadable(path, error));
        this.#forget();
      }
    }
    this.#judgeEnd();
    return {
      segments,
      previousSequence: this.#previousSequence,
      lastSequence: this.#lastSequence,
      damaged: this.#damaged,
    };
  }

  async #numbers(): Promise<number[]> {
    const { disk, directory, observer } = this.#options;
    const numbers: number[] = [];
    for (const name of await disk.list(directory)) {
      const parsed = parseSegmentName(name);
      const path = posix.join(directory, name);
      if (parsed === undefined)
        observer.onFinding({ severity: 'warning', path, fault: 'not a file of a log' });
      else if (!parsed.spare) numbers.push(parsed.number);
    }
    return numbers.sort((a, b) => a - b);
  }

  async #segment(disk: Disk, path: string, number: number): Promise<void> {
    const file = await disk.open(path, { access: 'read' });
    try {
      for await (const step of walkSegment(file)) this.#step(step, path, number);
      this.#options.observer.onBytes(await file.sizeBytes());
    } finally {
      await file.close();
    }
  }

  #step(step: SegmentStep, path: string, number: number): void {
    switch (step.kind) {
      case 'header':
        this.#header(step.header, path, number);
        break;
      case 'batch':
        this.#batch(step.batch, path, number);
        break;
      case 'damage':
        this.#damage(path, step.offset, step.fault);
        this.#forget();
        if (step.offset === 0) this.#previousHeader = undefined;
        break;
      case 'end':
        // Behind damage nothing is known of what should follow.
        this.#end({ path, offset: step.offset, residueBytes: step.residueBytes });
    }
  }

  #header(header: SegmentHeader, path: string, number: number): void {
    const before = this.#previousHeader;
    this.#previousHeader = header;
    if (header.number !== number) this.#damage(path, 0, `it says that it is segment ${header.number}`);
    const { previousIdentity } = header;
    if (before === undefined) {
      if (previousIdentity === undefined && !this.#damaged) this.#expected = 1;
      return;
    }
    if (previousIdentity === undefined) this.#damage(path, 0, 'it says that the log begins here');
    else if (!previousIdentity.equals(before.identity)) this.#damage(path, 0, 'it follows another segment');
  }

  #batch(batch: Batch, path: string, number: number): void {
    const { offset, ordinal, previousSequence, kind } = batch.header;
    if (this.#expected !== undefined && ordinal !== this.#expected) {
      // At the beginning of a segment: what is missing lay at the end of the one before.
      const place = offset === SEGMENT_HEADER_BYTES && this.#lastEnd ? this.#lastEnd : { path, offset };
      this.#damage(place.path, place.offset, `batch ${ordinal} follows where ${this.#expected} is due`);
      this.#forget();
    }
    this.#lastEnd = undefined;
    this.#previousSequence ??= previousSequence;
    if (this.#assembler !== undefined && previousSequence < this.#lastSequence) {
      this.#damage(path, offset, `record ${this.#lastSequence} comes before, not ${previousSequence}`);
    }
    this.#lastSequence = Math.max(this.#lastSequence, previousSequence);
    let before = this.#lastSequence;
    this.#assembler ??= new RecordAssembler(previousSequence);
    this.#expected = ordinal + 1;
    this.#endsWithMark = kind === BatchKind.mark;
    try {
      for (const record of this.#assembler.add(batch, number)) {
        // Of a record that is spread, parts have come before.
        this.#options.onRecord(record, path, before === record.sequence ? before - 1 : before);
        before = record.sequence;
        this.#lastSequence = record.sequence;
      }
      if (this.#assembler.incompleteSince === undefined) this.#incomplete = undefined;
      else this.#incomplete ??= { path, offset };
    } catch (error) {
      if (!(error instanceof MalformedBatchError)) throw error;
      this.#damage(path, offset, error.message);
      this.#assembler = undefined;
      this.#incomplete = undefined;
    }
  }

  #end(end: SoundEnd): void {
    // A segment that was made ahead and has nothing yet: the log ends in the one before.
    const isUnused = end.offset === SEGMENT_HEADER_BYTES && end.residueBytes === 0;
    if (!isUnused || this.#lastEnd === undefined) this.#lastEnd = end;
  }

  #judgeEnd(): void {
    const end = this.#lastEnd;
    const fault = (bytes: string) => `${bytes} of a write that was cut off; it was never acknowledged`;
    if (this.#incomplete !== undefined) {
      const { path, offset } = this.#incomplete;
      if (this.#endsWithMark) this.#damage(path, offset, 'a record is not complete in a log that was closed');
      else this.#find({ severity: 'warning', path, offset, fault: fault('a record') });
    }
    if (end !== undefined && end.residueBytes > 0) {
      const { path, offset, residueBytes } = end;
      this.#find({ severity: 'warning', path, offset, fault: fault(`${residueBytes} bytes`) });
    }
  }

  /** Behind damage the next batch is taken as it comes. */
  #forget(): void {
    this.#expected = undefined;
    this.#assembler = undefined;
    this.#incomplete = undefined;
    this.#lastEnd = undefined;
  }

  #damage(path: string, offset: number | undefined, fault: string): void {
    this.#find({ severity: 'damage', path, fault, ...(offset !== undefined && { offset }) });
  }

  #find(finding: Finding): void {
    if (finding.severity === 'damage') this.#damaged = true;
    this.#options.observer.onFinding(finding);
  }
}

/** What is in a segment of a log. */
import { CorruptionError, UnsupportedVersionError } from '../src/partition/errors.js';
import { decodeRecord, type PartitionRecord, RecordKind } from '../src/partition/record-format.js';
import type { Disk } from '../src/vfs/disk.js';
import type { Batch } from '../src/wal/batch-reader.js';
import { BATCH_HEADER_BYTES, BatchKind, type SegmentHeader } from '../src/wal/format.js';
import { MalformedBatchError, RecordAssembler } from '../src/wal/record-assembler.js';
import { walkSegment } from '../src/wal/segment-walk.js';
import type { LogRecord } from '../src/wal/types.js';
import { formatBytes, formatCounted, formatKey, formatTime } from './format.js';
import { damageAt, type InspectedItem, json } from './inspected-item.js';

export async function* inspectSegment(disk: Disk, path: string): AsyncGenerator<InspectedItem> {
  const file = await disk.open(path, { access: 'read' });
  try {
    const sizeBytes = await file.sizeBytes();
    const records = new Records(path);
    for await (const step of walkSegment(file)) {
      if (step.kind === 'header') {
        records.segment = step.header.number;
        yield headerItem(step.header, sizeBytes);
      } else if (step.kind === 'batch') {
        yield* records.of(step.batch);
      } else if (step.kind === 'damage') {
        records.forget();
        yield damageAt(step.offset, step.fault);
      } else {
        yield* records.end();
        yield endItem(step.offset, step.residueBytes, sizeBytes);
      }
    }
  } finally {
    await file.close();
  }
}

function headerItem(header: SegmentHeader, sizeBytes: number): InspectedItem {
  const { version, number, recycled } = header;
  const identity = header.identity.toString('hex');
  const previousIdentity = header.previousIdentity?.toString('hex') ?? null;
  const before = previousIdentity === null ? 'the log begins here' : `follows ${previousIdentity}`;
  const use = recycled ? ', recycled' : '';
  return {
    text: `segment ${number} of a log, format ${version}, ${formatBytes(sizeBytes)}${use}, identity ${identity}, ${before}`,
    json: json('segment', {
      format: version,
      segment: number,
      sizeBytes,
      recycled,
      identity,
      previousIdentity,
    }),
  };
}

function endItem(offset: number, residueBytes: number, sizeBytes: number): InspectedItem {
  const residue = residueBytes > 0 ? `, ${formatBytes(residueBytes)} of a write that was cut off` : '';
  return {
    text: `at ${offset}: end${residue}; ${formatBytes(sizeBytes - offset)} without meaning`,
    json: json('end', { offset, residueBytes }),
  };
}

/** Puts records together from the batches of one segment. */
class Records {
  /** Of the log, as the header says. */
  segment = 0;
  #assembler: RecordAssembler | undefined;

  constructor(private readonly path: string) {}

  forget(): void {
    this.#assembler = undefined;
  }

  *of(batch: Batch): Generator<InspectedItem> {
    const { offset, ordinal, bodyBytes, previousSequence, kind } = batch.header;
    const isMark = kind === BatchKind.mark;
    const bytes = BATCH_HEADER_BYTES + bodyBytes;
    yield {
      text: `at ${offset}: batch ${ordinal}, ${isMark ? 'a mark' : formatBytes(bytes)}, after record ${previousSequence}`,
      json: json('batch', { offset, bytes, ordinal, type: isMark ? 'mark' : 'records', previousSequence }),
    };
    this.#assembler ??= new RecordAssembler(previousSequence);
    let records: readonly LogRecord[];
    try {
      records = this.#assembler.add(batch, this.segment);
    } catch (error) {
      if (!(error instanceof MalformedBatchError)) throw error;
      this.#assembler = undefined;
      yield damageAt(offset, error.message);
      return;
    }
    for (const record of records) yield this.#item(record);
  }

  *end(): Generator<InspectedItem> {
    const begin = this.#assembler?.incompleteSince;
    if (begin === undefined) return;
    yield {
      text: `  at ${begin.offset}: a record that goes on in the next segment, or was cut off`,
      json: json('incomplete record', { offset: begin.offset }),
    };
  }

  #item({ sequence, payload, position: { offset } }: LogRecord): InspectedItem {
    let record: PartitionRecord;
    try {
      record = decodeRecord(payload, { path: this.path, offset });
    } catch (error) {
      // Whole, but not of a partition, or of a newer release's.
      if (!(error instanceof CorruptionError) && !(error instanceof UnsupportedVersionError)) throw error;
      return damageAt(offset, `record ${sequence} of ${payload.length} bytes: ${error.message}`);
    }
    const { timestampMs } = record;
    const mutations = 'mutations' in record ? record.mutations : [];
    const { type, transaction } = describe(record);
    const changes = mutations.map(
      ({ key, value }) => `${formatKey(key)} ${value === null ? 'deleted' : formatBytes(value.length)}`,
    );
    const of = transaction === undefined ? '' : ` ${transaction}`;
    const written = formatTime(timestampMs);
    return {
      text: `  at ${offset}: record ${sequence}, ${written}, ${type}${of}, ${formatCounted(changes.length, 'change')}: ${changes.join(', ')}`,
      json: json('record', {
        offset,
        sequence,
        timestampMs,
        type,
        ...(transaction !== undefined && { transaction }),
        mutations: mutations.map(({ key, value }) => ({ key, valueBytes: value?.length ?? null })),
      }),
      keys: mutations.map(({ key }) => key),
      counts: true,
    };
  }
}

function describe(record: PartitionRecord): { readonly type: string; readonly transaction?: string } {
  switch (record.kind) {
    case RecordKind.mutations:
      return { type: 'write' };
    case RecordKind.prepare:
      return { type: 'prepare', transaction: record.id };
    case RecordKind.commit:
      return { type: 'commit', transaction: record.transaction.id };
    case RecordKind.abort:
      return { type: 'abort', transaction: record.id };
  }
}

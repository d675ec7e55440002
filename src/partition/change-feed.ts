/** The change feed: the log's records as changes. What a transaction prepares, and that it is off, changes nothing. */
import type { LogRecord } from '../wal/types.js';
import { decodeRecord, type PartitionRecord, RecordKind } from './record-format.js';
import type { Change, SequenceNumber } from './types.js';

/** `visible`: of the last record that readers may see; what the log has beyond it is not yielded. */
export async function* changesFrom(
  records: AsyncIterable<LogRecord>,
  logDirectory: string,
  visible: () => SequenceNumber,
): AsyncGenerator<Change> {
  for await (const record of records) {
    if (record.sequence > visible()) return;
    const decoded = decodeLogRecord(record, logDirectory);
    const { sequence } = record;
    if (decoded.kind === RecordKind.mutations) {
      yield { sequence, timestampMs: decoded.timestampMs, mutations: decoded.mutations };
    } else if (decoded.kind === RecordKind.commit) {
      const { timestampMs, mutations, transaction } = decoded;
      yield { sequence, timestampMs, mutations, transaction };
    }
  }
}

export function decodeLogRecord(record: LogRecord, logDirectory: string): PartitionRecord {
  const origin = {
    path: `${logDirectory}, segment ${record.position.segment}`,
    offset: record.position.offset,
  };
  return decodeRecord(record.payload, origin);
}

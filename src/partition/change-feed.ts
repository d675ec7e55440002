/** The change feed: the log's records as changes. */
import type { LogRecord } from '../wal/types.js';
import { decodeMutationRecord } from './record-format.js';
import type { Change, SequenceNumber } from './types.js';

/** `visible`: of the last record that readers may see; what the log has beyond it is not yielded. */
export async function* changesFrom(
  records: AsyncIterable<LogRecord>,
  logDirectory: string,
  visible: () => SequenceNumber,
): AsyncGenerator<Change> {
  for await (const record of records) {
    if (record.sequence > visible()) return;
    yield decodeChange(record, logDirectory);
  }
}

export function decodeChange(record: LogRecord, logDirectory: string): Change {
  const origin = {
    path: `${logDirectory}, segment ${record.position.segment}`,
    offset: record.position.offset,
  };
  return { sequence: record.sequence, ...decodeMutationRecord(record.payload, origin) };
}

/** What the logs of a process have written. One for all of them, so that reading it costs the same however many there are. */
import { Histogram } from '../statistics/histogram.js';

/** Records that share a write: the powers of two. */
const RECORDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
/** Milliseconds. */
const WRITE_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500];

export class LogStatistics {
  /** Records of each durable write of a batch. */
  readonly batchRecords = new Histogram(RECORDS);
  /** From handing a batch to the disk until it is durable. */
  readonly writeMs = new Histogram(WRITE_MS);
  bytes = 0;
  /** Logs that turned unusable. */
  failures = 0;
}

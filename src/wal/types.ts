/** What the write-ahead log promises to its owner (the partition). */

/** A place in the log: the segment's number and the byte offset of a record's first fragment in it. */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

/** A record read back from the log. `payload` may be kept: it is never reused. */
export interface LogRecord {
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly position: LogPosition;
}

/**
 * Called once for each appended record, in log order, synchronously one after the other.
 * Without `error` the record is on stable storage. With `error` it must not be acknowledged.
 */
export type DurableCallback = (error: Error | undefined) => void;

export interface WriteAheadLog {
  /**
   * Adds a record to the open batch. `encode` is called at once and synchronously, and must fill exactly `sizeBytes`
   * bytes of `target` from `offset`. `sequence` must be greater than that of every record before it.
   * `urgency` `later`: nobody waits for the record; it is written with the next one that somebody waits for, or by
   * `flush`. Throws when the log has failed or is closed.
   */
  append(
    sequence: number,
    sizeBytes: number,
    encode: (target: Buffer, offset: number) => void,
    onDurable: DurableCallback,
    urgency?: 'now' | 'later',
  ): void;
  /** Has records written that were appended for later. */
  flush(): void;
  /** Bytes of records appended and not yet durable. */
  readonly pendingBytes: number;
  /** Set once a write or sync failed: final for this handle (a failed sync leaves the state of the file unknown). */
  readonly failure: Error | undefined;
  /** Ends the current segment, so that a flush boundary is a segment boundary. Resolves when records so far are durable. */
  rotate(): Promise<void>;
  /** The last sequence before the newest segments of `bytes` together (the one being written is always among them). */
  sequenceBefore(bytes: number): number;
  /** Segments whose records all have a sequence <= `sequence` may be recycled or removed. */
  releaseThrough(sequence: number): Promise<void>;
  /**
   * Durable records with a sequence > `after`, in order, from the retained segments. Ends at the last record that was
   * durable when the read reached it. Throws `LogTruncatedError` when records after `after` were already released.
   * `more` is called at that end: when it resolves with true, another record is durable, and the read goes on where it is.
   */
  read(after: number, more?: () => Promise<boolean>): AsyncIterable<LogRecord>;
  /** Waits for everything appended, then closes. */
  close(): Promise<void>;
}

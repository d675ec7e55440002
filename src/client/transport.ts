/** What stands between the client's interface and the operations: a socket, or nothing but a call. */
import type { Carried } from './operation-input.js';

export interface CallOptions {
  /** Ends the wait with the signal's reason. A write that was sent may take effect all the same. */
  readonly signal?: AbortSignal | undefined;
  /** For the reply, or for the next page of a range. Default: that of the client. */
  readonly timeoutMs?: number | undefined;
}

export interface Transport {
  call(operation: string, input: Carried, options: CallOptions): Promise<Carried>;
  /** The pages of a Query or Scan, however many. */
  pages(
    operation: 'Query' | 'Scan',
    input: Carried,
    options: CallOptions,
  ): AsyncGenerator<Carried, void, undefined>;
  /** Once what was called is answered. Idempotent. */
  close(): Promise<void>;
}

/** Where a range goes on after `page`; undefined after the last. `Limit` counts what all pages look at. */
export function inputAfter(input: Carried, page: Carried): Carried | undefined {
  const { LastEvaluatedKey: last, ScannedCount: scanned } = page;
  if (last === undefined) return undefined;
  const { Limit: limit } = input;
  if (typeof limit !== 'number') return { ...input, ExclusiveStartKey: last };
  const left = limit - Number(scanned);
  return left > 0 ? { ...input, ExclusiveStartKey: last, Limit: left } : undefined;
}

const READS = /^(?:BatchGet|Describe|Get|List|Query|Scan|TransactGet)/;

/** Whether it may change anything. */
export function isWrite(operation: string): boolean {
  return !READS.test(operation);
}

/** Whether doing it twice is the same as doing it once, whatever others do in between. */
export function isRepeatable(operation: string, input: Carried): boolean {
  // The service's rule: within ten minutes a transaction with the same token takes effect once.
  return (
    !isWrite(operation) || (operation === 'TransactWriteItems' && input['ClientRequestToken'] !== undefined)
  );
}

/**
 * What clients saw of a database, as the checker wants it.
 *
 * The values that are written to a key are unique, so that a read tells whose write it saw. A list tells more: since
 * appends never take anything away, it shows the order of all writes before it (Kingsbury, Alvaro: "Elle: Inferring
 * Isolation Anomalies from Experimental Observations", VLDB 2020, section 3).
 */

export type Operation =
  | { readonly kind: 'append'; readonly key: string; readonly value: number }
  /** The whole list, first to last. */
  | { readonly kind: 'list'; readonly key: string; readonly values: readonly number[] }
  /** Of a register. `removes`: readers see nothing. */
  | { readonly kind: 'write'; readonly key: string; readonly value: number; readonly removes?: boolean }
  /** Of a register; undefined: there is nothing. */
  | { readonly kind: 'read'; readonly key: string; readonly value: number | undefined };

/** `unknown`: asked for and not answered, so it may have happened at any time after its start, or never. */
export type Outcome = 'committed' | 'aborted' | 'unknown';

/** What happened, or did not, as one: also a single read or write. */
export interface Transaction {
  readonly outcome: Outcome;
  /** In the order in which they take effect: a read sees the transaction's own writes before it. */
  readonly operations: readonly Operation[];
  /** When the request left and when the answer was there, on one clock for all clients. `Infinity`: never. */
  readonly startMs: number;
  readonly endMs: number;
}

export type History = readonly Transaction[];

export function isWrite(operation: Operation): operation is Extract<Operation, { kind: 'append' | 'write' }> {
  return operation.kind === 'append' || operation.kind === 'write';
}

export function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'append':
      return `append ${operation.value} to ${operation.key}`;
    case 'list':
      return `${operation.key} is [${tailOf(operation.values)}]`;
    case 'write':
      return `${operation.removes ? 'remove' : 'write'} ${operation.key} (${operation.value})`;
    case 'read':
      return `${operation.key} is ${operation.value ?? 'nothing'}`;
  }
}

function tailOf(values: readonly number[]): string {
  const shown = values.slice(-5).join(' ');
  return values.length > 5 ? `… ${shown}` : shown;
}

/**
 * How many operations there were, how they ended, and how long they took: from the parsed request to the output. Counted for
 * each operation, and for each table that a request names.
 */
import { OperationCounts } from '../statistics/operation-counts.js';
import type { Tables } from '../table/tables.js';
import type { ErrorType } from './service-error.js';

const DURATION_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
/** Fewer, because each is a time series for each operation of each table. */
const TABLE_DURATION_MS = [0.5, 2.5, 10, 50, 250, 1000];

export class OperationStatistics {
  readonly counts = new OperationCounts(DURATION_MS);

  constructor(private readonly operation: string) {}

  /**
   * @param input as it came: nothing of it need be valid
   * @param error undefined: it succeeded
   */
  ended(tables: Tables, input: unknown, error: ErrorType | undefined, durationMs: number): void {
    this.counts.add(error, durationMs);
    if (typeof input !== 'object' || input === null) return;
    const { TableName } = input as { readonly TableName?: unknown };
    if (typeof TableName === 'string') this.note(tables, TableName, error, durationMs);
    else for (const name of namesOf(input)) this.note(tables, name, error, durationMs);
  }

  /** Names without a table are nobody's: else whoever asks for many of them would fill the memory. */
  private note(tables: Tables, name: string, error: ErrorType | undefined, durationMs: number): void {
    // An ARN is cut only when there is no table of that name, which spares every other request the search for its last part.
    const table = tables.find(name) ?? tables.find(name.slice(name.lastIndexOf('/') + 1));
    if (table === undefined) return;
    let counted = table.operations.get(this.operation);
    if (counted === undefined) {
      counted = new OperationCounts(TABLE_DURATION_MS);
      table.operations.set(this.operation, counted);
    }
    counted.add(error, durationMs);
  }
}

/** Of every operation that there is, by name. */
export type StatisticsByOperation = ReadonlyMap<string, OperationStatistics>;

/** Actions of a request of several: enough to name every table of a valid one. */
const ACTIONS_MAX = 100;

/** Of a batch or a transaction: the tables that it names, each once. */
function namesOf(input: object): ReadonlySet<string> {
  const { RequestItems, TransactItems } = input as {
    readonly RequestItems?: unknown;
    readonly TransactItems?: unknown;
  };
  const names = new Set<string>();
  if (typeof RequestItems === 'object' && RequestItems !== null) {
    for (const name of Object.keys(RequestItems).slice(0, ACTIONS_MAX)) names.add(name);
  }
  if (!Array.isArray(TransactItems)) return names;
  for (const element of TransactItems.slice(0, ACTIONS_MAX) as readonly unknown[]) {
    if (typeof element !== 'object' || element === null) continue;
    for (const action of Object.values(element) as ({ readonly TableName?: unknown } | null)[]) {
      const name = action?.TableName;
      if (typeof name === 'string') names.add(name);
    }
  }
  return names;
}

/** How many operations there were, how they ended, and how long they took: from the parsed request to the output. */
import { Histogram } from '../statistics/histogram.js';
import type { ErrorType } from './service-error.js';

/** Milliseconds. */
const DURATION_MS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

export class OperationStatistics {
  /** Of all, however they ended. */
  readonly durationMs = new Histogram(DURATION_MS);
  readonly errors = new Map<ErrorType, number>();
  successes = 0;

  succeeded(durationMs: number): void {
    this.successes += 1;
    this.durationMs.add(durationMs);
  }

  failed(error: ErrorType, durationMs: number): void {
    this.errors.set(error, (this.errors.get(error) ?? 0) + 1);
    this.durationMs.add(durationMs);
  }
}

/** Of every operation that there is, by name. */
export type StatisticsByOperation = ReadonlyMap<string, OperationStatistics>;

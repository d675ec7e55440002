/** Sends requests and writes down what came of them, for the checker. */
import type { Operation, Outcome, Transaction } from './history.js';
import { type Answer, isLostRace, type Target, type Wire } from './target.js';

export interface Step {
  readonly operation: string;
  readonly input: Wire;
  /** What it does, and what it must have found, if it happens. */
  readonly attempted: readonly Operation[];
  /** All that it did and saw, by the reply. Absent: what it attempted. */
  readonly seen?: (output: Wire) => readonly Operation[];
}

export class Recorder {
  readonly history: Transaction[] = [];
  /** Refusals that nothing explains. */
  readonly violations: string[] = [];

  constructor(private readonly target: Target) {}

  async perform({ operation, input, attempted, seen }: Step): Promise<Transaction> {
    const startMs = performance.now();
    const answer = await this.target.ask(operation, input);
    const endMs = answer.kind === 'unknown' ? Number.POSITIVE_INFINITY : performance.now();
    const operations = answer.kind === 'done' && seen !== undefined ? seen(answer.output) : attempted;
    const transaction = { outcome: OUTCOMES[answer.kind], operations, startMs, endMs };
    this.history.push(transaction);
    // Nobody stands in the way of a read.
    if (answer.kind === 'refused' && (attempted.length === 0 || !isLostRace(answer.type))) {
      this.violations.push(`${operation} was refused: ${JSON.stringify(answer.body)}`);
    }
    return transaction;
  }

  describe(): string {
    return Object.values(OUTCOMES)
      .map((name) => `${this.history.filter(({ outcome }) => outcome === name).length} ${name}`)
      .join(', ');
  }
}

const OUTCOMES: Readonly<Record<Answer['kind'], Outcome>> = {
  done: 'committed',
  refused: 'aborted',
  unknown: 'unknown',
};

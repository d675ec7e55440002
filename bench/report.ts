/** What every benchmark ends with: a line per row, `name measured target ok|short`, and the same as JSON. */
import { writeFileSync } from 'node:fs';

export interface Row {
  readonly name: string;
  readonly measured: number;
  readonly target: number;
  /** `at-least` for rates and ratios, `at-most` for times and sizes. */
  readonly better: 'at-least' | 'at-most';
}

function isReached(row: Row): boolean {
  return row.better === 'at-least' ? row.measured >= row.target : row.measured <= row.target;
}

export function report(rows: readonly Row[], details: object, jsonFile: string | undefined): void {
  const judged = rows.map((row) => ({ ...row, result: isReached(row) ? 'ok' : 'short' }));
  for (const { name, measured, target, result } of judged) {
    console.log(`${name} ${measured} ${target} ${result}`);
  }
  if (jsonFile !== undefined) {
    writeFileSync(jsonFile, `${JSON.stringify({ rows: judged, details }, null, 2)}\n`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

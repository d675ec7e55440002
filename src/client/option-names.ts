/** The names of the options of each call. Types do not see what a program in JavaScript, or a spread, hands over. */
import { didYouMean, nearest } from './nearest.js';
import type {
  ActionOptions,
  CallOptions,
  GetOptions,
  QueryOptions,
  ScanOptions,
  UpdateOptions,
} from './types.js';

/** Every option of `T`: the compiler misses none and lets none in. */
type Names<T> = Readonly<Record<keyof T, true>>;

export const CALL_OPTIONS: Names<CallOptions> = { signal: true, timeoutMs: true };
const PLACEHOLDERS = { names: true, values: true } as const;
export const GET_OPTIONS: Names<GetOptions> = { ...CALL_OPTIONS, select: true, names: true };
export const CHECK_OPTIONS: Names<Omit<ActionOptions, 'condition'>> = {
  ...PLACEHOLDERS,
  returnOnFailure: true,
};
export const ACTION_OPTIONS: Names<ActionOptions> = { ...CHECK_OPTIONS, condition: true };
export const WRITE_OPTIONS: Names<UpdateOptions> = { ...CALL_OPTIONS, ...ACTION_OPTIONS, return: true };
export const SCAN_OPTIONS: Names<ScanOptions> = {
  ...CALL_OPTIONS,
  ...PLACEHOLDERS,
  filter: true,
  select: true,
  index: true,
  limit: true,
  after: true,
};
export const QUERY_OPTIONS: Names<QueryOptions> = { ...SCAN_OPTIONS, descending: true };

/**
 * @param subject whose options they are, such as `put`
 * @throws TypeError that names the first one that there is not, or says that they are no object
 */
export function checkOptions(subject: string, options: object, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`the options of ${subject} must be an object, not ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(`${subject} has no option ${name}${didYouMean(nearest(name, Object.keys(known)))}`);
  }
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

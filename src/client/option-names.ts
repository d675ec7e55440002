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

const DURATIONS: ReadonlySet<string> = new Set(['timeoutMs', 'reconnectMs']);

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
 * @throws TypeError that names the first one that there is not, or says that they are no object, or which duration is none
 */
export function checkOptions(subject: string, options: object, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`the options of ${subject} must be an object, not ${describe(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`${subject} has no option ${name}${didYouMean(nearest(name, Object.keys(known)))}`);
    }
    if (DURATIONS.has(name)) checkDuration(subject, name, (options as Record<string, unknown>)[name]);
  }
}

/** Infinity is one. */
function checkDuration(subject: string, name: string, value: unknown): void {
  if (value === undefined || (typeof value === 'number' && value >= 0)) return;
  throw new TypeError(`${name} of ${subject} must be a number of milliseconds, not ${describe(value)}`);
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** What a check of files comes to, told while it goes on. */
import { errorCode } from './errors.js';

/**
 * - `damage`: bytes that matter are not what was written, or are missing.
 * - `warning`: nothing is lost, but somebody should know: what a crash left behind, a file that nobody needs.
 */
export type Severity = 'damage' | 'warning';

export interface Finding {
  readonly severity: Severity;
  readonly path: string;
  /** Of the structure at fault, in bytes. Absent: the file as a whole. */
  readonly offset?: number;
  readonly fault: string;
}

export interface CheckObserver {
  onFinding(finding: Finding): void;
  /** So many more bytes have been read and checked. */
  onBytes(bytes: number): void;
}

/**
 * What the file system refused, or a newer release wrote, as a finding about that file. Throws what was not foreseen.
 */
export function unreadable(path: string, error: unknown): Finding {
  const code = errorCode(error);
  // Node's own: an assertion that failed, an argument of a wrong type.
  if (!(error instanceof Error) || code === undefined || code.startsWith('ERR_')) throw error;
  const fault = code === 'ENOENT' ? 'the file is missing' : `cannot be read: ${error.message}`;
  return { severity: 'damage', path, fault };
}

/** Which errors injected faults may show as. Any other one is a finding. */
import { errorCode } from '../../src/vfs/errors.js';

const expectedCodes = new Set([
  'EIO',
  'ENOSPC',
  'DISK_STOPPED',
  'LOG_FAILED',
  'LOG_NO_SPACE',
  'LOG_NO_ROOM',
  'STALLED',
  'JOB_CANCELLED',
  'TABLE_CLOSED',
  'CLOSED',
  'TABLE_CORRUPT',
  'READ_ONLY',
  'OUT_OF_SPACE',
  'WRITE_UNCERTAIN',
  'OVERLOADED',
  'LOCK_CONFLICT',
  'TRANSACTION_CONFLICT',
  'TOKEN_IN_PROGRESS',
  'TOKEN_MISMATCH',
]);

export function throwUnlessExpected(error: unknown): void {
  if (!expectedCodes.has(errorCode(error) ?? '')) throw error;
}

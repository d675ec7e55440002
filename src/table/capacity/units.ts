/** Capacity units by the service's rounding rules ("Read/write capacity unit consumption"). */

const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

/** Of a strongly consistent read; an eventually consistent one costs half, a transactional one double. */
export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
}

/** Of a write of one item; a transactional one costs double. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

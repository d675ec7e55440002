/** Tables are named by their file number: `00000042.sst`. A number is never used twice. */
import { posix } from 'node:path';

const pattern = /^(\d{8,16})\.sst$/;

export function tableName(fileNumber: number): string {
  return `${String(fileNumber).padStart(8, '0')}.sst`;
}

export function tablePath(directory: string, fileNumber: number): string {
  return posix.join(directory, tableName(fileNumber));
}

/** Undefined when it is not the name of a table. */
export function fileNumberOf(name: string): number | undefined {
  const digits = pattern.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const fileNumber = Number(digits);
  return tableName(fileNumber) === name ? fileNumber : undefined;
}

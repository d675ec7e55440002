/**
 * The files of a partition's directory:
 *
 *   MANIFEST           which tables there are, and through which record the log is in them
 *   00000042.sst       a table (named in compaction/table-name.ts)
 *   log/               the write-ahead log's segments (named by that room)
 *   *.tmp              left behind by a crash: removed when the partition opens
 */
import { posix } from 'node:path';

export function manifestPath(directory: string): string {
  return posix.join(directory, 'MANIFEST');
}

export function logDirectory(directory: string): string {
  return posix.join(directory, 'log');
}

export function isTemporary(name: string): boolean {
  return name.endsWith('.tmp');
}

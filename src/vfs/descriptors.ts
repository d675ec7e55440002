/** How many files the process may have open. */
import fs from 'node:fs';

/** The limit that holds now; undefined when the system does not say, or sets none. */
export function openFilesMax(): number | undefined {
  let limits: string;
  try {
    limits = fs.readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Not Linux.
    return undefined;
  }
  return parseOpenFilesMax(limits);
}

/** The soft limit, from the text of `/proc/self/limits` (proc(5)). */
export function parseOpenFilesMax(limits: string): number | undefined {
  const match = /^Max open files\s+(\d+)\s/m.exec(limits);
  return match === null ? undefined : Number(match[1]);
}

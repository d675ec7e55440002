/** Looks now and then whether the data directory is still the one that was locked. */
import type { Clock } from '../vfs/clock.js';
import type { DirectoryLock } from '../vfs/disk.js';

const EVERY_MS = 2_000;

/**
 * Calls `onLost` once when the directory was removed, moved or replaced: what is written from then on is in files that
 * nobody can reach. Returns a function that ends the watch.
 */
export function watchDirectory(lock: DirectoryLock, clock: Clock, onLost: () => void): () => void {
  let ended = false;
  const look = async () => {
    // Where it cannot be told (no memory, an unreadable parent) nothing is known to be wrong.
    const isInPlace = await lock.isInPlace().catch(() => true);
    if (ended) return;
    if (isInPlace) timer = clock.after(EVERY_MS, () => void look());
    else onLost();
  };
  let timer = clock.after(EVERY_MS, () => void look());
  return () => {
    ended = true;
    timer.cancel();
  };
}

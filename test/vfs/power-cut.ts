/** Power that fails at one of the operations that change a disk, whichever the test says. */
import { type FaultyDisk, isMutating } from '../../src/vfs/faulty-disk.js';
import type { MemoryDisk } from '../../src/vfs/memory-disk.js';
import { SeededRandom } from '../../src/vfs/seeded-random.js';

export interface PowerCut {
  /** What the next start finds. Undefined: the power has not failed. */
  readonly remains: MemoryDisk | undefined;
}

export interface PowerCutOptions {
  /** Of the changing operations that are issued from now on, from 0. */
  readonly step: number;
  /** Part of what was not synced that is left, 0 to 1. */
  readonly survive: number;
  /** Which part that is. Default: the step. */
  readonly seed?: number;
  /** Called in that moment. */
  readonly onCut?: () => void;
}

/** @param disk over `memory`; stops at that operation */
export function cutPower(
  disk: FaultyDisk,
  memory: MemoryDisk,
  { step, survive, seed = step, onCut }: PowerCutOptions,
): PowerCut {
  const cut: { remains: MemoryDisk | undefined } = { remains: undefined };
  let seen = 0;
  disk.onIssued = (operation) => {
    if (!isMutating(operation)) return;
    if (seen === step) {
      cut.remains = memory.crashClone({ random: new SeededRandom(seed), survive });
      onCut?.();
      disk.stop();
    }
    seen += 1;
  };
  return cut;
}

import t from 'tap';
import { levelTargets } from '../../src/compaction/policy.js';
import type { TableProperties } from '../../src/sstable/types.js';

const tuning = { level0TablesMax: 4, baseBytes: 64, levelFactor: 10, targetTableBytes: 16 };

function tableOf(sizeBytes: number): TableProperties {
  return {
    fileNumber: 1,
    sizeBytes,
    entries: 1,
    tombstones: 0,
    keyBytes: 1,
    valueBytes: 0,
    smallestKey: 'a',
    largestKey: 'b',
    smallestSequence: 1,
    largestSequence: 1,
  };
}

t.test('targets follow from the last level upward, and the base level is never tiny', async (t) => {
  const cases = [
    { last: 0, baseLevel: 6, bytes: [0, 0, 0, 0, 0, 0, 64] },
    { last: 319, baseLevel: 6, bytes: [0, 0, 0, 0, 0, 0, 319] },
    { last: 320, baseLevel: 5, bytes: [0, 0, 0, 0, 0, 32, 320] },
    { last: 3190, baseLevel: 5, bytes: [0, 0, 0, 0, 0, 319, 3190] },
    { last: 3200, baseLevel: 4, bytes: [0, 0, 0, 0, 32, 320, 3200] },
    { last: 100_000_000, baseLevel: 1, bytes: [0, 1000, 10_000, 100_000, 1e6, 1e7, 1e8] },
  ];
  for (const { last, ...expected } of cases) {
    const levels = [[], [], [], [], [], [], last === 0 ? [] : [tableOf(last)]];
    t.same(levelTargets(levels, tuning), expected, `last level ${last}`);
  }
});

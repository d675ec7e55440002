import { test } from 'tap';
import { partitionCountFor } from '../../src/table/partition-count.js';

test('a table has a partition for each processor, four at most', async (t) => {
  t.same([1, 2, 3, 4, 5, 64].map(partitionCountFor), [1, 2, 3, 4, 4, 4]);
});

import t from 'tap';
import { Histogram } from '../../src/statistics/histogram.js';

t.test('upper ends belong to their range', async (t) => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.1, 2, 5, 5.1, 1000]) histogram.add(value);
  t.strictSame(histogram.counts, [2, 2, 1, 2]);
  t.equal(histogram.count, 7);
  t.equal(histogram.sum, 1014.2);
});

t.test('bounds ascend', async (t) => {
  t.throws(() => new Histogram([1, 1]), /bounds ascend/);
});

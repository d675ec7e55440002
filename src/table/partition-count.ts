import { availableParallelism } from 'node:os';
import { DEFAULT_PARTITIONS_MAX } from './limits.js';

/**
 * How many partitions a table gets when nobody says: one for each processor, up to a bound, since as many can be flushed
 * and merged side by side. Each further log only makes the batches of the others smaller: on two processors a durable put
 * costs a quarter more CPU with four logs than with two.
 */
export function partitionCountFor(processors: number = availableParallelism()): number {
  return Math.min(Math.max(1, processors), DEFAULT_PARTITIONS_MAX);
}

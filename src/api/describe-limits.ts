import type { Operation } from './services.js';

/** The service's default quotas. Nothing here enforces them: they are what clients expect to read. */
export const describeLimits: Operation<'DescribeLimits'> = () => ({
  AccountMaxReadCapacityUnits: 80_000,
  AccountMaxWriteCapacityUnits: 80_000,
  TableMaxReadCapacityUnits: 40_000,
  TableMaxWriteCapacityUnits: 40_000,
});

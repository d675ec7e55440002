import type { TableSettings } from '../table/types.js';
import type { Operation } from './services.js';
import { tableInAnyState } from './table-access.js';
import { describe, statisticsOf } from './table-description.js';
import type { Output } from './types.js';

/** What a table billed per request takes at once from its first day, in units per second. */
const INITIAL_ON_DEMAND = { read: 12_000, write: 4_000 };

export const describeTable: Operation<'DescribeTable'> = async (services, input) => {
  const table = tableInAnyState(services, input.TableName);
  const { definition, status } = table;
  const statistics = await statisticsOf(table);
  return {
    Table: {
      ...describe(definition, status, statistics, services.clock.now()),
      WarmThroughput: warmThroughput(definition.settings),
    },
  };
};

function warmThroughput({ billingMode, warmThroughput: given, throughput }: TableSettings): Output {
  const least = billingMode === 'PAY_PER_REQUEST' ? INITIAL_ON_DEMAND : throughput;
  return {
    ReadUnitsPerSecond: Math.max(given?.read ?? 0, least.read),
    WriteUnitsPerSecond: Math.max(given?.write ?? 0, least.write),
    Status: 'ACTIVE',
  };
}

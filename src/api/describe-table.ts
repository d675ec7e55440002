import type { TableSettings } from '../table/types.js';
import type { Operation } from './services.js';
import { tableInAnyState } from './table-access.js';
import { describe, statisticsOf } from './table-description.js';
import { warmThroughput } from './table-settings.js';
import type { Output } from './types.js';

export const describeTable: Operation<'DescribeTable'> = async (services, input) => {
  const table = tableInAnyState(services, input.TableName);
  const { definition, status } = table;
  const statistics = await statisticsOf(table);
  return {
    Table: {
      ...describe(definition, status, statistics, services.clock.now()),
      WarmThroughput: describeWarmThroughput(definition.settings),
    },
  };
};

function describeWarmThroughput(settings: TableSettings): Output {
  const { read, write } = warmThroughput(settings);
  return { ReadUnitsPerSecond: read, WriteUnitsPerSecond: write, Status: 'ACTIVE' };
}

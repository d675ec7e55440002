import type { Operation } from './services.js';
import { tableInAnyState } from './table-access.js';
import { describeTimeToLive as describe } from './time-to-live.js';

export const describeTimeToLive: Operation<'DescribeTimeToLive'> = (services, input) => {
  const { settings } = tableInAnyState(services, input.TableName).definition;
  return { TimeToLiveDescription: describe(settings.timeToLive, services) };
};

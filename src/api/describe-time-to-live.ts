import type { Operation } from './services.js';
import { tableInAnyState } from './table-access.js';

/** Items do not expire yet, and UpdateTimeToLive is not there to say otherwise. */
export const describeTimeToLive: Operation<'DescribeTimeToLive'> = (services, input) => {
  tableInAnyState(services, input.TableName);
  return { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
};

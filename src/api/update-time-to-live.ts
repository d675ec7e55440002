import type { Operation } from './services.js';
import { tableInAnyState } from './table-access.js';
import { changeTimeToLive } from './time-to-live.js';

export const updateTimeToLive: Operation<'UpdateTimeToLive'> = async (services, input) => {
  const { name } = tableInAnyState(services, input.TableName).definition;
  const { AttributeName: attribute, Enabled: enabled } = input.TimeToLiveSpecification;
  await services.tables.update(
    name,
    (settings) => ({
      ...settings,
      timeToLive: changeTimeToLive(settings.timeToLive, { attribute, enabled }, services),
    }),
    { quiet: true },
  );
  return { TimeToLiveSpecification: { Enabled: enabled, AttributeName: attribute } };
};

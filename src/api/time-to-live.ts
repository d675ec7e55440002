/**
 * The setting of time to live: its states, and what may follow on what. Items do not expire yet: what is kept here says
 * which attribute will tell when they do.
 */
import type { TimeToLive } from '../table/types.js';
import { validationError } from './service-error.js';
import type { ApiServices } from './services.js';
import type { Output } from './types.js';

/** A change shows as ENABLING or DISABLING for as long as a change of a table shows. */
function isChanging({ changedAtMs }: TimeToLive, { tables, clock }: ApiServices): boolean {
  return clock.now() < changedAtMs + tables.transitionMs;
}

export function describeTimeToLive(timeToLive: TimeToLive | null, services: ApiServices): Output {
  if (timeToLive === null) return { TimeToLiveStatus: 'DISABLED' };
  const { attribute, enabled } = timeToLive;
  if (isChanging(timeToLive, services)) {
    return { TimeToLiveStatus: enabled ? 'ENABLING' : 'DISABLING', AttributeName: attribute };
  }
  return enabled
    ? { TimeToLiveStatus: 'ENABLED', AttributeName: attribute }
    : { TimeToLiveStatus: 'DISABLED' };
}

/** @throws ServiceError ValidationException when `current` is as wanted already, or is of another attribute */
export function changeTimeToLive(
  current: TimeToLive | null,
  { attribute, enabled }: Omit<TimeToLive, 'changedAtMs'>,
  services: ApiServices,
): TimeToLive {
  if (current !== null && isChanging(current, services)) {
    throw validationError('Time to live has been modified multiple times within a fixed interval');
  }
  if (current?.enabled && current.attribute !== attribute) {
    throw validationError(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${current.attribute}`,
    );
  }
  if (enabled === (current?.enabled ?? false)) {
    throw validationError(`TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
  }
  return { attribute, enabled, changedAtMs: services.clock.now() };
}

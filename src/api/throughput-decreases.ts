/**
 * How often a table's provisioned throughput may be decreased: four times a day (in UTC), and after that whenever the
 * last decrease is an hour ago. Increases are not limited.
 * Source: "Quotas in Amazon DynamoDB", section "Decreasing provisioned throughput".
 */
import type { ProvisionedThroughput } from '../table/types.js';
import { limitExceeded } from './service-error.js';
import { dayOf } from './table-description.js';

const FREE_DECREASES = 4;
const PAUSE_SECONDS = 3600;

/** @throws ServiceError LimitExceededException when it is too early for one more */
export function checkDecrease(
  { lastDecreaseMs, decreasesThatDay }: ProvisionedThroughput,
  nowMs: number,
): void {
  if (lastDecreaseMs === null || dayOf(lastDecreaseMs) !== dayOf(nowMs)) return;
  const nextMs = lastDecreaseMs + PAUSE_SECONDS * 1000;
  if (decreasesThatDay < FREE_DECREASES || nowMs >= nextMs) return;
  throw limitExceeded(
    'Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. ' +
      `After the first ${FREE_DECREASES} decreases, each subsequent decrease in the same UTC day can be performed ` +
      `at most once every ${PAUSE_SECONDS} seconds. Number of decreases today: ${decreasesThatDay}. ` +
      `Last decrease at ${printTime(lastDecreaseMs)}. Next decrease can be made at ${printTime(nextMs)}`,
  );
}

const DATE = new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeZone: 'UTC' });
const TIME = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium', timeZone: 'UTC' });

/** `Thursday, August 4, 2016 7:00:47 PM UTC` */
function printTime(timeMs: number): string {
  // Newer versions of the formatter put a narrow space before AM and PM.
  return `${DATE.format(timeMs)} ${TIME.format(timeMs).replaceAll('\u202f', ' ')} UTC`;
}

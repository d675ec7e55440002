/** Who calls. Whatever a client says of itself is taken, when it has the form. */

export interface Caller {
  /** Twelve digits; part of every ARN. */
  readonly accountId: string;
  readonly region: string;
}

const DEFAULT_CALLER: Caller = { accountId: '000000000000', region: 'us-east-1' };
const ACCOUNT_ID = /^\d{12}$/;
const REGION = /^[a-z0-9-]{1,32}$/;

/** What is missing, or has not the form, is as in `DEFAULT_CALLER`. */
export function callerOf(accountId: unknown, region: unknown): Caller {
  return {
    accountId: matches(ACCOUNT_ID, accountId) ? accountId : DEFAULT_CALLER.accountId,
    region: matches(REGION, region) ? region : DEFAULT_CALLER.region,
  };
}

function matches(pattern: RegExp, value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

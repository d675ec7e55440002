/** Clients that add to the same counters at the same time: no acknowledged addition is lost, none counts twice. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Random } from '../../src/vfs/clock.js';
import { randomBelow } from '../../src/vfs/seeded-random.js';
import { isRefused, nameOf, type Violations } from './outcome.js';

const COUNTERS = 3;

interface Tally {
  acknowledged: bigint;
  /** Sum of the additions that were cut off: any subset of them may have happened. */
  readonly cutOff: bigint[];
}

export class Counters {
  private readonly tallies: Tally[] = Array.from({ length: COUNTERS }, () => ({
    acknowledged: 0n,
    cutOff: [],
  }));
  acknowledged = 0;

  constructor(
    private readonly table: string,
    private readonly random: Random,
    private readonly violations: Violations,
  ) {}

  /** One client's additions, until the daemon is gone. Amounts are powers of two, so that a sum tells its parts. */
  async work(client: DynamoDBClient, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const index = randomBelow(this.random, COUNTERS);
      const tally = this.tallies[index];
      if (tally === undefined) return;
      const amount = 1n << BigInt(randomBelow(this.random, 40));
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: this.table,
            Key: { pk: { S: `counter${index}` }, sk: { S: 'count' } },
            UpdateExpression: 'ADD amount :amount',
            ExpressionAttributeValues: { ':amount': { N: String(amount) } },
          }),
        );
        tally.acknowledged += amount;
        this.acknowledged += 1;
      } catch (error) {
        if (isRefused(error)) this.violations.add(`counter ${index}: refused with ${nameOf(error)}`);
        tally.cutOff.push(amount);
        return;
      }
    }
  }

  async settle(client: DynamoDBClient): Promise<void> {
    for (const [index, tally] of this.tallies.entries()) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: this.table,
          Key: { pk: { S: `counter${index}` }, sk: { S: 'count' } },
          ConsistentRead: true,
        }),
      );
      const found = BigInt(Item?.amount?.N ?? '0');
      if (!isSumOfSome(tally.cutOff, found - tally.acknowledged)) {
        this.violations.add(
          `counter ${index}: acknowledged ${tally.acknowledged}, cut off ${tally.cutOff.join(' + ')}, found ${found}`,
        );
      }
      tally.acknowledged = found;
      tally.cutOff.length = 0;
    }
  }
}

/** Whether some of the amounts (there are as many as clients, so few) add up to `sum`. */
export function isSumOfSome(amounts: readonly bigint[], sum: bigint): boolean {
  if (sum === 0n) return true;
  const [first, ...rest] = amounts;
  if (first === undefined || sum < 0n) return false;
  return isSumOfSome(rest, sum) || isSumOfSome(rest, sum - first);
}

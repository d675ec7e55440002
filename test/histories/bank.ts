/** Clients move money between accounts: whoever looks at all of them at once sees the same sum, at any moment. */
import { randomUUID } from 'node:crypto';
import { randomBelow, SeededRandom } from '../../src/vfs/seeded-random.js';
import { itemOf, keyOf, number } from './items.js';
import { isLostRace, TABLE, type Target, type Wire, type Workload } from './target.js';

const ACCOUNTS = 12;
/** Some accounts are neighbours, so that transfers within one partition are among those over several. */
const BRANCHES = 5;
const START = 100;
const SUM = ACCOUNTS * START;

export class Bank implements Workload {
  readonly clients = 5;
  private readonly random: SeededRandom;
  private readonly accounts: readonly string[];
  private readonly violations: string[] = [];
  private transfers = 0;
  private looks = 0;

  constructor(
    private readonly target: Target,
    seed: number,
    private readonly round: number,
  ) {
    this.random = new SeededRandom(seed);
    this.accounts = Array.from({ length: ACCOUNTS }, (_, i) => `${this.branch(i % BRANCHES)}/${i}`);
  }

  async prepare(): Promise<void> {
    const TransactItems = this.accounts.map((key) => ({
      Put: { TableName: TABLE, Item: { ...keyOf(key), balance: number(START) } },
    }));
    await this.target.insist('TransactWriteItems', { TransactItems });
  }

  step(client: number): Promise<void> {
    return client === 0 ? this.look() : this.transfer();
  }

  /** Scans the table. */
  async settle(): Promise<readonly string[]> {
    const balances: Wire[] = [];
    for (let ExclusiveStartKey: unknown; ; ) {
      const page = await this.target.insist('Scan', {
        TableName: TABLE,
        ConsistentRead: true,
        ExclusiveStartKey,
      });
      const items = page['Items'] as Wire[];
      const isOurs = ({ pk }: Wire) => (pk as { S: string }).S.startsWith(this.branch(''));
      balances.push(...items.filter(isOurs));
      ExclusiveStartKey = page['LastEvaluatedKey'];
      if (ExclusiveStartKey === undefined) break;
    }
    this.audit('a scan at the end', balances);
    return this.violations;
  }

  describe(): string {
    return `bank: ${this.transfers} transfers, ${this.looks} looks at all accounts`;
  }

  private branch(index: number | string): string {
    return `branch ${this.round}.${index}`;
  }

  private async look(): Promise<void> {
    const answer = await this.target.ask('TransactGetItems', {
      TransactItems: this.accounts.map((key) => ({ Get: itemOf(key) })),
    });
    if (answer.kind === 'refused') this.violations.push(`bank: ${JSON.stringify(answer.body)}`);
    if (answer.kind !== 'done') return;
    this.looks += 1;
    const { Responses } = answer.output as { Responses: { Item?: Wire }[] };
    this.audit(
      'TransactGetItems',
      Responses.map(({ Item }) => Item ?? {}),
    );
  }

  /** One payer, up to three who are paid. */
  private async transfer(): Promise<void> {
    const [payer, ...paid] = this.someAccounts(2 + randomBelow(this.random, 3)) as [string, ...string[]];
    const amount = 1 + randomBelow(this.random, 30);
    const add = (key: string, by: number): Wire => ({
      ...itemOf(key),
      UpdateExpression: 'SET balance = balance + :by',
      ExpressionAttributeValues: { ':by': number(by) },
    });
    const debit = {
      ...itemOf(payer),
      UpdateExpression: 'SET balance = balance - :sum',
      ConditionExpression: 'balance >= :sum',
      ExpressionAttributeValues: { ':sum': number(amount * paid.length) },
    };
    const answer = await this.target.ask('TransactWriteItems', {
      TransactItems: [{ Update: debit }, ...paid.map((key) => ({ Update: add(key, amount) }))],
      ...(randomBelow(this.random, 2) === 0 && { ClientRequestToken: randomUUID() }),
    });
    if (answer.kind === 'done') this.transfers += 1;
    if (answer.kind === 'refused' && !isLostRace(answer.type)) {
      this.violations.push(`bank: ${JSON.stringify(answer.body)}`);
    }
  }

  private someAccounts(count: number): string[] {
    const chosen = new Set<string>();
    while (chosen.size < count) chosen.add(this.accounts[randomBelow(this.random, ACCOUNTS)] as string);
    return [...chosen];
  }

  private audit(how: string, items: readonly Wire[]): void {
    const balances = items.map(({ balance }) => Number((balance as { N: string } | undefined)?.N));
    const sum = balances.reduce((total, balance) => total + balance, 0);
    if (sum === SUM && balances.length === ACCOUNTS && balances.every((balance) => balance >= 0)) return;
    this.violations.push(`bank: by ${how} ${sum} and not ${SUM}: ${balances.join(' ')}`);
  }
}

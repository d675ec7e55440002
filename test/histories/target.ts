/** The daemon of the moment, as its clients see it: it answers, it refuses, or nobody knows what it did. */
import { Agent, request } from 'node:http';
import { Daemon } from '../e2e/daemon.js';
import { SIGNED } from '../server/raw-client.js';

export type Wire = { readonly [member: string]: unknown };

export type Answer =
  | { readonly kind: 'done'; readonly output: Wire }
  /** It did not happen. */
  | { readonly kind: 'refused'; readonly type: string; readonly body: Wire }
  /** It happened, or not, or will. */
  | { readonly kind: 'unknown' };

/** Small memtables, so that flushes and merges happen all the time, and kills hit them too. */
const OPTIONS = ['--memtable', '64KiB'];

export class Target {
  private readonly agent = new Agent({ keepAlive: true });
  private daemon: Daemon | undefined;
  private starting: Promise<void>;

  constructor(
    private readonly data: string,
    private readonly options: readonly string[] = OPTIONS,
  ) {
    this.starting = this.start();
  }

  /** Of the daemon of the moment, once there has been one. */
  get port(): number {
    return this.daemon?.port ?? 0;
  }

  get pid(): number | undefined {
    return this.daemon?.child.pid;
  }

  /** Resolves when there is a daemon to ask. */
  get ready(): Promise<void> {
    return this.starting;
  }

  /** Ends it in the middle of whatever it does, and starts another on the same data. */
  crash(): Promise<void> {
    return this.restart('SIGKILL', async () => undefined);
  }

  /** @param between what is done to the data when the daemon is gone, before the next one starts */
  async restart(signal: NodeJS.Signals, between: () => Promise<void>): Promise<void> {
    const { daemon } = this;
    this.starting = (async () => {
      await daemon?.kill(signal);
      await between();
      await this.start();
    })();
    await this.starting;
  }

  /** @returns why it did not end as it should */
  async stop(): Promise<string | undefined> {
    this.agent.destroy();
    const ended = await this.daemon?.kill('SIGTERM');
    return ended?.code === 0 ? undefined : `SIGTERM ended with ${ended?.code}: ${ended?.stderr}`;
  }

  kill(): void {
    this.daemon?.child.kill('SIGKILL');
  }

  /**
   * Asks once. With a token it asks until the daemon of the moment knows: however often that is, the request takes effect
   * once.
   */
  async ask(operation: string, input: Wire): Promise<Answer> {
    for (;;) {
      const answer = await this.send(operation, input);
      const isUnderWay = answer.kind === 'refused' && answer.type === 'TransactionInProgressException';
      const isAnswer = answer.kind !== 'unknown' && !isUnderWay;
      if (isAnswer || input['ClientRequestToken'] === undefined) return answer;
    }
  }

  /** For what must succeed, and does no harm when it is done again: asks while there is no answer. */
  async insist(operation: string, input: Wire): Promise<Wire> {
    for (;;) {
      const answer = await this.ask(operation, input);
      if (answer.kind === 'done') return answer.output;
      if (answer.kind === 'refused') throw new Error(`${operation}: ${JSON.stringify(answer.body)}`);
    }
  }

  private async send(operation: string, input: Wire): Promise<Answer> {
    await this.starting;
    let answer: { status: number; body: Wire };
    try {
      answer = await this.exchange(operation, JSON.stringify(input));
    } catch {
      return { kind: 'unknown' };
    }
    const { status, body } = answer;
    if (status === 200) return { kind: 'done', output: body };
    if (status >= 500) return { kind: 'unknown' };
    return { kind: 'refused', type: String(body['__type']).replace(/^.*#/, ''), body };
  }

  private async start(): Promise<void> {
    this.daemon = await Daemon.start(['--data', this.data, ...this.options]);
  }

  private exchange(operation: string, input: string): Promise<{ status: number; body: Wire }> {
    const headers = { ...SIGNED, 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const to = { host: '127.0.0.1', port: this.daemon?.port, method: 'POST', agent: this.agent, headers };
    return new Promise((resolve, reject) => {
      const outgoing = request(to, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          try {
            resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) as Wire });
          } catch (error) {
            reject(error);
          }
        });
      });
      outgoing.on('error', reject);
      outgoing.end(input);
    });
  }
}

/** The table of all workloads: some of its items are in an index too. */
export const TABLE = 'histories';
export const INDEX = 'by-v';

export async function createTable(target: Target): Promise<void> {
  await target.insist('CreateTable', {
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
      { AttributeName: 'v', AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: INDEX,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'v', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
}

/** A workload: what its clients do, and what must be true once they have stopped. */
export interface Workload {
  readonly clients: number;
  /** Before the clients begin. */
  prepare(): Promise<void>;
  /** One step of one client. */
  step(client: number): Promise<void>;
  /** When nothing is under way any more: what is wrong. */
  settle(): Promise<readonly string[]>;
  /** One line. */
  describe(): string;
}

/** Refusals that are part of the bargain: somebody else was there first. */
export function isLostRace(type: string): boolean {
  return [
    'TransactionCanceledException',
    'TransactionConflictException',
    'ConditionalCheckFailedException',
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
  ].includes(type);
}

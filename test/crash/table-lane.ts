/** A client that creates and deletes tables: a table that was being made or removed at the crash is there or it is not. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { isRefused, nameOf, type Violations } from './outcome.js';

const KEY = { id: { S: 'one' } };

export class TableLane {
  private exists = false;
  /** The write to the existing table was acknowledged. */
  private hasItem = false;
  private pending: 'create' | 'delete' | 'put' | undefined;
  acknowledged = 0;

  constructor(
    readonly table: string,
    private readonly violations: Violations,
  ) {}

  /** Creates, fills, deletes, and again, until the daemon is gone. */
  async work(client: DynamoDBClient, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.step(client);
        this.acknowledged += 1;
      } catch (error) {
        if (isRefused(error)) {
          this.violations.add(`table ${this.table}: ${this.pending} refused with ${nameOf(error)}`);
        }
        return;
      }
    }
  }

  private async step(client: DynamoDBClient): Promise<void> {
    const TableName = this.table;
    if (!this.exists) {
      this.pending = 'create';
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
      this.exists = true;
      this.hasItem = false;
    } else if (!this.hasItem) {
      this.pending = 'put';
      await client.send(new PutItemCommand({ TableName, Item: KEY }));
      this.hasItem = true;
    } else {
      this.pending = 'delete';
      await client.send(new DeleteTableCommand({ TableName }));
      this.exists = false;
    }
    this.pending = undefined;
  }

  /** @param listed the names that ListTables gives */
  async settle(client: DynamoDBClient, listed: ReadonlySet<string>): Promise<void> {
    const found = listed.has(this.table);
    const mayDiffer = this.pending === 'create' || this.pending === 'delete';
    if (found !== this.exists && !mayDiffer) {
      this.violations.add(`table ${this.table}: ${found ? 'is there though deleted' : 'is lost'}`);
    }
    const wasThere = this.exists;
    this.exists = found;
    if (found) await this.settleContent(client, wasThere);
    this.pending = undefined;
  }

  private async settleContent(client: DynamoDBClient, wasThere: boolean): Promise<void> {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: this.table }));
    if (Table?.TableStatus !== 'ACTIVE') {
      this.violations.add(`table ${this.table}: is ${Table?.TableStatus}, neither there nor gone`);
    }
    const { Count } = await client.send(new ScanCommand({ TableName: this.table, ConsistentRead: true }));
    const expected = wasThere && this.hasItem ? 1 : 0;
    if (Count !== expected && !(this.pending === 'put' && Count === 1)) {
      this.violations.add(`table ${this.table}: has ${Count} items and not ${expected}`);
    }
    this.hasItem = Count === 1;
  }
}

/** What the scenarios share: a daemon, SDK clients of it, and a table of a single-table design. */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Test } from 'tap';
import { openEndpoint } from '../conformance/endpoint.js';

export interface Surroundings {
  /** Of `client`, for a client of the scenario's own. */
  readonly config: DynamoDBClientConfig;
  readonly client: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  /** A table name that no other run uses, so that runs against a shared endpoint do not meet. */
  readonly name: string;
}

/** A daemon that ends with the test. The table called `name`, whoever creates it, goes first. */
export async function surroundings(t: Test, prefix: string): Promise<Surroundings> {
  const endpoint = await openEndpoint();
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  const config = {
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const client = new DynamoDBClient(config);
  t.teardown(async () => {
    await client.send(new DeleteTableCommand({ TableName: name }));
    client.destroy();
    await endpoint.stop();
  });
  return { config, client, name, documents: DynamoDBDocumentClient.from(client) };
}

/** Keys `pk` and `sk`, and a local index `byLsi1` on `pk` and `lsi1`: all that a single-table design needs to start. */
export async function createSingleTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const input: CreateTableCommandInput = {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk', 'lsi1'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'byLsi1',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'lsi1', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  };
  await client.send(new CreateTableCommand(input));
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 30 }, { TableName });
}

/** The error that `action` is refused with. */
export async function refusalOf(
  action: Promise<unknown>,
): Promise<Error & { readonly [field: string]: unknown }> {
  try {
    await action;
  } catch (error) {
    if (error instanceof Error) return error as Error & { readonly [field: string]: unknown };
    throw error;
  }
  throw new Error('it was accepted');
}
